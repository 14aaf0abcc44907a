// SPDX-License-Identifier: GPL-2.0-or-later
/* A device that is there no more, for all that its driver can tell, and then is again. */
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
	int err = guest_command(site, &shot->what, why, "decoding-off %s", module);

	free(module);
	return err ? err : lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("1000"), { 0 } };

static const struct fault deaf_fault = {
	.name = "deaf",
	.family = "device",
	.summary = "has the device answer no access and do no DMA for a while",
	.activation = "always, at once",
	.params = params,
	.applies = guest_pci_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(deaf_fault)
