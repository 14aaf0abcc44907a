// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copy-on-write clones: all of it is done by how driver VMs are brought up. Their memory is a
 * private mapping of their template's file, so pages that none of them has written to are there
 * once.
 */
#include "techniques/technique.h"

static const struct technique clone_technique = {
	.name = "clone",
	.help = "guests share the pages of their driver's template until they write to them",
	.boot = "clone",
};

TECHNIQUE(clone_technique)
