/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a VM is made of to QEMU's command line, and nothing else: starts no process. */
#ifndef DRIVERVM_VM_QEMU_H
#define DRIVERVM_VM_QEMU_H

#include "core/argv.h"
#include "vm/vm.h"

#define QEMU_PROGRAM "qemu-system-x86_64"

/* QEMU's ends of the sockets of a VM; they are inherited under these numbers. */
struct qemu_fds {
	int qmp;
	int console; /* ttyS0 */
	int agent; /* ttyS1 */
	int shell; /* ttyS2; -1: none */
};

/* The files a VM boots from; the caller frees each. */
char *qemu_kernel_path(const struct vm_spec *spec);
char *qemu_initrd_path(const struct vm_spec *spec);

/* Appends the whole command line, program included, to @argv. Cannot fail. */
void qemu_argv(struct argv *argv, const struct vm_spec *spec, const struct qemu_fds *fds);

#endif
