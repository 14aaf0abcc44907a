// SPDX-License-Identifier: GPL-2.0-or-later
/* An interrupt that cannot be masked and that nobody has asked for. */
#include <string.h>

#include "core/util.h"
#include "fault/fault.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = vm_qmp(site->vm, "inject-nmi", NULL, NULL, 5 * USEC_PER_SEC);

	(void)values;
	if (err) {
		*why = xasprintf("VM %s: inject-nmi: %s", site->vm_name, strerror(-err));
		return err;
	}
	fault_struck(shot);
	return 0;
}

static const struct fault nmi_fault = {
	.name = "nmi",
	.family = "vm",
	.summary = "interrupts the VM's processors by an NMI (QEMU's inject-nmi)",
	.activation = "always, at once; Linux only wonders, unless it is told to panic",
	.inject = inject,
};

FAULT(nmi_fault)
