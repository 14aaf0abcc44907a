// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver that writes nonsense to its device. */
#include <stdlib.h>

#include "core/util.h"
#include "faultinject/lib/guest.h"

#define WRITES_MAX 65536

static bool is_number(const char *value)
{
	unsigned int n;

	return parse_uint(value, 1, WRITES_MAX, &n) == 0;
}

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	unsigned long long seed = rng_next(site->rng);
	char *module = guest_module(site);
	int err = guest_command(site, &shot->what, why, "registers %s %s %llu", module,
				fault_value(values, "writes"), seed);

	free(module);
	if (!err)
		fault_struck(shot);
	return err;
}

static const struct fault_param params[] = {
	{ "writes", "words of 32 bits written, all to one BAR of the device", "1", is_number },
	{ 0 },
};

static const struct fault register_garbage_fault = {
	.name = "register-garbage",
	.family = "device",
	.summary = "writes random words to random registers of the device",
	.activation = "always, at once",
	.params = params,
	.applies = guest_pci_applies,
	.inject = inject,
};

FAULT(register_garbage_fault)
