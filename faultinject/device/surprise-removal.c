// SPDX-License-Identifier: GPL-2.0-or-later
/* A device that is pulled out of a running machine, while it is in use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "fault/fault.h"

static int applies(const struct fault_site *site, char **why)
{
	if (site->driver->hotplug)
		return 0;
	*why = xasprintf("driver %s: %s", site->driver->name, site->driver->hotplug_why);
	return -EOPNOTSUPP;
}

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	char *id = xasprintf("%s-dev", site->device);
	int err = vm_qmp(site->vm, "device_del", json_pack("{s:s}", "id", id), NULL,
			 5 * USEC_PER_SEC);

	(void)values;
	free(id);
	if (err) {
		*why = xasprintf("VM %s: device_del: %s", site->vm_name, strerror(-err));
		return err;
	}
	fault_struck(shot);
	return 0;
}

static const struct fault surprise_removal_fault = {
	.name = "surprise-removal",
	.family = "device",
	.summary = "has the device ejected while it is in use (QEMU's device_del); it stays away",
	.activation = "always; the guest lets go of it some moments later",
	.applies = applies,
	.inject = inject,
};

FAULT(surprise_removal_fault)
