// SPDX-License-Identifier: GPL-2.0-or-later
/* Recovery by a reboot: the driver VM is booted again, in a new QEMU. */
#include "supervise/strategy.h"

static int cold_replace(struct system *sys, const char *vm, struct replacement *r)
{
	return strategy_stop_and(sys, vm, r, system_start_vm);
}

static const struct strategy cold = {
	.name = "cold",
	.summary = "boots another driver VM",
	.origin = VM_BOOT,
	.replace = cold_replace,
};

STRATEGY(cold)
