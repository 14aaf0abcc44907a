// SPDX-License-Identifier: GPL-2.0-or-later
/* Asking a process of the system that it has up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/unix.h"
#include "core/util.h"
#include "status/status.h"
#include "system/runtime.h"

/* Its loop may be busy for a moment, with a VM's bring-up or a figure. */
#define PATIENCE_S 10
#define ANSWER_MAX (4u << 20)

static int join(const char *path)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = unix_connect(path);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static int read_error(int error)
{
	switch (error) {
	case EAGAIN:
		return -ETIMEDOUT;
	case ECONNRESET: /* its socket went while we waited to be let in */
		return -ECONNREFUSED;
	default:
		return -error;
	}
}

/* Until the other end closes. */
static int read_all(int fd, char **text, size_t *len)
{
	size_t size = 0;
	ssize_t n;

	*text = NULL;
	*len = 0;
	for (;;) {
		if (*len == size) {
			size = size ? 2 * size : 16384;
			if (size > ANSWER_MAX)
				return -EPROTO;
			*text = xreallocarray(*text, size, 1);
		}
		n = read(fd, *text + *len, size - *len);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return read_error(errno);
		*len += (size_t)n;
	}
}

int status_ask(pid_t pid, json_t **answer)
{
	char *path = runtime_path(pid, STATUS_SOCKET), *text = NULL;
	int fd = join(path), err = fd;
	size_t len;

	free(path);
	if (fd < 0)
		return err;
	err = read_all(fd, &text, &len);
	close(fd);
	if (!err) {
		*answer = json_loadb(text, len, 0, NULL);
		err = *answer ? 0 : -EPROTO;
	}
	free(text);
	return err;
}
