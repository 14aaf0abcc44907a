// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One VM of a system that is up goes, and another takes its place: started as the first one was,
 * started anew in the same QEMU, or a spare that has been standing by.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"

/* Until a QEMU that was killed is gone. */
#define KILL_US (10 * USEC_PER_SEC)
/* Until a guest answers; see up.c. */
#define BOOT_US (60 * USEC_PER_SEC)
/* Until a QEMU does what it is told. */
#define COMMAND_US (5 * USEC_PER_SEC)
/* Folders for the logs of spares: of the one that runs, and of the next. */
#define SPARE_FOLDERS 2

static void free_spare(struct system_vm *spare)
{
	if (!spare)
		return;
	vm_free(spare->vm);
	vm_spec_drop_devices(&spare->spec);
	free((char *)spare->spec.log_dir);
	free(spare);
}

/* Its spec stays what it was planned as. */
static void free_running(struct system_vm *vm)
{
	vm_free(vm->vm);
	vm->vm = NULL;
	vm->ready = false;
	vm_spec_drop_devices(&vm->spec);
	free_spare(vm->was);
	vm->was = NULL;
}

static void drop_spare(struct system_vm *vm)
{
	free_spare(vm->spare);
	vm->spare = NULL;
}

void system_free_vm(struct system_vm *vm)
{
	free_running(vm);
	drop_spare(vm);
}

static struct system_vm *find_or_tell(struct system *sys, const char *name)
{
	struct system_vm *vm = system_find(sys, name);

	if (!vm)
		pr_err("system %s has no VM '%s'", sys->desc->name, name);
	return vm;
}

int system_stop_vm(struct system *sys, const char *name)
{
	struct system_vm *vm = find_or_tell(sys, name);

	if (!vm)
		return -ENOENT;
	/* Whatever comes of waiting: what is freed below is killed. */
	if (vm->vm)
		vm_kill(vm->vm, KILL_US);
	free_running(vm);
	system_place_devices(sys);
	return 0;
}

/* All of its devices. */
static int start_drivers(struct system *sys, const char *name)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < sys->desc->n_devices && !err; i++)
		if (streq(sys->desc->devices[i].vm, name))
			err = system_start_driver(sys, i);
	return err;
}

static void note(const struct system_vm *vm, struct system_start *when)
{
	if (!when)
		return;
	when->running_us = vm_running_since_us(vm->vm);
	when->driver_us = now_us();
}

int system_start_vm(struct system *sys, const char *name, struct system_start *when)
{
	struct system_vm *vm = find_or_tell(sys, name);
	int err;

	if (!vm)
		return -ENOENT;
	err = system_prepare_vm(sys, vm);
	if (!err)
		err = system_spawn_vm(sys, vm);
	system_place_devices(sys);
	if (!err)
		err = start_drivers(sys, name);
	if (!err && streq(name, SYSTEM_REMOTE))
		err = system_start_remote(sys);
	if (err)
		free_running(vm);
	else
		note(vm, when);
	system_place_devices(sys);
	return err;
}

int system_restart_vm(struct system *sys, const char *name)
{
	int err = system_stop_vm(sys, name);

	return err ? err : system_start_vm(sys, name, NULL);
}

int system_reset_vm(struct system *sys, const char *name, struct system_start *when)
{
	struct system_vm *vm = find_or_tell(sys, name);
	int err;

	if (!vm)
		return -ENOENT;
	if (!vm->vm || vm_exited(vm->vm) || vm->spec.origin != VM_BOOT)
		return -EPIPE;
	vm->ready = false;
	err = vm_reset(vm->vm, BOOT_US);
	vm->ready = !err;
	if (!err)
		err = start_drivers(sys, name);
	if (!err)
		note(vm, when);
	return err;
}

/* -- spares -- */

static struct system_vm *plan_spare(const struct system *sys, struct system_vm *vm,
				    enum system_spare state)
{
	struct system_vm *spare = xcalloc(1, sizeof(*spare));

	spare->desc = vm->desc;
	spare->spec = vm->spec;
	spare->spec.devices = (struct argv){ 0 };
	spare->spec.fds = NULL;
	spare->spec.n_fds = 0;
	spare->spec.held = NULL;
	spare->spec.n_held = 0;
	spare->spec.log_dir =
		xasprintf("%s/spare-%u", sys->log_dir, vm->n_spares++ % SPARE_FOLDERS);
	spare->spec.paused = state == SPARE_PAUSED;
	spare->spec.unannounced = true;
	spare->stands_by = true;
	return spare;
}

