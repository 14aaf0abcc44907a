// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings that a system is brought up with, by name. */
#include <errno.h>
#include <stdlib.h>

#include "core/util.h"
#include "system/system.h"

struct bring_up_setting {
	const char *key;
	const char *help;
	int (*set)(struct system_options *opt, const char *value);
};

static int set_vms(struct system_options *opt, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (end == value || *end || *value == '-' || n < 1 || n > SYSTEM_FLEET_MAX)
		return -EINVAL;
	opt->vms = (unsigned int)n;
	return 0;
}

static int set_boot(struct system_options *opt, const char *value)
{
	static const struct {
		const char *name;
		enum vm_origin origin;
	} boots[] = {
		{ "cold", VM_BOOT },
		{ "copy", VM_COPY },
		{ "clone", VM_CLONE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(boots); i++) {
		if (!streq(boots[i].name, value))
			continue;
		opt->origin = boots[i].origin;
		return 0;
	}
	return -EINVAL;
}

static const struct bring_up_setting settings[] = {
	{ "vms", "number of driver VMs in the fleet, 1 to 128", set_vms },
	{ "boot", "cold, copy or clone: driver VMs are booted, or restored from a template",
	  set_boot },
};

static const struct bring_up_setting *find(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (streq(settings[i].key, key))
			return &settings[i];
	return NULL;
}

int system_bring_up_set(struct system_options *opt, const char *key, const char *value)
{
	const struct bring_up_setting *s = find(key);

	return s ? s->set(opt, value) : -ENOENT;
}

int system_bring_up_check(const char *key, const char *value)
{
	struct system_options scratch = { 0 };

	return system_bring_up_set(&scratch, key, value);
}

const char *system_bring_up_help(const char *key)
{
	const struct bring_up_setting *s = find(key);

	return s ? s->help : NULL;
}
