// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recovery by a warm spare: a clone that was restored beforehand, with its driver bound, on a
 * device of its own (for disks, on the same backing store), takes the link over. It has been
 * running meanwhile, with nothing to do, so that emulation has translated what it needs first.
 */
#include <errno.h>

#include "supervise/strategy.h"

/* If it failed before there was another spare, one is made now. */
static int switch_or_start(struct system *sys, const char *vm, struct system_start *when)
{
	int err = system_has_spare(sys, vm) ? system_switch_to_spare(sys, vm, when) : -ENOENT;

	return err ? system_start_vm(sys, vm, when) : 0;
}

static int spare_replace(struct system *sys, const char *vm, struct replacement *r)
{
	return strategy_stop_and(sys, vm, r, switch_or_start);
}

/* One that died while it stood by is no spare. */
static int prepare(struct system *sys, const char *vm)
{
	return system_has_spare(sys, vm) ? 0 : system_add_spare(sys, vm, SPARE_RUNNING);
}

static const struct strategy spare = {
	.name = "spare",
	.summary = "switches to a driver VM that was restored beforehand",
	.origin = VM_CLONE,
	.replace = spare_replace,
	.prepare = prepare,
	.prepared = system_has_spare,
	.release = system_drop_spare,
};

STRATEGY(spare)
