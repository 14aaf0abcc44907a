// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver VM that is gone from one moment to the next. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "core/util.h"
#include "fault/fault.h"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	(void)values;
	if (kill(vm_pid(site->vm), SIGKILL) < 0) {
		int err = -errno;

		*why = xasprintf("VM %s: cannot kill it: %s", site->vm_name, strerror(-err));
		return err;
	}
	fault_struck(shot);
	return 0;
}

static const struct fault kill_fault = {
	.name = "kill",
	.family = "vm",
	.summary = "ends the VM's QEMU at once (SIGKILL)",
	.source = "Failure Resilience for Device Drivers (DSN 2007): drivers killed in use",
	.activation = "always, at once",
	.inject = inject,
};

FAULT(kill_fault)
