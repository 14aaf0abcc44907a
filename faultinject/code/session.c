// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching to a VM's debug stub, and letting go of it. */
#include "faultinject/code/session.h"

#include <errno.h>
#include <string.h>

#include "core/util.h"
#include "vm/gdbstub.h"

/*
 * On processors where the kernel isolates page tables, it is not mapped while a program runs. A
 * guest is mostly in its kernel, though, if only to idle.
 */
#define TRIES 500
#define TRY_US (2 * USEC_PER_MSEC)

/* The VM is stopped. */
static int reach(struct gdb *gdb, const struct fault_site *site, uint64_t address)
{
	uint8_t byte;
	int i, err = gdb_read(gdb, address, &byte, 1);

	for (i = 0; err == -EFAULT && i < TRIES; i++) {
		err = gdb_continue(gdb);
		if (!err)
			err = loop_sleep(site->loop, TRY_US);
		if (!err)
			err = gdb_halt(gdb);
		if (!err)
			err = gdb_read(gdb, address, &byte, 1);
	}
	return err;
}

int code_attach(struct gdb **gdb, const struct fault_site *site, uint64_t address,
		gdb_stop_fn on_stop, void *arg, char **why)
{
	int fd, err = vm_gdb_open(site->vm, &fd);

	if (!err) {
		err = gdb_open(gdb, site->loop, fd, on_stop, arg);
		if (!err) {
			err = reach(*gdb, site, address);
			if (err)
				gdb_free(*gdb);
		}
		if (err && fault_site_alive(site))
			vm_gdb_close(site->vm);
	}
	if (err)
		*why = xasprintf("VM %s cannot be debugged: %s", site->vm_name, strerror(-err));
	return err;
}

int code_halt(struct gdb *gdb, const struct fault_site *site, uint64_t address)
{
	int err = gdb_halt(gdb);

	return err ? err : reach(gdb, site, address);
}

void code_detach(struct gdb *gdb, const struct fault_site *site)
{
	bool alive = fault_site_alive(site);

	if (alive && gdb_halt(gdb) == 0)
		gdb_detach(gdb);
	gdb_free(gdb);
	if (alive && fault_site_alive(site))
		vm_gdb_close(site->vm);
}
