/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What faults of network cards have in common. */
#ifndef DRIVERVM_FAULTINJECT_CARD_H
#define DRIVERVM_FAULTINJECT_CARD_H

#include "fault/fault.h"

#define CARD_QMP_US (5 * USEC_PER_SEC)

/* For fault->applies. */
int card_applies(const struct fault_site *site, char **why);

#endif
