// SPDX-License-Identifier: GPL-2.0-or-later
/* The jobs that run commands and that read and write files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"

#define ARGS_MAX 256

static int work_failed(char *why, size_t why_size, const char *what, int err)
{
	snprintf(why, why_size, "%s: %s", what, strerror(err));
	return -err;
}

/* Does the payload begin with a NUL-terminated, non-empty string? */
static bool has_string(const char *payload, size_t len)
{
	return len && payload[0] && memchr(payload, '\0', len);
}

int work_exec(const char *payload, size_t len, char *why, size_t why_size)
{
	const char *args[ARGS_MAX + 1];
	size_t at, n = 0;

	if (!has_string(payload, len) || payload[len - 1])
		return work_failed(why, why_size, "arguments", EINVAL);
	for (at = 0; at < len; at += strlen(payload + at) + 1) {
		if (n == ARGS_MAX)
			return work_failed(why, why_size, args[0], E2BIG);
		args[n++] = payload + at;
	}
	args[n] = NULL;
	execvp(args[0], (char *const *)args);
	return work_failed(why, why_size, args[0], errno);
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int work_read(const char *payload, size_t len, char *why, size_t why_size)
{
	char buf[16384];
	ssize_t n;
	int fd, err;

	if (!has_string(payload, len))
		return work_failed(why, why_size, "path", EINVAL);
	fd = open(payload, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return work_failed(why, why_size, payload, errno);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		err = write_all(STDOUT_FILENO, buf, (size_t)n);
		if (err)
			return work_failed(why, why_size, payload, err);
	}
	return n < 0 ? work_failed(why, why_size, payload, errno) : 0;
}

int work_write(const char *payload, size_t len, char *why, size_t why_size)
{
	size_t path_len;
	int fd, err;

	if (!has_string(payload, len))
		return work_failed(why, why_size, "path", EINVAL);
	path_len = strlen(payload) + 1;
	fd = open(payload, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return work_failed(why, why_size, payload, errno);
	err = write_all(fd, payload + path_len, len - path_len);
	if (close(fd) && !err)
		err = errno;
	return err ? work_failed(why, why_size, payload, err) : 0;
}
