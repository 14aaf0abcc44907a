// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings that a system is brought up with, by name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "core/util.h"
#include "system/system-private.h"
#include "techniques/set.h"

struct bring_up_setting {
	const char *key;
	const char *help;
	int (*set)(struct system_options *opt, const char *value);
};

static int set_vms(struct system_options *opt, const char *value)
{
	return parse_uint(value, 1, SYSTEM_FLEET_MAX, &opt->vms);
}

static const char *const boots[] = {
	[VM_BOOT] = "cold",
	[VM_COPY] = "copy",
	[VM_CLONE] = "clone",
};

const char *system_boot_name(enum vm_origin origin)
{
	return boots[origin];
}

static int find_boot(const char *name, enum vm_origin *origin)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(boots); i++) {
		if (!streq(boots[i], name))
			continue;
		*origin = (enum vm_origin)i;
		return 0;
	}
	return -EINVAL;
}

static int set_boot(struct system_options *opt, const char *value)
{
	int err = find_boot(value, &opt->origin);

	opt->boot_named = !err;
	return err;
}

static int set_technique(struct system_options *opt, const char *value)
{
	struct technique_set *set;

	if (strlen(value) >= sizeof(opt->technique) || technique_set_parse(&set, value, NULL) < 0)
		return -EINVAL;
	technique_set_free(set);
	strcpy(opt->technique, value);
	return 0;
}

/* A kernel is there if it has a list of packages; whether its images are built is asked later. */
static int set_kernel(struct system_options *opt, const char *value)
{
	char *list;
	bool known;

	if (strlen(value) >= sizeof(opt->kernel) || strchr(value, '/'))
		return -EINVAL;
	list = path_in_tree("vm-images/kernels/%s.list", value);
	known = access(list, R_OK) == 0;
	free(list);
	if (!known)
		return -EINVAL;
	strcpy(opt->kernel, value);
	return 0;
}

const char *system_vm_kernel(const struct system_vm_desc *vm, const char *kernel)
{
	bool other = kernel[0] && !streq(kernel, SYSTEM_KERNEL);

	return other && vm_image_is_driver_os(vm->image) ? kernel : NULL;
}

enum vm_origin system_origin(const struct system_options *opt)
{
	enum vm_origin origin = VM_COPY;
	struct technique_set *set;
	const char *boot;

	if (opt->boot_named || opt->origin != VM_BOOT || !opt->technique[0])
		return opt->origin;
	if (technique_set_parse(&set, opt->technique, NULL) < 0)
		return opt->origin;
	boot = technique_set_boot(set);
	if (boot)
		find_boot(boot, &origin);
	technique_set_free(set);
	return origin;
}

static const struct bring_up_setting settings[] = {
	{ "vms", "number of driver VMs in the fleet, 1 to 128", set_vms },
	{ "boot", "cold, copy or clone: driver VMs are booted, or restored from a template",
	  set_boot },
	{ "technique",
	  "what driver VMs keep a memory budget with: names of 'drivervm list techniques', "
	  "joined by +",
	  set_technique },
	{ "kernel", "the kernel of driver VMs: a list of vm-images/kernels, without its .list",
	  set_kernel },
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
