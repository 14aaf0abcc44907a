// SPDX-License-Identifier: GPL-2.0-or-later
/* A disk that takes a request and never answers it, while it answers all others. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/device/disk.h"
#include "faultinject/lib/lasting.h"
#include "faultinject/lib/monitor.h"

#define TAG "lost"

static bool is_iotype(const char *value)
{
	static const char *const words[] = { "read", "write", NULL };

	return str_listed(words, value);
}

/* qemu-io's command @what ("break read_aio") for the node that was put below the disk. */
static int debug(const struct fault_site *site, const char *what, char **why)
{
	char *line = xasprintf("qemu-io %s-fault \"%s " TAG "\"", site->device, what);
	int err = monitor_command(site, line, why);

	free(line);
	return err;
}

/* It waits for what is under way: first the request has to go on, if there was one. */
static int repair(const struct fault_site *site, void *arg)
{
	char *why = NULL;

	(void)arg;
	debug(site, "resume", &why);
	free(why);
	return disk_remove(site);
}

static const struct lasting_ops ops = { .undo = repair };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	bool read = streq(fault_value(values, "iotype"), "read");
	/* It is the raw format that says so much of what it does that blkdebug can stop it. */
	int err = disk_insert(site, json_pack("{s:s, s:{s:s}}", "driver", "raw", "file", "driver",
					      "blkdebug"));

	if (err) {
		*why = xasprintf("VM %s: cannot put QEMU's blkdebug below %s: %s", site->vm_name,
				 site->device, strerror(-err));
		return err;
	}
	err = debug(site, read ? "break read_aio" : "break write_aio", why);
	if (err) {
		disk_remove(site);
		return err;
	}
	return lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = {
	LASTING_PARAM("0"),
	{ "iotype", "what is lost: the next read, or the next write", "read", is_iotype },
	{ 0 },
};

static const struct fault lost_request_fault = {
	.name = "lost-request",
	.family = "device",
	.summary = "has the disk forget one request (QEMU's blkdebug)",
	.activation = "taken for activated when it is injected: QEMU does not say when it strikes",
	.params = params,
	.applies = disk_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(lost_request_fault)
