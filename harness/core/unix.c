// SPDX-License-Identifier: GPL-2.0-or-later
/* Stream sockets at paths of the file system. */
#include "core/unix.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4

/* A socket, and the address of @path. */
static int open_socket(struct sockaddr_un *addr, const char *path, int flags)
{
	int fd;

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr->sun_path))
		return -ENAMETOOLONG;
	strcpy(addr->sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	return fd < 0 ? -errno : fd;
}

static int give_up(int fd)
{
	int err = -errno;

	close(fd);
	return err;
}

int unix_connect(const char *path)
{
	struct sockaddr_un addr;
	int fd = open_socket(&addr, path, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	return give_up(fd);
}

int unix_listen(const char *path)
{
	struct sockaddr_un addr;
	int fd = open_socket(&addr, path, SOCK_NONBLOCK);

	if (fd < 0 ||
	    (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(fd, BACKLOG) == 0))
		return fd;
	return give_up(fd);
}
