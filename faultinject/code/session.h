/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The debug stub of the VM that has the driver, for a while. */
#ifndef DRIVERVM_CODE_SESSION_H
#define DRIVERVM_CODE_SESSION_H

#include "faultinject/gdb/gdb.h"
#include "fault/fault.h"

/*
 * Attaches; the VM is stopped then, where @address (of the kernel's) can be reached. 0 or a
 * negative errno with *@why.
 */
int code_attach(struct gdb **gdb, const struct fault_site *site, uint64_t address,
		gdb_stop_fn on_stop, void *arg, char **why);
/* Stops it like that again. 0 or a negative errno, as of gdb_halt(). */
int code_halt(struct gdb *gdb, const struct fault_site *site, uint64_t address);
/* Lets go, all breakpoints gone; a VM that lives runs. */
void code_detach(struct gdb *gdb, const struct fault_site *site);

#endif
