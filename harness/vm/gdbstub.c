// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening and closing QEMU's debug stub while the VM runs. */
#include "vm/gdbstub.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/vm-private.h"

#define CHARDEV "gdb"
#define QMP_US (10 * USEC_PER_SEC)

/* QMP has no command for it; the monitor for humans says in words whether it did as it was told. */
static int gdbserver(struct vm *vm, const char *device)
{
	char *line = xasprintf("gdbserver %s", device);
	json_t *ret = NULL;
	const char *said;
	int err;

	err = vm_qmp(vm, "human-monitor-command", json_pack("{s:s}", "command-line", line), &ret,
		     QMP_US);
	said = json_string_value(ret);
	if (!err && (!said || strstr(said, "Could not"))) {
		pr_err("VM %s: QEMU does not open its debug stub", vm->spec->name);
		err = -EIO;
	}
	json_decref(ret);
	free(line);
	return err;
}

static int add_chardev(struct vm *vm, int fd)
{
	int err = qmp_give_fd(vm->qmp, CHARDEV, fd, QMP_US);

	if (err)
		return err;
	return vm_qmp(vm, "chardev-add",
		      json_pack("{s:s, s:{s:s, s:{s:{s:s, s:{s:s}}, s:b}}}", "id", CHARDEV,
				"backend", "type", "socket", "data", "addr", "type", "fd", "data",
				"str", CHARDEV, "server", 0),
		      NULL, QMP_US);
}

int vm_gdb_open(struct vm *vm, int *fd)
{
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	err = add_chardev(vm, fds[1]);
	fd_close(&fds[1]);
	if (!err)
		err = gdbserver(vm, "chardev:" CHARDEV);
	if (err)
		fd_close(&fds[0]);
	else
		*fd = fds[0];
	return err;
}

int vm_gdb_close(struct vm *vm)
{
	json_t *status = NULL;
	int err = gdbserver(vm, "none"); /* takes the chardev with it */

	if (!err)
		err = vm_qmp(vm, "query-status", NULL, &status, QMP_US);
	if (!err && !json_is_true(json_object_get(status, "running")))
		err = vm_qmp(vm, "cont", NULL, NULL, QMP_US);
	json_decref(status);
	return err;
}
