// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel that hangs: all of its processors loop, interrupts off, for ever. */
#include "faultinject/lib/guest.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = guest_last_command(site, why, "lockup");

	(void)values;
	if (err)
		return err;
	fault_struck(shot);
	return 0;
}

static const struct fault lockup_fault = {
	.name = "lockup",
	.family = "vm",
	.summary = "has all processors of the VM loop for ever, interrupts off",
	.activation = "always; injected when the guest was told to",
	.inject = inject,
};

FAULT(lockup_fault)
