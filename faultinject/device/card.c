// SPDX-License-Identifier: GPL-2.0-or-later
/* What faults of network cards have in common. */
#include "faultinject/device/card.h"

#include <errno.h>

#include "core/util.h"

int card_applies(const struct fault_site *site, char **why)
{
	if (streq(site->driver->class, "net"))
		return 0;
	*why = xasprintf("%s is no network card", site->device);
	return -EOPNOTSUPP;
}
