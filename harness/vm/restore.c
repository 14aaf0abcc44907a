// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Saving a VM's state and restoring it, with QEMU's migration. "x-ignore-shared" leaves out memory
 * that QEMU shares with others: a template's file, which stays where it is, and links.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/template.h"
#include "vm/vm-private.h"

/* Of QEMU's names for descriptors that it was given. */
#define STATE_FD "state"

void vm_migration_event(struct vm *vm, const char *status)
{
	if (streq(status, "completed"))
		vm->migration = VM_MIGRATION_DONE;
	else if (streq(status, "failed") || streq(status, "cancelled"))
		vm->migration = VM_MIGRATION_FAILED;
}

static bool migrated_or_lost(void *arg)
{
	struct vm *vm = arg;

	return vm->migration != VM_MIGRATION_NONE || qmp_error(vm->qmp) || vm->proc->exited;
}

/* Runs @command ("migrate", "migrate-incoming") on the file @fd, to its end. Returns silently. */
static int migrate(struct vm *vm, const char *command, int fd, uint64_t timeout_us)
{
	json_t *caps = json_pack("{s:[{s:s, s:b}, {s:s, s:b}]}", "capabilities", "capability",
				 "x-ignore-shared", "state", 1, "capability", "events", "state", 1);
	int err = vm_qmp(vm, "migrate-set-capabilities", caps, NULL, timeout_us);

	vm->migration = VM_MIGRATION_NONE;
	if (!err)
		err = qmp_give_fd(vm->qmp, STATE_FD, fd, timeout_us);
	if (!err)
		err = vm_qmp(vm, command, json_pack("{s:s}", "uri", "fd:" STATE_FD), NULL,
			     timeout_us);
	if (!err)
		err = loop_wait(vm->loop, migrated_or_lost, vm, timeout_us);
	if (!err && vm->migration == VM_MIGRATION_NONE)
		err = -EPIPE;
	if (!err && vm->migration == VM_MIGRATION_FAILED)
		err = -EIO;
	return err;
}

int vm_save(struct vm *vm, int fd, uint64_t timeout_us)
{
	json_t *bandwidth = json_pack("{s:I}", "max-bandwidth", (json_int_t)1 << 40);
	int err = vm_qmp(vm, "migrate-set-parameters", bandwidth, NULL, timeout_us);

	if (!err && !vm->spec->paused)
		err = vm_qmp(vm, "stop", NULL, NULL, timeout_us);
	if (!err)
		err = migrate(vm, "migrate", fd, timeout_us);
	if (err && err != -EINTR)
		pr_err("VM %s: cannot save it: %s", vm->spec->name, strerror(-err));
	return err;
}

/* QEMU sends a frame from each card, so that switches learn where it is now. */
static int stay_unannounced(struct vm *vm, uint64_t timeout_us)
{
	json_t *rounds = json_pack("{s:i}", "announce-rounds", 0);

	return vm_qmp(vm, "migrate-set-parameters", rounds, NULL, timeout_us);
}

int vm_restore(struct vm *vm, uint64_t timeout_us)
{
	int fd = template_open_state(vm->spec->template, vm->spec->origin);
	int err = 0;

	if (fd < 0)
		return fd;
	if (vm->spec->unannounced)
		err = stay_unannounced(vm, timeout_us);
	if (!err)
		err = migrate(vm, "migrate-incoming", fd, timeout_us);
	fd_close(&fd);
	/* It was saved as one that does not run, and so is restored as one. */
	if (!err && !vm->spec->paused)
		err = vm_qmp(vm, "cont", NULL, NULL, timeout_us);
	if (!err && !vm->spec->paused)
		err = agent_adopt(vm->agent, vm->spec->name, timeout_us);
	return err;
}
