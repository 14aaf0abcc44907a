// SPDX-License-Identifier: GPL-2.0-or-later
/* From a description to what will be started: drivers chosen, backends, links, VMs' arguments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
		dev->link_name = dev->name;
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

/* The host's part of a device's class, made at its first device. */
static int host_of(struct system *sys, struct device *dev)
{
	struct system_host *h;
	size_t i;
	int err;

	for (i = 0; i < sys->n_hosts; i++) {
		if (sys->hosts[i].class == dev->class) {
			dev->host = sys->hosts[i].host;
			return 0;
		}
	}
	if (!dev->class->host_up)
		return 0;
	h = &sys->hosts[sys->n_hosts];
	err = dev->class->host_up(&h->host);
	if (err)
		return err;
	h->class = dev->class;
	sys->n_hosts++;
	dev->host = h->host;
	return 0;
}

struct device *system_remote_door(struct system *sys)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++)
		if (sys->devices[i].class->remote)
			return &sys->devices[i];
	return NULL;
}

void system_add_hardware(const struct device *dev, struct vm_spec *spec, int fd)
{
	unsigned int i;

	/* QEMU takes the later of two. */
	if (dev->driver->machine) {
		argv_add(&spec->devices, "-machine");
		argv_add(&spec->devices, "%s", dev->driver->machine);
	}
	dev->class->qemu_args(dev, &spec->devices, fd);
	for (i = 0; i < dev->driver->n_parameters; i++)
		argv_add(&spec->parameters, "%s", dev->driver->parameters[i]);
}

static int prepare_hardware(struct system *sys, struct device *dev, struct vm_spec *spec)
{
	int fd = -1, err;

	if (sys->dry) {
		system_add_hardware(dev, spec, sys->dry_fd++);
		return 0;
	}
	err = host_of(sys, dev);
	if (!err)
		err = dev->class->backend_up(dev, &fd);
	if (err)
		return err;
	if (fd >= 0)
		vm_spec_add_fd(spec, fd);
	system_add_hardware(dev, spec, fd);
	return 0;
}

static int prepare_end(struct system *sys, struct device *dev, unsigned int role,
		       struct vm_spec *spec)
{
	int fd = -1, err;

	if (sys->dry) {
		dev->stock->end_args(dev, role, &spec->devices, sys->dry_fd++);
		return 0;
	}
	err = host_of(sys, dev);
	if (!err)
		err = dev->stock->end_up(dev, role, &fd);
	if (err)
		return err;
	if (fd >= 0)
		vm_spec_add_fd(spec, fd);
	dev->stock->end_args(dev, role, &spec->devices, fd);
	return 0;
}

void system_link_args(const struct system *sys, const struct device *dev, unsigned int role,
		      struct argv *args, int fd)
{
	/* The client of a fleet has more links than a bus has slots. */
	if (sys->desc->fleet && role == DDLINK_CLIENT)
		link_qemu_args_packed(args, dev->name, role, fd,
				      (unsigned int)(dev - sys->devices));
	else
		link_qemu_args(args, dev->name, role, fd);
}

/* One side of what joins the driver VM and the device's user. */
static int prepare_side(struct system *sys, struct device *dev, unsigned int role,
			struct system_vm *vm)
{
	struct vm_spec *spec = &vm->spec;
	int fd;

	if (dev->stock)
		return prepare_end(sys, dev, role, spec);

	if (sys->dry) {
		system_link_args(sys, dev, role, &spec->devices, sys->dry_fd++);
		return 0;
	}
	fd = vm->stands_by ? link_attach_spare(dev->link, sys->loop, role) :
			     link_wait_attach(dev->link, sys->loop, role);
	if (fd < 0) {
		pr_err("device %s: cannot attach VM %s to its link: %s", dev->name, spec->name,
		       strerror(-fd));
		return fd;
	}
	vm_spec_add_fd(spec, fd);
	system_link_args(sys, dev, role, &spec->devices, fd);
	return 0;
}

static int prepare_remote(struct system *sys, struct vm_spec *spec)
{
	struct device *dev = system_remote_door(sys);
	int fd = -1, err;

	if (sys->dry) {
		dev->class->remote->args(&spec->devices, sys->dry_fd++);
		return 0;
	}
	err = host_of(sys, dev);
	if (!err)
		err = dev->class->remote->plug(dev, &fd);
	if (err)
		return err;
	vm_spec_add_fd(spec, fd);
	dev->class->remote->args(&spec->devices, fd);
	return 0;
}

/* The hardware and the sides of exported devices that @vm has. */
int system_prepare_vm(struct system *sys, struct system_vm *vm)
{
	unsigned int i;
	int err = 0;

	if (streq(vm->desc->name, SYSTEM_REMOTE))
		return prepare_remote(sys, &vm->spec);
	for (i = 0; i < sys->desc->n_devices && !err; i++) {
		const struct system_device_desc *desc = &sys->desc->devices[i];
		struct device *dev = &sys->devices[i];

		if (streq(desc->vm, vm->desc->name))
			err = prepare_hardware(sys, dev, &vm->spec);
		if (!err && streq(desc->vm, vm->desc->name) && desc->exported_to)
			err = prepare_side(sys, dev, DDLINK_SERVER, vm);
		if (!err && streq(desc->exported_to, vm->desc->name))
			err = prepare_side(sys, dev, DDLINK_CLIENT, vm);
	}
	if (sys->techniques && system_is_driver_vm(vm->desc)) {
		vm->spec.merged = technique_set_merges(sys->techniques);
		technique_set_qemu_args(sys->techniques, &vm->spec.devices);
	}
	return err;
}

static int make_link(struct system *sys, struct device *dev)
{
	int err = link_new(&dev->link, sys->loop, dev->name, dev->class->link_class);

	if (err)
		pr_err("device %s: cannot make its link: %s", dev->name, strerror(-err));
	return err;
}

int system_prepare(struct system *sys)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < sys->desc->n_devices && !err; i++)
		if (sys->desc->devices[i].exported_to && !sys->devices[i].stock && !sys->dry)
			err = make_link(sys, &sys->devices[i]);
	/* The last of all: but the peer's place has to be taken before anything is joined to it. */
	for (i = sys->desc->n_vms; i-- > 0 && !err;)
		err = system_prepare_vm(sys, &sys->vms[i]);
	return err;
}
