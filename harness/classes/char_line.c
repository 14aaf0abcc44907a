// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other end of a serial port: a pseudo-terminal of the host, whose name is the device's
 * peer_path. What is at work there, a plugin or a person with a terminal program, gets what the
 * port sends, and sees the speed that its driver has set.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "classes/char-private.h"
#include "core/log.h"
#include "core/util.h"

static const char *const types[] = { "serial", "usb-serial", NULL };

/* Nothing on the way shall change a byte, or send it back. */
static int make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	return tcsetattr(fd, TCSANOW, &t) < 0 ? -errno : 0;
}

/* Its far side is kept open: QEMU would take the last one to close it for the end of the line. */
static int open_line(struct device *dev, struct char_end *end)
{
	char path[PATH_MAX];
	int err;

	end->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (end->fd < 0 || grantpt(end->fd) < 0 || unlockpt(end->fd) < 0)
		return -errno;
	err = ptsname_r(end->fd, path, sizeof(path));
	if (err)
		return -err;
	end->far_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (end->far_fd < 0)
		return -errno;
	free(dev->peer_path);
	dev->peer_path = xstrdup(path);
	return make_raw(end->far_fd);
}

static int line_up(struct device *dev, struct char_end *end, int *fd)
{
	int err = end->far_fd < 0 ? open_line(dev, end) : 0;

	if (!err) {
		*fd = fcntl(end->fd, F_DUPFD_CLOEXEC, 3);
		err = *fd < 0 ? -errno : 0;
	}
	if (err)
		pr_err("%s: no terminal for the other end of its line: %s", dev->name,
		       strerror(-err));
	return err;
}

/* "serial" is what QEMU calls a host's terminal whose speed is to be set with the port's. */
static void line_args(const struct device *dev, struct argv *args, int fd)
{
	argv_add(args, "-add-fd");
	argv_add(args, "fd=%d,set=%d,opaque=%s", fd, fd, dev->name);
	argv_add(args, "-chardev");
	argv_add(args, "serial,id=%s-end,path=/dev/fdset/%d", dev->name, fd);
}

static struct char_end_kind char_line = {
	.types = types,
	.property = "chardev",
	.up = line_up,
	.args = line_args,
};

CHAR_END_KIND(char_line)
