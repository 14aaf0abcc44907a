/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the faults of links share. */
#ifndef DRIVERVM_FAULTINJECT_LINK_SITE_H
#define DRIVERVM_FAULTINJECT_LINK_SITE_H

#include "ddlink_shared.h"
#include "fault/fault.h"
#include "link/link.h"

/* For fault->applies: only where there is a link. */
int link_site_applies(const struct fault_site *site, char **why);
/* A side's page in its memory, which is there: see link_site_applies(). */
struct ddlink_side *link_site_page(const struct fault_site *site, unsigned int role);

#endif
