// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recovery in place: the driver VM's reset button. Its QEMU and its devices stay, so it helps only
 * against what happens inside of the guest; if QEMU itself is gone or does not react, another
 * driver VM is booted.
 */
#include "core/util.h"
#include "supervise/strategy.h"

static int reset_replace(struct system *sys, const char *vm, struct replacement *r)
{
	int err = system_reset_vm(sys, vm, &r->start);

	if (err)
		return strategy_stop_and(sys, vm, r, system_start_vm);
	/* With the reset the guest that failed was gone, and its successor ran. */
	r->isolated_us = r->start.running_us;
	return 0;
}

static const struct strategy reset = {
	.name = "reset",
	.summary = "presses the driver VM's reset button",
	.origin = VM_BOOT,
	.replace = reset_replace,
};

STRATEGY(reset)
