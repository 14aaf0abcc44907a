/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's debug stub of a VM that runs: through it, a guest's memory is read and written, and
 * execution stopped where one wants, without anything in the guest. What is said over the socket
 * is the business of whoever opens it (faultinject/gdb).
 */
#ifndef DRIVERVM_VM_GDBSTUB_H
#define DRIVERVM_VM_GDBSTUB_H

#include "vm/vm.h"

/*
 * Opens the stub: *@fd is our end of a socket to it, the caller's to close. That stops the VM. One
 * at a time. 0 or a negative errno, as of vm_qmp().
 */
int vm_gdb_open(struct vm *vm, int *fd);
/*
 * Closes the stub, whatever was said to it last: it can be opened again. Lets a VM run that is
 * stopped. 0 or a negative errno, as of vm_qmp().
 */
int vm_gdb_close(struct vm *vm);

#endif
