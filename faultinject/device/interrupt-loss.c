// SPDX-License-Identifier: GPL-2.0-or-later
/* A device whose interrupts do not arrive. */
#include <stdlib.h>

#include "core/util.h"
#include "faultinject/lib/guest.h"
#include "faultinject/lib/lasting.h"

static int undo(const struct fault_site *site, void *arg)
{
	(void)arg;
	return guest_undo(site, "pci-on");
}

static const struct lasting_ops ops = { .undo = undo };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	char *module = guest_module(site);
	int err = guest_command(site, &shot->what, why, "interrupts-off %s", module);

	free(module);
	return err ? err : lasting_start(site, values, &ops, NULL, shot, why);
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
