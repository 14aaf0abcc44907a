// SPDX-License-Identifier: GPL-2.0-or-later
/* No technique: what the others are compared with. */
#include "techniques/technique.h"

static const struct technique none = {
	.name = "none",
	.help = "a limit, and nothing that would help to keep it",
	.alone = true,
};

TECHNIQUE(none)
