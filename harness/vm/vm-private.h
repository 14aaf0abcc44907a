/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM from the inside: for the files of vm/ only. */
#ifndef DRIVERVM_VM_VM_PRIVATE_H
#define DRIVERVM_VM_VM_PRIVATE_H

#include "vm/agent.h"
#include "vm/console.h"
#include "vm/qmp.h"
#include "vm/vm.h"

/* What QEMU tells of saving or restoring a VM. */
enum vm_migration {
	VM_MIGRATION_NONE,
	VM_MIGRATION_DONE,
	VM_MIGRATION_FAILED,
};

struct vm {
	const struct vm_spec *spec; /* borrowed */
	struct loop *loop;
	struct proc *proc;
	struct qmp *qmp;
	struct agent *agent;
	struct console *console;
	int shell_fd; /* -1: none */
	enum vm_migration migration;
	bool powered_off; /* QEMU told that the guest did it by itself */
	bool stopped; /* QEMU told that the guest does not run */
	bool was_reset; /* set by QEMU's event */
	uint64_t serial; /* see vm_serial() */
	uint64_t spawned_us;
	uint64_t running_us; /* of QEMU's last event that it runs, or runs anew; 0: none yet */
	char *qemu_log;
	char *kernel_log;
};

/*
 * Restores it from its template and, unless it is to stay paused, lets it run and has its agent
 * adopt it. 0, -EPIPE (QEMU ended, as it does if it cannot), -ETIMEDOUT, -EPROTO, -EINTR; silently.
 */
int vm_restore(struct vm *vm, uint64_t timeout_us);
/* Takes note of QEMU's event MIGRATION. @status may be NULL. */
void vm_migration_event(struct vm *vm, const char *status);
/* Takes note of QEMU's events STOP, RESUME and RESET. */
void vm_life_event(struct vm *vm, const char *event);
/*
 * Why the VM is of no use, as one line with the log to read, which the caller frees. @err: what
 * ended the wait (-EPIPE, -ETIMEDOUT, -EPROTO); @timeout_us: how long the wait was to be.
 */
char *vm_why(struct vm *vm, int err, uint64_t timeout_us);

#endif
