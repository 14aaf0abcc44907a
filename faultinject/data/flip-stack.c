// SPDX-License-Identifier: GPL-2.0-or-later
/* A bit that flips on a stack in the kernel, of a thread that will go on there. */
#include "faultinject/lib/guest.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	unsigned long long thread = rng_next(site->rng), chance = rng_next(site->rng);
	int err = guest_command(site, &shot->what, why, "flip-stack %llu %llu", thread, chance);

	(void)values;
	if (!err)
		fault_struck(shot);
	return err;
}

static const struct fault flip_stack_fault = {
	.name = "flip-stack",
	.family = "data",
	.summary = "flips a bit of what a thread that waits has on its stack in the kernel",
	.source = "The Rio File Cache (ASPLOS 1996): kernel stack",
	.activation = "not seen: taken for activated when it is injected",
	.inject = inject,
};

FAULT(flip_stack_fault)
