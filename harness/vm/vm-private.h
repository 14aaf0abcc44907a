/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM from the inside: for the files of vm/ only. */
#ifndef DRIVERVM_VM_VM_PRIVATE_H
#define DRIVERVM_VM_VM_PRIVATE_H

#include "vm/agent.h"
#include "vm/console.h"
#include "vm/qmp.h"
#include "vm/vm.h"

struct vm {
	const struct vm_spec *spec; /* borrowed */
	struct loop *loop;
	struct proc *proc;
	struct qmp *qmp;
	struct agent *agent;
	struct console *console;
	int shell_fd; /* -1: none */
	bool powered_off; /* QEMU told that the guest did it by itself */
	uint64_t spawned_us;
	char *qemu_log;
	char *kernel_log;
};

/*
 * Why the VM is of no use, as one line with the log to read, which the caller frees. @err: what
 * ended the wait (-EPIPE, -ETIMEDOUT, -EPROTO); @timeout_us: how long the wait was to be.
 */
char *vm_why(struct vm *vm, int err, uint64_t timeout_us);

#endif
