// SPDX-License-Identifier: GPL-2.0-or-later
/* A processor that has found an error of its own, not corrected: Linux gives up. */
#include "faultinject/lib/monitor.h"

/*
 * HMP's "mce cpu bank status mcgstatus addr misc": valid, uncorrected, enabled, the processor's
 * context is corrupt; a machine check is in progress, and where it was is not to be gone back to.
 */
#define COMMAND "mce 0 0 0xb200000000000000 0x4 0x0 0x0"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = monitor_command(site, COMMAND, why);

	(void)values;
	if (!err)
		fault_struck(shot);
	return err;
}

static const struct fault machine_check_fault = {
	.name = "machine-check",
	.family = "vm",
	.summary = "reports an uncorrected error of the processor (QEMU's mce): the kernel panics",
	.activation = "always, at once",
	.inject = inject,
};

FAULT(machine_check_fault)
