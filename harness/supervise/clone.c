// SPDX-License-Identifier: GPL-2.0-or-later
/* Recovery by a clone: another driver VM is restored from the template, its driver bound already.
 */
#include "supervise/strategy.h"

/* As a spare that is made now: it takes the link over as soon as it runs. */
static int restore(struct system *sys, const char *vm, struct system_start *when)
{
	int err = system_add_spare(sys, vm, SPARE_PAUSED);

	return err ? err : system_switch_to_spare(sys, vm, when);
}

static int clone_replace(struct system *sys, const char *vm, struct replacement *r)
{
	return strategy_stop_and(sys, vm, r, restore);
}

static const struct strategy clone_strategy = {
	.name = "clone",
	.summary = "restores another driver VM from the template of its driver",
	.origin = VM_CLONE,
	.replace = clone_replace,
};

STRATEGY(clone_strategy)
