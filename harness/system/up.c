// SPDX-License-Identifier: GPL-2.0-or-later
/* Bringing a system up and taking it down. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"
#include "vm/accel.h"

/* Until a guest's agent answers. TCG on a loaded host is slow; a hang is found out all the same. */
#define BOOT_US (60 * USEC_PER_SEC)
/* Until the death of a QEMU has come round. */
#define DETACH_US (5 * USEC_PER_SEC)

/* Tells the devices which VMs they are in. */
static void place_devices(struct system *sys)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++) {
		const struct system_device_desc *desc = &sys->desc->devices[i];
		const char *user = desc->exported_to ? desc->exported_to : desc->vm;

		sys->devices[i].vm = system_find(sys, desc->vm)->vm;
		sys->devices[i].user = system_find(sys, user)->vm;
		sys->devices[i].remote = system_remote(sys);
	}
}

static int start_vms(struct system *sys)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < sys->desc->n_vms && !err; i++)
		err = vm_spawn(&sys->vms[i].vm, sys->loop, &sys->vms[i].spec);
	place_devices(sys);
	return err;
}

/* How far bring-up has come, for whoever wants to shorten it. */
static void told(const struct system *sys, const char *what, const char *name)
{
	pr_debug("%6.2f s: %s %s", (double)(now_us() - sys->start_us) / USEC_PER_SEC, name, what);
}

static int wait_ready(struct system *sys, struct system_vm *vm)
{
	int err;

	if (vm->ready)
		return 0;
	err = vm_wait_ready(vm->vm, BOOT_US);
	vm->ready = !err;
	if (!err)
		told(sys, "has booted", vm->desc->name);
	return err;
}

static int start_driver(struct system *sys, unsigned int i)
{
	struct device *dev = &sys->devices[i];
	int err = wait_ready(sys, system_find(sys, sys->desc->devices[i].vm));

	if (!err && dev->stock)
		err = dev->stock->start_server(dev);
	else if (!err && dev->link)
		err = dev->class->start_server(dev);
	else if (!err)
		err = dev->class->start_in_place(dev);
	if (!err)
		told(sys, "is driven", dev->name);
	return err;
}

static int start_client(struct system *sys, unsigned int i)
{
	struct device *dev = &sys->devices[i];
	int err = wait_ready(sys, system_find(sys, sys->desc->devices[i].exported_to));

	if (!err)
		err = dev->stock ? dev->stock->start_client(dev) : dev->class->start_client(dev);
	if (!err)
		told(sys, "has its client", dev->name);
	return err;
}

static int start_remote(struct system *sys)
{
	struct device *dev = system_remote_door(sys);
	int err;

	if (!system_remote(sys))
		return 0;
	err = wait_ready(sys, system_find(sys, SYSTEM_REMOTE));
	if (!err)
		err = dev->class->remote->start(dev);
	if (!err)
		told(sys, "has its addresses", SYSTEM_REMOTE);
	return err;
}

/*
 * Drivers first: a driver VM is up before the client, whose image is larger, so its steps cost
 * nothing while the client still boots.
 */
static int start_devices(struct system *sys)
{
	unsigned int i, n = sys->desc->n_devices;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = start_driver(sys, i);
	for (i = 0; i < n && !err; i++)
		if (sys->desc->devices[i].exported_to)
			err = start_client(sys, i);
	for (i = 0; i < sys->desc->n_vms && !err; i++)
		err = wait_ready(sys, &sys->vms[i]);
	if (!err)
		err = start_remote(sys);
	for (i = 0; i < n && !err; i++)
		err = sys->devices[i].class->check(&sys->devices[i]);
	if (!err)
		told(sys, "is usable", sys->desc->name);
	return err;
}

static int choose_accel(struct system *sys, const struct system_options *opt)
{
	if (opt->accel && !streq(opt->accel, "auto"))
		return 0;
	return accel_choose(sys->loop, NULL, sys->log_dir, &sys->accel, NULL);
}

static int bring_up(struct system *sys, const struct system_options *opt)
{
	unsigned int i;
	int err;

	err = mkdir_p(sys->log_dir);
	if (err) {
		pr_err("cannot make the log folder %s: %s", sys->log_dir, strerror(-err));
		return err;
	}
	err = choose_accel(sys, opt);
	if (err)
		return err;
	for (i = 0; i < sys->desc->n_vms; i++)
		sys->vms[i].spec.accel = sys->accel;
	sys->start_us = now_us();
	err = system_prepare(sys);
	if (!err)
		err = start_vms(sys);
	if (!err)
		err = start_devices(sys);
	sys->up_us = now_us() - sys->start_us;
	return err;
}

