/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of QEMU's debug stub, for as much of the gdb remote protocol as breaking a guest's code
 * takes: memory, breakpoints, running and stopping. It sits on the event loop: requests are sent
 * one after another, each waits for its answer with a deadline, and a guest that stops at a
 * breakpoint is told to a handler. QEMU may have been taken over by its guest, so what it says is
 * bounded and checked; the first thing that makes no sense ends the connection.
 *
 * While the VM runs only gdb_halt() and the functions that say so may be called.
 */
#ifndef DRIVERVM_GDB_GDB_H
#define DRIVERVM_GDB_GDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"

struct gdb;

/* Where and why the guest stopped. */
struct gdb_stop {
	unsigned int signal; /* GDB_TRAP: at a breakpoint; others: it was told to stop */
	uint64_t pc; /* of the processor that stopped, at the instruction to come */
};

#define GDB_TRAP 5

/*
 * The guest stopped, and stays so until it is told to go on. A handler of the loop: it must not
 * wait, so only the functions gdb_post_*() are for it.
 */
typedef void (*gdb_stop_fn)(void *arg, const struct gdb_stop *stop);

/*
 * All functions return 0 or a negative errno, silently: -EPIPE (QEMU is gone), -EPROTO (what it
 * said makes no sense), -ETIMEDOUT (no answer, and there will be none), -EFAULT (the stub refused:
 * no such memory), -EBUSY (the VM runs). They are not cut short by an interruption: an answer takes
 * milliseconds, and must not be taken for that of another request.
 */

/* Takes over @fd (see vm_gdb_open()), in any case. The VM is stopped. @on_stop is required. */
int gdb_open(struct gdb **gdb, struct loop *loop, int fd, gdb_stop_fn on_stop, void *arg);
/* Closes the connection; the VM stays as it is. NULL is allowed. */
void gdb_free(struct gdb *gdb);
/* 0 while the connection stands. Any time. */
int gdb_error(const struct gdb *gdb);

/* The guest's memory at a virtual address, as the processor that stopped last sees it. */
int gdb_read(struct gdb *gdb, uint64_t address, void *data, size_t len);
int gdb_write(struct gdb *gdb, uint64_t address, const void *data, size_t len);
/* A breakpoint at the instruction at @address. */
int gdb_break(struct gdb *gdb, uint64_t address);
int gdb_unbreak(struct gdb *gdb, uint64_t address);

/* Lets the VM run. Does not wait. */
int gdb_continue(struct gdb *gdb);
/*
 * Stops the VM, unless it is stopped, and has it stay so: from now on gdb_post_continue() has no
 * effect, until gdb_continue(). @on_stop is told of what stopped it. Any time.
 */
int gdb_halt(struct gdb *gdb);
/* Removes all breakpoints and lets the VM run; nothing but gdb_free() may follow. */
int gdb_detach(struct gdb *gdb);

/* For handlers: done in this order, some time later; a failure shows in gdb_error(). */
void gdb_post_unbreak(struct gdb *gdb, uint64_t address);
void gdb_post_continue(struct gdb *gdb);

#endif
