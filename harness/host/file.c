// SPDX-License-Identifier: GPL-2.0-or-later
/* The small files by which a host is told what to do. */
#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"

int host_write(const char *path, const char *value)
{
	size_t len = strlen(value);
	ssize_t n;
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, len);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -EIO;
	close(fd);
	return err;
}

int host_write_u64(const char *path, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return host_write(path, text);
}

int host_read(const char *path, char **value)
{
	size_t len;
	int err = file_read(path, value, &len);

	if (!err && len > 0 && (*value)[len - 1] == '\n')
		(*value)[len - 1] = '\0';
	return err;
}

static int parse_u64(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || end == text || (*end && *end != '\n') ? -EINVAL : 0;
}

int host_read_u64(const char *path, uint64_t *value)
{
	char *text;
	int err = host_read(path, &text);

	if (err)
		return err;
	err = parse_u64(text, value);
	free(text);
	return err;
}

int host_read_key(const char *path, const char *key, uint64_t *value)
{
	size_t len = strlen(key);
	char *text, *line;
	int err = host_read(path, &text);

	if (err)
		return err;
	err = -ENODATA;
	for (line = text; line && err; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			err = parse_u64(line + len + 1, value);
	}
	free(text);
	return err;
}

int host_refused(int err, const char *what)
{
	switch (-err) {
	case EPERM:
	case EACCES:
	case EROFS:
		pr_err("%s: %s%s", what, strerror(-err), geteuid() ? " (it needs root)" : "");
		return -EOPNOTSUPP;
	case ENOENT:
	case ENODEV:
	case ENOSYS:
	case EOPNOTSUPP:
		pr_err("%s: this host's kernel does not have it", what);
		return -EOPNOTSUPP;
	default:
		pr_err("%s: %s", what, strerror(-err));
		return err;
	}
}
