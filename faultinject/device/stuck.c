// SPDX-License-Identifier: GPL-2.0-or-later
/* A disk that takes requests and never answers them; or not for a while. */
#include "faultinject/device/disk.h"
#include "faultinject/lib/lasting.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	/* After the first request this is hours. */
	return disk_limit(site, values, 1, 1, shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("2000"), { 0 } };

static const struct fault stuck_fault = {
	.name = "stuck",
	.family = "device",
	.summary = "has the disk keep all requests but the first for a while",
	.activation = "always, at once",
	.params = params,
	.applies = disk_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(stuck_fault)
