// SPDX-License-Identifier: GPL-2.0-or-later
/* A bit that flips in the kernel's heap, which the driver shares with all the rest. */
#include "faultinject/lib/guest.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	unsigned long long seed = rng_next(site->rng);
	int err = guest_command(site, &shot->what, why, "flip-heap %llu", seed);

	(void)values;
	if (!err)
		fault_struck(shot);
	return err;
}

static const struct fault flip_heap_fault = {
	.name = "flip-heap",
	.family = "data",
	.summary = "flips a bit of a random page of the kernel's heap (slab)",
	.source = "The Rio File Cache (ASPLOS 1996): kernel heap",
	.activation = "not seen: taken for activated when it is injected",
	.inject = inject,
};

FAULT(flip_heap_fault)
