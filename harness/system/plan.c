// SPDX-License-Identifier: GPL-2.0-or-later
/* From a description to a plan: drivers chosen, options checked, ways to bring VMs up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "core/yaml.h"
#include "system/system-private.h"

/* The first number after those that vm_command_line() makes up. */
#define DRY_FD 7

struct system_vm *system_find(struct system *sys, const char *name)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_vms; i++)
		if (streq(sys->vms[i].desc->name, name))
			return &sys->vms[i];
	return NULL;
}

static void report_unknown_driver(const struct system *sys, const char *class, const char *name)
{
	char *list = xstrdup(""), *longer;
	unsigned int i;

	for (i = 0; i < sys->n_drivers; i++) {
		if (!streq(sys->drivers[i].class, class))
			continue;
		longer = xasprintf("%s%s%s", list, *list ? ", " : "", sys->drivers[i].name);
		free(list);
		list = longer;
	}
	pr_err("no driver '%s' for devices of class %s; there are: %s", name, class, list);
	free(list);
}

/* The description's driver, or the user's if it is of that class, or the class's own. */
static void choose_driver(struct system *sys, struct device *dev,
			  const struct system_device_desc *desc, const char *wanted)
{
	const struct driver_desc *d = NULL;

	if (!desc->driver && wanted)
		d = driver_desc_find(sys->drivers, sys->n_drivers, wanted);
	if (!d || !streq(d->class, dev->class->name))
		d = driver_desc_find(sys->drivers, sys->n_drivers,
				     desc->driver ? desc->driver : dev->class->default_driver);
	dev->driver = d;
}

/* A driver that was asked for must be one that some device, which leaves its own open, can have. */
static int check_wanted(const struct system *sys, const char *wanted)
{
	const struct device *open = NULL;
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++) {
		if (sys->desc->devices[i].driver)
			continue;
		if (streq(sys->devices[i].driver->name, wanted))
			return 0;
		if (!open)
			open = &sys->devices[i];
	}
	if (!open)
		return 0;
	report_unknown_driver(sys, open->class->name, wanted);
	return -EINVAL;
}

/* What the class finds wrong with them, with the place of the device in its description. */
static int check_options(const struct system *sys, const struct device *dev)
{
	const char *path = sys->desc->path;
	char *why;
	int err;

	if (!dev->class->check_options)
		return 0;
	err = dev->class->check_options(dev, &why);
	if (err) {
		pr_err("%s:%u: device '%s': %s", path,
		       yaml_line_after(path, yaml_line_of(path, "devices"), dev->name), dev->name,
		       why);
		free(why);
	}
	return err;
}

/* Numbers a device among those of its class: all, and those of its VM. */
static void count_in(struct system *sys, unsigned int i)
{
	struct device *dev = &sys->devices[i];
	unsigned int j;

	for (j = 0; j < i; j++) {
		if (sys->devices[j].class != dev->class)
			continue;
		dev->index++;
		if (streq(sys->desc->devices[j].vm, sys->desc->devices[i].vm))
			dev->place++;
	}
}

static void plan_vm(struct system *sys, unsigned int i)
{
	struct system_vm *vm = &sys->vms[i];

	vm->desc = &sys->desc->vms[i];
	vm->spec.name = vm->desc->name;
	vm->spec.image = vm->desc->image;
	vm->spec.kernel = system_vm_kernel(vm->desc, sys->kernel);
	vm->spec.memory_mib = vm->desc->memory_mib;
	vm->spec.vcpus = vm->desc->vcpus;
	vm->spec.accel = sys->accel;
	vm->spec.log_dir = sys->log_dir;
	vm->spec.shell = sys->shell;
	vm->spec.small_pages = vm->desc->fleet;
}

static bool exports_devices(const struct system_desc *desc)
{
	unsigned int i = 0;

	while (i < desc->n_devices && !desc->devices[i].exported_to)
		i++;
	return i < desc->n_devices;
}

/*
 * What can be restored from a template is, if that is wanted. It is said of driver VMs: a system
 * that has none, and is compared with one that has, comes up as it always does.
 */
static int plan_origins(struct system *sys, const struct system_options *opt)
{
	bool asked_for = opt->origin != VM_BOOT;
	unsigned int i, n = 0;

	for (i = 0; i < sys->desc->n_vms && sys->origin != VM_BOOT; i++) {
		if (!system_clonable(sys, &sys->vms[i]))
			continue;
		sys->vms[i].spec.origin = sys->origin;
		n++;
	}
	/* Nobody shares the client's memory, whose file would have to be copied first. */
	if (n && system_client_clonable(sys))
		system_find(sys, SYSTEM_CLIENT)->spec.origin = VM_CLONE;
	for (i = 0; i < sys->desc->n_devices; i++) {
		struct device *dev = &sys->devices[i];

		dev->cloned = system_find(sys, sys->desc->devices[i].vm)->spec.origin != VM_BOOT;
	}
	if (n || !asked_for || !exports_devices(sys->desc))
		return 0;
	pr_err("system %s has no VM that can be restored from a template: one with a single device, "
	       "exported by a link, of a driver that QEMU can save",
	       sys->desc->name);
	return -EINVAL;
}

int system_plan(struct system **out, struct loop *loop, const struct system_desc *desc,
		const struct system_options *opt)
{
	struct system *sys = xcalloc(1, sizeof(*sys));
	unsigned int i;
	int err;

	sys->loop = loop;
	sys->desc = desc;
	sys->accel = opt->accel ? opt->accel : "tcg";
	sys->log_dir = xstrdup(opt->log_dir ? opt->log_dir : ".");
	sys->kernel = xstrdup(opt->kernel);
	sys->shell = opt->shell;
	sys->origin = system_origin(opt);
	sys->dry_fd = DRY_FD;
	sys->vms = xcalloc(desc->n_vms, sizeof(*sys->vms));
	sys->devices = xcalloc(desc->n_devices, sizeof(*sys->devices));
	sys->hosts = xcalloc(desc->n_devices, sizeof(*sys->hosts));
	for (i = 0; i < desc->n_vms; i++)
		plan_vm(sys, i);
	err = driver_desc_load_all(&sys->drivers, &sys->n_drivers);
	for (i = 0; i < desc->n_devices && !err; i++) {
		struct device *dev = &sys->devices[i];

		dev->name = desc->devices[i].name;
		dev->class = class_find(desc->devices[i].class);
		dev->loop = loop;
		count_in(sys, i);
		dev->options = desc->devices[i].options;
		dev->n_options = desc->devices[i].n_options;
		if (desc->devices[i].via == SYSTEM_VIA_STOCK)
			dev->stock = dev->class->stock;
		choose_driver(sys, dev, &desc->devices[i], opt->driver);
	}
	if (!err && opt->driver)
		err = check_wanted(sys, opt->driver);
	for (i = 0; i < desc->n_devices && !err; i++)
		err = check_options(sys, &sys->devices[i]);
	if (!err)
		err = plan_origins(sys, opt);
	if (!err)
		err = system_plan_techniques(sys, opt->technique);
	if (err) {
		system_down(sys);
		return err;
	}
	*out = sys;
	return 0;
}
