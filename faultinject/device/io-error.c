// SPDX-License-Identifier: GPL-2.0-or-later
/* A medium that cannot be read or written. */
#include <errno.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/device/disk.h"
#include "faultinject/lib/lasting.h"

static const struct {
	const char *name;
	int value;
} errnos[] = {
	{ "EIO", EIO },
	{ "ENOSPC", ENOSPC },
	{ "ETIMEDOUT", ETIMEDOUT },
};

/* -1: none. */
static int errno_value(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errnos); i++)
		if (streq(errnos[i].name, name))
			return errnos[i].value;
	return -1;
}

static bool is_errno(const char *value)
{
	return errno_value(value) >= 0;
}

/* Not flushes: QEMU flushes before it takes blkdebug away, so these would never end. */
static const char *const iotypes[] = { "read", "write", "write-zeroes", "discard", NULL };

static bool is_iotype(const char *value)
{
	return streq(value, "any") || str_listed(iotypes, value);
}

static bool is_yes_or_no(const char *value)
{
	static const char *const words[] = { "no", "yes", NULL };

	return str_listed(words, value);
}

static bool is_sector(const char *value)
{
	return streq(value, "any") || fault_param_count(value);
}

static json_t *rule(const struct fault_values *values, const char *iotype)
{
	json_t *r = json_pack("{s:s, s:s, s:i, s:b}", "event", "none", "iotype", iotype, "errno",
			      errno_value(fault_value(values, "errno")), "once",
			      streq(fault_value(values, "once"), "yes"));

	if (!streq(fault_value(values, "sector"), "any"))
		json_object_set_new(r, "sector",
				    json_integer((json_int_t)fault_number(values, "sector")));
	return r;
}

static json_t *rules(const struct fault_values *values)
{
	const char *wanted = fault_value(values, "iotype");
	json_t *list = json_array();
	size_t i;

	for (i = 0; iotypes[i]; i++)
		if (streq(wanted, "any") || streq(wanted, iotypes[i]))
			json_array_append_new(list, rule(values, iotypes[i]));
	return list;
}

static int repair(const struct fault_site *site, void *arg)
{
	(void)arg;
	return disk_remove(site);
}

static const struct lasting_ops ops = { .undo = repair };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = disk_insert(site, json_pack("{s:s, s:o}", "driver", "blkdebug", "inject-error",
					      rules(values)));

	if (err) {
		*why = xasprintf("VM %s: cannot put QEMU's blkdebug below %s: %s", site->vm_name,
				 site->device, strerror(-err));
		return err;
	}
	return lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = {
	LASTING_PARAM("1000"),
	{ "errno", "EIO, ENOSPC or ETIMEDOUT; the device's model may know no difference", "EIO",
	  is_errno },
	{ "iotype", "of what requests: read, write, write-zeroes, discard, or any", "any",
	  is_iotype },
	{ "once", "yes: only the first request of each such kind fails; or no", "no",
	  is_yes_or_no },
	{ "sector", "only requests that touch this sector of 512 B; or any", "any", is_sector },
	{ 0 },
};

static const struct fault io_error_fault = {
	.name = "io-error",
	.family = "device",
	.summary = "has the disk fail requests for a while (QEMU's blkdebug)",
	.source = "IRON File Systems (SOSP 2005): reads and writes that fail",
	.activation = "taken for activated when it is injected: QEMU does not say when it strikes",
	.params = params,
	.applies = disk_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(io_error_fault)
