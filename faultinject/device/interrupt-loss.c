// SPDX-License-Identifier: GPL-2.0-or-later
/* A device whose interrupts do not arrive. */
#include "faultinject/lib/guest.h"
#include "faultinject/lib/lasting.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	return guest_pci_take(site, values, "interrupts-off", shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("1000"), { 0 } };

static const struct fault interrupt_loss_fault = {
	.name = "interrupt-loss",
	.family = "device",
	.summary = "turns the device's interrupts off in its configuration space for a while",
	.source = "Carburizer (SOSP 2009): missing interrupts",
	.activation = "always, at once",
	.params = params,
	.applies = guest_pci_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(interrupt_loss_fault)
