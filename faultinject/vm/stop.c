// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver VM that stands still for a while, as if its host had forgotten it, and then goes on. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/lib/lasting.h"

static int resume(const struct fault_site *site, void *arg)
{
	(void)arg;
	return kill(vm_pid(site->vm), SIGCONT) < 0 ? -errno : 0;
}

static const struct lasting_ops ops = { .undo = resume };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err;

	if (kill(vm_pid(site->vm), SIGSTOP) < 0) {
		err = -errno;
		*why = xasprintf("VM %s: cannot stop it: %s", site->vm_name, strerror(-err));
		return err;
	}
	return lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("1000"), { 0 } };

static const struct fault stop_fault = {
	.name = "stop",
	.family = "vm",
	.summary = "stops the VM's QEMU for a while (SIGSTOP, SIGCONT)",
	.activation = "always, at once",
	.params = params,
	.inject = inject,
	.end = lasting_end,
};

FAULT(stop_fault)
