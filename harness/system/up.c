// SPDX-License-Identifier: GPL-2.0-or-later
/* Bringing a system up and taking it down. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"
#include "vm/accel.h"

/* Until a guest's agent answers. TCG on a loaded host is slow; a hang is found out all the same. */
#define BOOT_US (60 * USEC_PER_SEC)
/* VMs of a fleet that come up at once, for each of the host's processors. */
#define AHEAD 2

void system_place_devices(struct system *sys)
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

/* Starts QEMUs until there are @n, or all there are. */
static int spawn_vms(struct system *sys, unsigned int n)
{
	bool any = false;
	int err = 0;

	while (sys->n_spawned < n && sys->n_spawned < sys->desc->n_vms && !err) {
		err = system_spawn_vm(sys, &sys->vms[sys->n_spawned++]);
		any = true;
	}
	if (any)
		system_place_devices(sys);
	return err;
}

/*
 * All at once, but for a fleet: a hundred guests that boot together on a few processors would
 * outlast any deadline.
 */
static int spawn_ahead(struct system *sys, const struct system_vm *vm)
{
	unsigned int ahead = AHEAD * (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);

	if (!sys->desc->fleet)
		return spawn_vms(sys, sys->desc->n_vms);
	return spawn_vms(sys, (unsigned int)(vm - sys->vms) + 1 + ahead);
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

int system_start_driver(struct system *sys, unsigned int i)
{
	struct device *dev = &sys->devices[i];
	struct system_vm *vm = system_find(sys, sys->desc->devices[i].vm);
	int err = spawn_ahead(sys, vm);

	if (!err)
		err = wait_ready(sys, vm);
	if (!err && !dev->cloned && system_is_driver_vm(vm->desc))
		err = technique_modules_load(sys->techniques, vm->vm);
	if (!err && dev->cloned)
		/* All is there, but for the session: that was another link's. */
		err = link_ring_doorbell(dev->link, DDLINK_SERVER, DDLINK_VECTOR_CONTROL);
	else if (!err && dev->stock)
		err = dev->stock->start_server(dev);
	else if (!err && dev->link)
		err = dev->class->start_server(dev);
	else if (!err)
		err = dev->class->start_in_place(dev);
	if (!err)
		told(sys, "is driven", dev->name);
	return err;
}

/* All is there, but for the session: that was another link's. */
static int resume_client(struct device *dev)
{
	int err = link_ring_doorbell(dev->link, DDLINK_CLIENT, DDLINK_VECTOR_CONTROL);

	return err || !dev->class->resume_client ? err : dev->class->resume_client(dev);
}

static int start_client(struct system *sys, unsigned int i)
{
	struct device *dev = &sys->devices[i];
	struct system_vm *vm = system_find(sys, sys->desc->devices[i].exported_to);
	int err = wait_ready(sys, vm);

	if (!err && vm->spec.origin != VM_BOOT)
		err = resume_client(dev);
	else if (!err)
		err = dev->stock ? dev->stock->start_client(dev) : dev->class->start_client(dev);
	if (!err)
		told(sys, "has its client", dev->name);
	return err;
}

/* From device *@joined on, until @n have their client; devices that are not exported need none. */
static int start_clients(struct system *sys, unsigned int *joined, unsigned int n)
{
	int err = 0;

	for (; *joined < n && !err; (*joined)++)
		if (sys->desc->devices[*joined].exported_to)
			err = start_client(sys, *joined);
	return err;
}

int system_start_remote(struct system *sys)
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

/* It does not boot, and so is there at once; its links wait for the driver VMs. */
static int start_restored_client(struct system *sys)
{
	struct system_vm *client = system_find(sys, SYSTEM_CLIENT);
	int err;

	if (client->spec.origin == VM_BOOT)
		return 0;
	err = spawn_ahead(sys, client);
	return err ? err : wait_ready(sys, client);
}

/*
 * Drivers first: a driver VM is up before the client, whose image is larger, so its steps cost
 * nothing while the client still boots.
 */
static int start_devices(struct system *sys)
{
	unsigned int i, joined = 0, n = sys->desc->n_devices;
	int err = start_restored_client(sys);

	for (i = 0; i < n && !err; i++) {
		err = system_start_driver(sys, i);
		/* A fleet takes longer than the client's boot: the client need not wait for it. */
		if (!err && sys->desc->fleet && vm_ready(system_client(sys)))
			err = start_clients(sys, &joined, joined + 1);
	}
	if (!err)
		err = spawn_vms(sys, sys->desc->n_vms);
	if (!err)
		err = start_clients(sys, &joined, n);
	for (i = 0; i < sys->desc->n_vms && !err; i++)
		err = wait_ready(sys, &sys->vms[i]);
	if (!err)
		err = system_start_remote(sys);
	if (!err)
		err = system_check_devices(sys);
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

/* A VM takes a dozen descriptors, and usually 1024 are allowed, though more could be. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int bring_up(struct system *sys, const struct system_options *opt)
{
	unsigned int i;
	int err;

	allow_descriptors();
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
	err = system_find_templates(sys, opt);
	if (!err)
		err = system_open_budget(sys);
	if (err)
		return err;
	sys->start_us = now_us();
	err = system_prepare(sys);
	if (!err)
		err = start_devices(sys);
	sys->up_us = now_us() - sys->start_us;
	return err;
}

static int bring_up_or_down(struct system **out, struct system *sys,
			    const struct system_options *opt)
{
	int err = bring_up(sys, opt);

	if (!err && sys->loop->interrupted)
		err = -EINTR;
	if (err)
		system_down(sys);
	else
		*out = sys;
	return err;
}

int system_up(struct system **out, struct loop *loop, const struct system_desc *desc,
	      const struct system_options *opt)
{
	struct system *sys;
	int err;

	err = system_check_fleet(desc);
	if (!err)
		err = system_check_memory(desc, opt);
	if (!err)
		err = system_plan(&sys, loop, desc, opt);
	return err ? err : bring_up_or_down(out, sys, opt);
}

int system_up_model(struct system **out, struct loop *loop, const struct system_desc *desc,
		    const struct system_options *opt, const char *client_memory)
{
	struct system_options plain = *opt;
	struct system *sys;
	struct vm_spec *client;
	int err;

	/* The client is the same whatever its driver VMs' memory is like. */
	plain.technique[0] = '\0';
	plain.origin = VM_CLONE;
	err = system_plan(&sys, loop, desc, &plain);
	if (err)
		return err;
	client = &system_find(sys, SYSTEM_CLIENT)->spec;
	client->origin = VM_BOOT;
	client->memory_file = client_memory;
	return bring_up_or_down(out, sys, &plain);
}

void system_down(struct system *sys)
{
	unsigned int i;

	if (!sys)
		return;
	for (i = 0; i < sys->desc->n_vms; i++)
		system_free_vm(&sys->vms[i]);
	for (i = 0; i < sys->desc->n_devices; i++) {
		link_free(sys->devices[i].link);
		free(sys->devices[i].path);
		free(sys->devices[i].client_address);
		free(sys->devices[i].peer_address);
		free(sys->devices[i].peer_path);
	}
	while (sys->n_hosts-- > 0)
		sys->hosts[sys->n_hosts].class->host_down(sys->hosts[sys->n_hosts].host);
	system_close_budget(sys);
	system_free_templates(sys);
	driver_desc_free_all(sys->drivers, sys->n_drivers);
	free(sys->hosts);
	free(sys->devices);
	free(sys->vms);
	free(sys->kernel);
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
	system_name_templates(sys);
	err = system_prepare(sys);
	for (i = 0; i < desc->n_vms && !err; i++) {
		line = vm_command_line(&sys->vms[i].spec);
		fprintf(out, "%s\n", line);
		free(line);
	}
	system_down(sys);
	return err;
}
