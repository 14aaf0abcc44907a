// SPDX-License-Identifier: GPL-2.0-or-later
/* What the faults of links share. */
#include "faultinject/link/site.h"

#include <errno.h>

#include "core/util.h"

int link_site_applies(const struct fault_site *site, char **why)
{
	if (!site->link)
		*why = xasprintf("%s has no link", site->device);
	else if (!link_memory(site->link))
		*why = xasprintf("%s: the link's memory cannot be mapped", site->device);
	return *why ? -EOPNOTSUPP : 0;
}

struct ddlink_side *link_site_page(const struct fault_site *site, unsigned int role)
{
	volatile unsigned char *mem = link_memory(site->link);

	return (struct ddlink_side *)(mem + ddlink_side_offset(role));
}
