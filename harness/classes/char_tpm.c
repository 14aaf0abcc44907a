// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chip behind QEMU's TPM: a swtpm for each, a process of its own that QEMU talks with. What the
 * chip keeps when its machine is started again is in memory of the host's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "classes/char-private.h"
#include "core/log.h"
#include "core/util.h"

#define PROGRAM "swtpm"

static const char *const types[] = { "tpm", NULL };

/* It is ended by us only: if it ends itself, its last words say why. */
static void on_exit_of_chip(struct proc *proc, void *arg)
{
	const struct device *dev = arg;

	proc->output[strcspn(proc->output, "\n")] = '\0';
	pr_err("%s: its " PROGRAM " has ended: %s", dev->name,
	       proc->output[0] ? proc->output : "it did not say why");
}

static int start_chip(struct device *dev, struct char_end *end, int sock)
{
	char *control = xasprintf("type=unixio,clientfd=%d", sock);
	char *state = xasprintf("backend-uri=file:///proc/self/fd/%d", end->fd);
	const char *const argv[] = { PROGRAM, "socket",	    "--tpm2", "--ctrl",
				     control, "--tpmstate", state,    NULL };
	const int keep[] = { sock, end->fd };
	const struct proc_spec spec = {
		.argv = argv,
		.netns_fd = -1,
		.keep_fds = keep,
		.n_keep_fds = ARRAY_SIZE(keep),
		.capture = true,
	};
	int err = proc_spawn(&end->proc, dev->loop, &spec);

	free(state);
	free(control);
	if (err < 0)
		return err;
	end->proc->on_exit = on_exit_of_chip;
	end->proc->on_exit_arg = dev;
	return 0;
}

/* The chip of a machine that is gone still waits for that. */
static int tpm_up(struct device *dev, struct char_end *end, int *fd)
{
	int pair[2] = { -1, -1 }, err = 0;

	proc_free(end->proc);
	end->proc = NULL;
	if (end->fd < 0)
		end->fd = memfd_create(dev->name, MFD_CLOEXEC);
	if (end->fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		err = -errno;
	if (!err)
		err = start_chip(dev, end, pair[1]);
	fd_close(&pair[1]);
	if (err) {
		fd_close(&pair[0]);
		pr_err("%s: cannot start its TPM, %s: %s", dev->name, PROGRAM, strerror(-err));
		return err;
	}
	*fd = pair[0];
	return 0;
}

/*
 * QEMU 7.2 puts the initramfs where it expects no tables of ACPI; a TPM adds a log to them, and
 * then the initramfs is written over their beginning. So the machine has no ACPI, and the driver is
 * told (drivers.yaml) to look for its device by itself.
 */
static void tpm_args(const struct device *dev, struct argv *args, int fd)
{
	argv_add(args, "-chardev");
	argv_add(args, "socket,id=%s-chip,fd=%d", dev->name, fd);
	argv_add(args, "-machine");
	argv_add(args, "acpi=off");
	argv_add(args, "-tpmdev");
	argv_add(args, "emulator,id=%s-end,chardev=%s-chip", dev->name, dev->name);
}

static struct char_end_kind char_tpm = {
	.types = types,
	.property = "tpmdev",
	.up = tpm_up,
	.args = tpm_args,
};

CHAR_END_KIND(char_tpm)
