// SPDX-License-Identifier: GPL-2.0-or-later
/* A disk that does what it is told to, but slowly. */
#include <stdlib.h>

#include "faultinject/device/disk.h"
#include "faultinject/lib/lasting.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	return disk_limit(site, values, (json_int_t)fault_number(values, "iops"),
			  (json_int_t)fault_number(values, "bps"), shot, why);
}

static bool is_limit(const char *value)
{
	/* QEMU takes no more. */
	return fault_param_count(value) && strtod(value, NULL) <= 1e15;
}

static const struct fault_param params[] = {
	LASTING_PARAM("2000"),
	{ "iops", "requests a second; 0: no limit", "20", is_limit },
	{ "bps", "bytes a second; 0: no limit", "0", is_limit },
	{ 0 },
};

static const struct fault slow_fault = {
	.name = "slow",
	.family = "device",
	.summary = "limits the disk to few requests or bytes a second for a while",
	.activation = "always, at once",
	.params = params,
	.applies = disk_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(slow_fault)
