// SPDX-License-Identifier: GPL-2.0-or-later
/* Interrupts that the device has not asked for. */
#include <stdlib.h>

#include "core/util.h"
#include "faultinject/lib/guest.h"
#include "faultinject/lib/lasting.h"

#define RATE_MAX 1000

static bool is_rate(const char *value)
{
	unsigned int n;

	return parse_uint(value, 1, RATE_MAX, &n) == 0;
}

static int undo(const struct fault_site *site, void *arg)
{
	(void)arg;
	return guest_undo(site, "irq-calm");
}

static const struct lasting_ops ops = { .undo = undo };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	char *module = guest_module(site);
	int err = guest_command(site, &shot->what, why, "irq-storm %s %s", module,
				fault_value(values, "rate"));

	free(module);
	return err ? err : lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = {
	LASTING_PARAM("1000"),
	{ "rate", "each interrupt of the device, times each ms", "10", is_rate },
	{ 0 },
};

static const struct fault interrupt_storm_fault = {
	.name = "interrupt-storm",
	.family = "device",
	.summary = "has the driver handle interrupts that the device did not ask for, for a while",
	.source = "Carburizer (SOSP 2009): stuck interrupts",
	.activation = "always, within a millisecond",
	.params = params,
	.applies = guest_pci_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(interrupt_storm_fault)
