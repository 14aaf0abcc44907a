// SPDX-License-Identifier: GPL-2.0-or-later
/* A bit that flips in what the driver keeps beside its code: its variables. */
#include <stdlib.h>

#include "faultinject/lib/guest.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	unsigned long long chance = rng_next(site->rng);
	char *module = guest_module(site);
	int err = guest_command(site, &shot->what, why, "flip-module %s %llu", module, chance);

	(void)values;
	free(module);
	if (!err)
		fault_struck(shot);
	return err;
}

static const struct fault flip_data_fault = {
	.name = "flip-data",
	.family = "data",
	.summary = "flips a bit of one of the driver module's variables",
	.activation = "not seen: taken for activated when it is injected",
	.applies = guest_pci_applies,
	.inject = inject,
};

FAULT(flip_data_fault)