bool system_has_spare(struct system *sys, const char *name)
{
	const struct system_vm *vm = system_find(sys, name);

	return vm && vm->spare && !vm_exited(vm->spare->vm);
}

void system_drop_spare(struct system *sys, const char *name)
{
	struct system_vm *vm = system_find(sys, name);

	if (vm)
		drop_spare(vm);
}

/*
 * What it will have to do in a hurry it does once while there is time: see ddlink_rehearse.c. One
 * that cannot is a spare all the same.
 */
static int rehearse(const struct system *sys, const struct system_vm *spare)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < sys->desc->n_devices && err != -EINTR; i++) {
		const struct device *dev = &sys->devices[i];
		char *path;

		if (!streq(sys->desc->devices[i].vm, spare->desc->name) || !dev->link)
			continue;
		path = device_link_attribute(dev, "rehearse");
		err = vm_write_file(spare->vm, path, "1");
		if (err && err != -EINTR)
			pr_warning("spare of %s: %s cannot rehearse: %s", spare->desc->name,
				   dev->name, strerror(-err));
		free(path);
	}
	return err == -EINTR ? err : 0;
}

int system_add_spare(struct system *sys, const char *name, enum system_spare state)
{
	struct system_vm *vm = find_or_tell(sys, name), *spare;
	int err;

	if (!vm)
		return -ENOENT;
	if (system_has_spare(sys, name))
		return -EBUSY;
	drop_spare(vm);
	if (vm->spec.origin == VM_BOOT) {
		pr_err("VM %s cannot have a spare: it is restored from no template", name);
		return -EOPNOTSUPP;
	}
	spare = plan_spare(sys, vm, state);
	err = system_prepare_vm(sys, spare);
	if (!err)
		err = system_spawn_vm(sys, spare);
	if (!err)
		err = vm_wait_ready(spare->vm, BOOT_US);
	if (!err && state == SPARE_RUNNING)
		err = rehearse(sys, spare);
	if (err)
		free_spare(spare);
	else
		vm->spare = spare;
	return err;
}

/* The sides of its links: from now on it hears their doorbells. */
static int take_links_over(struct system *sys, const char *name)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < sys->desc->n_devices && !err; i++)
		if (streq(sys->desc->devices[i].vm, name) && sys->devices[i].link)
			err = link_promote_spare(sys->devices[i].link, sys->loop, DDLINK_SERVER);
	return err;
}

static void move_in(struct system *sys, struct system_vm *vm)
{
	vm->was = vm->spare;
	vm->spare = NULL;
	vm->vm = vm->was->vm;
	vm->was->vm = NULL;
	vm->was->stands_by = false;
	vm->ready = true;
	system_place_devices(sys);
}

/* It is told who it is after the rest: what it does meanwhile does not depend on that. */
static int set_going(struct system *sys, struct system_vm *vm, struct system_start *when)
{
	bool paused = vm->was->spec.paused;
	uint64_t now;
	int err = 0;

	vm->was->spec.paused = false;
	if (paused)
		err = vm_continue(vm->vm, COMMAND_US);
	now = now_us();
	if (!err)
		err = start_drivers(sys, vm->desc->name);
	if (!err)
		note(vm, when);
	/* One that has been running all the time takes its place now. */
	if (!err && when && when->running_us < now && !paused)
		when->running_us = now;
	if (!err && paused)
		err = vm_adopt(vm->vm, COMMAND_US);
	return err;
}

int system_switch_to_spare(struct system *sys, const char *name, struct system_start *when)
{
	struct system_vm *vm = find_or_tell(sys, name);
	int err;

	if (!vm)
		return -ENOENT;
	if (!vm->spare || vm->vm)
		return -ENOENT;
	err = take_links_over(sys, name);
	if (!err) {
		move_in(sys, vm);
		err = set_going(sys, vm, when);
	}
	if (err) {
		pr_err("VM %s: its spare does not take its place: %s", name, strerror(-err));
		system_free_vm(vm);
		system_place_devices(sys);
	}
	return err;
}
