// SPDX-License-Identifier: GPL-2.0-or-later
/* A disk's throttle, turned down for a while. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/device/disk.h"
#include "faultinject/lib/lasting.h"

#define QMP_US (5 * USEC_PER_SEC)

/* QEMU's ThrottleLimits of the disk: *@limits is a new reference. */
static int get_limits(const struct fault_site *site, json_t **limits)
{
	char *path = xasprintf("/objects/%s-rate", site->device);
	int err = vm_qmp(site->vm, "qom-get",
			 json_pack("{s:s, s:s}", "path", path, "property", "limits"), limits,
			 QMP_US);

	free(path);
	return err;
}

/* @limits is stolen. */
static int set_limits(const struct fault_site *site, json_t *limits)
{
	char *path = xasprintf("/objects/%s-rate", site->device);
	int err = vm_qmp(site->vm, "qom-set",
			 json_pack("{s:s, s:s, s:o}", "path", path, "property", "limits", "value",
				   limits),
			 NULL, QMP_US);

	free(path);
	return err;
}

/* @arg: the limits that were, as text. */
static int put_back(const struct fault_site *site, void *arg)
{
	int err = set_limits(site, json_loads(arg, 0, NULL));

	/* What waits was told for how long when it came. */
	return err ? err : disk_flush(site);
}

static const struct lasting_ops ops = { .undo = put_back };

int disk_limit(const struct fault_site *site, const struct fault_values *values, json_int_t iops,
	       json_int_t bps, struct fault_shot *shot, char **why)
{
	json_t *before = NULL;
	char *text = NULL;
	int err = get_limits(site, &before);

	if (!err) {
		text = json_dumps(before, JSON_COMPACT);
		json_decref(before);
		err = set_limits(site,
				 json_pack("{s:I, s:I}", "iops-total", iops, "bps-total", bps));
	}
	if (err) {
		*why = xasprintf("VM %s: cannot limit %s: %s", site->vm_name, site->device,
				 strerror(-err));
		free(text);
		return err;
	}
	return lasting_start(site, values, &ops, text, shot, why);
}
