// SPDX-License-Identifier: GPL-2.0-or-later
/* What VMs are started with: backends, links, and QEMU's arguments for all that. */
#include <errno.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"

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
	if (fd >= 0) {
		vm_spec_add_fd(spec, fd);
		if (dev->class->backend_slow)
			vm_spec_hold_fd(spec, fd);
	}
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
