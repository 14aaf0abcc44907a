// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel that gives up, as after a bug that it finds by itself. */
#include <string.h>

#include "core/util.h"
#include "fault/fault.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = vm_send_file(site->vm, "/proc/sysrq-trigger", "c");

	(void)values;
	if (err) {
		*why = xasprintf("VM %s: cannot tell it to: %s", site->vm_name, strerror(-err));
		return err;
	}
	fault_struck(shot);
	return 0;
}

static const struct fault panic_fault = {
	.name = "panic",
	.family = "vm",
	.summary = "crashes the guest's kernel (sysrq c), which ends its QEMU",
	.activation = "always; injected when the guest was told to",
	.inject = inject,
};

FAULT(panic_fault)
