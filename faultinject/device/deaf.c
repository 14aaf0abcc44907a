// SPDX-License-Identifier: GPL-2.0-or-later
/* A device that is there no more, for all that its driver can tell, and then is again. */
#include "faultinject/lib/guest.h"
#include "faultinject/lib/lasting.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	return guest_pci_take(site, values, "decoding-off", shot, why);
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