int system_up(struct system **out, struct loop *loop, const struct system_desc *desc,
	      const struct system_options *opt)
{
	struct system *sys;
	int err;

	err = system_check_memory(desc);
	if (err)
		return err;
	err = system_plan(&sys, loop, desc, opt);
	if (err)
		return err;
	err = bring_up(sys, opt);
	if (!err && loop->interrupted)
		err = -EINTR;
	if (err) {
		system_down(sys);
		return err;
	}
	*out = sys;
	return 0;
}

static void stop_vm(struct system_vm *vm)
{
	size_t f;

	vm_free(vm->vm);
	vm->vm = NULL;
	vm->ready = false;
	for (f = 0; f < vm->spec.n_fds; f++)
		fd_close(&vm->spec.fds[f]);
	free(vm->spec.fds);
	vm->spec.fds = NULL;
	vm->spec.n_fds = 0;
	argv_free(&vm->spec.devices);
}

/* Until the links have noticed that the VM @name is gone. */
static int wait_detached(struct system *sys, const char *name)
{
	uint64_t deadline = now_us() + DETACH_US;
	unsigned int i;
	int err = 0;

	for (i = 0; i < sys->desc->n_devices; i++) {
		const struct system_device_desc *desc = &sys->desc->devices[i];
		bool server = streq(desc->vm, name);
		struct link *link = sys->devices[i].link;

		if (!link || (!server && !streq(desc->exported_to, name)))
			continue;
		while (!err && link_attached(link, server ? DDLINK_SERVER : DDLINK_CLIENT))
			err = now_us() < deadline ? loop_sleep(sys->loop, USEC_PER_MSEC) :
						    -ETIMEDOUT;
	}
	if (err == -ETIMEDOUT)
		pr_err("VM %s is gone, but still at its links", name);
	return err;
}

int system_restart_vm(struct system *sys, const char *name)
{
	struct system_vm *vm = system_find(sys, name);
	unsigned int i;
	int err;

	if (!vm) {
		pr_err("system %s has no VM '%s'", sys->desc->name, name);
		return -ENOENT;
	}
	stop_vm(vm);
	place_devices(sys);
	err = wait_detached(sys, name);
	if (!err)
		err = system_prepare_vm(sys, vm);
	if (!err)
		err = vm_spawn(&vm->vm, sys->loop, &vm->spec);
	place_devices(sys);
	for (i = 0; i < sys->desc->n_devices && !err; i++)
		if (streq(sys->desc->devices[i].vm, name))
			err = start_driver(sys, i);
	if (!err && streq(name, SYSTEM_REMOTE))
		err = start_remote(sys);
	if (err)
		stop_vm(vm);
	place_devices(sys);
	return err;
}

void system_down(struct system *sys)
{
	unsigned int i;

	if (!sys)
		return;
	for (i = 0; i < sys->desc->n_vms; i++)
		stop_vm(&sys->vms[i]);
	for (i = 0; i < sys->desc->n_devices; i++) {
		link_free(sys->devices[i].link);
		free(sys->devices[i].path);
	}
	while (sys->n_hosts-- > 0)
		sys->hosts[sys->n_hosts].class->host_down(sys->hosts[sys->n_hosts].host);
	driver_desc_free_all(sys->drivers, sys->n_drivers);
	free(sys->hosts);
	free(sys->devices);
	free(sys->vms);
	free(sys->log_dir);
	free(sys);
}

int system_options_check(const struct system_desc *desc, const struct system_options *opt)
{
	struct system *sys;
	int err = system_plan(&sys, NULL, desc, opt);

	if (!err)
		system_down(sys);
	return err;
}

int system_dry_run(const struct system_desc *desc, const struct system_options *opt, FILE *out)
{
	struct system *sys;
	unsigned int i;
	char *line;
	int err;

	err = system_plan(&sys, NULL, desc, opt);
	if (err)
		return err;
	sys->dry = true;
	err = system_prepare(sys);
	for (i = 0; i < desc->n_vms && !err; i++) {
		line = vm_command_line(&sys->vms[i].spec);
		fprintf(out, "%s\n", line);
		free(line);
	}
	system_down(sys);
	return err;
}
