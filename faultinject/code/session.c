// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching to a VM's debug stub, and letting go of it. */
#include "faultinject/code/session.h"

#include <string.h>

#include "core/util.h"
#include "vm/gdbstub.h"

int code_attach(struct gdb **gdb, const struct fault_site *site, gdb_stop_fn on_stop, void *arg,
		char **why)
{
	int fd, err = vm_gdb_open(site->vm, &fd);

	if (!err) {
		err = gdb_open(gdb, site->loop, fd, on_stop, arg);
		if (err && fault_site_alive(site))
			vm_gdb_close(site->vm);
	}
	if (err)
		*why = xasprintf("VM %s cannot be debugged: %s", site->vm_name, strerror(-err));
	return err;
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
