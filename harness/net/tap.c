// SPDX-License-Identifier: GPL-2.0-or-later
/* Taps: the host's end of a guest's network card. */
#include "net/iface.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/log.h"
#include "core/util.h"
#include "net/netns.h"

static int open_tun(void *arg)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	(void)arg;
	return fd < 0 ? -errno : fd;
}

int iface_add_tap(int *out, int netns_fd, char name[IFACE_NAME_SIZE], bool vnet_hdr)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd, err;

	/* The tap belongs to the namespace in which its file was opened. */
	fd = netns_open(netns_fd, open_tun, NULL);
	if (fd < 0) {
		pr_err("cannot open /dev/net/tun: %s", strerror(-fd));
		return fd == -ENOENT ? -ENODEV : fd;
	}
	if (vnet_hdr)
		req.ifr_flags |= IFF_VNET_HDR;
	memcpy(req.ifr_name, name, sizeof(req.ifr_name));
	if (ioctl(fd, TUNSETIFF, &req) < 0) {
		err = -errno;
		pr_err("cannot make tap %s: %s", name, strerror(-err));
		fd_close(&fd);
		return err;
	}
	memcpy(name, req.ifr_name, sizeof(req.ifr_name));
	*out = fd;
	return 0;
}
