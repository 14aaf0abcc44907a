// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be changed of a disk while it is up, and what is counted of it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classes/blk-private.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"

#define RATE_MAX_MIB 100000
#define LINKS "/sys/bus/ddlink/devices"

static bool rate_valid(const char *value)
{
	double mib;

	return step_parse_rate(value, RATE_MAX_MIB, &mib);
}

static int rate_apply(struct device *dev, const char *value)
{
	double mib = 0;
	char *path;
	json_t *args;
	int err;

	step_parse_rate(value, RATE_MAX_MIB, &mib);
	path = xasprintf("/objects/%s-rate", dev->name);
	args = json_pack("{s:s, s:s, s:{s:I}}", "path", path, "property", "limits", "value",
			 "bps-total", (json_int_t)llround(mib * 1048576));
	err = vm_qmp(dev->vm, "qom-set", args, NULL, STEP_US);
	if (err && err != -EIO && err != -EINTR)
		pr_err("%s: cannot set the rate: %s", dev->name, strerror(-err));
	free(path);
	return err;
}

static bool integrity_valid(const char *value)
{
	static const char *const modes[] = { "off", "errors", "read", "write", NULL };

	return str_listed(modes, value);
}

/* Only the client's half of the link can tell; a disk without one has nobody to tell of. */
static int integrity_apply(struct device *dev, const char *value)
{
	char *path;
	int err;

	if (!dev->link && streq(value, "off"))
		return 0;
	if (!dev->link) {
		pr_err("%s: integrity=%s needs a driver VM that a link joins to the client",
		       dev->name, value);
		return -EINVAL;
	}
	path = xasprintf(LINKS "/%s/integrity", dev->name);
	err = vm_write_file(dev->user, path, value);
	if (err && err != -EINTR)
		pr_err("%s: cannot set integrity=%s (%s): %s", dev->name, value, path,
		       strerror(-err));
	free(path);
	return err;
}

const struct device_setting blk_settings[] = {
	{ "integrity",
	  "off, errors: those of one driver VM are not believed, read: and what is read is compared "
	  "with what was written, or write: and each write is read back",
	  integrity_valid, integrity_apply },
	{ "disk_rate", "MiB/s of the disk, 0: uncapped", rate_valid, rate_apply },
	{ 0 },
};

/* -- counters -- */

int blk_counters(struct device *dev, counter_fn fn, void *arg)
{
	int err = step_link_counters(dev, fn, arg);
	char *path;

	if (err || !dev->link)
		return err;
	path = xasprintf(LINKS "/%s/checks", dev->name);
	err = step_counters(dev->user, path, "client.", fn, arg);
	free(path);
	return err;
}
