// SPDX-License-Identifier: GPL-2.0-or-later
/* Allocation that cannot fail, clocks and small files. */
#include "core/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"

#define FILE_READ_MAX (64UL << 20)

static void *check_alloc(void *p)
{
	if (p)
		return p;
	pr_err("out of memory");
	exit(3);
}

void *xcalloc(size_t n, size_t size)
{
	return check_alloc(calloc(n ? n : 1, size ? size : 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return check_alloc(reallocarray(p, n ? n : 1, size ? size : 1));
}

void *xgrow(void *p, size_t *n, size_t i, size_t size, const void *fresh)
{
	if (i >= *n)
		p = xreallocarray(p, i + 1, size);
	for (; *n <= i; (*n)++)
		memcpy((char *)p + *n * size, fresh, size);
	return p;
}

char *xstrdup(const char *s)
{
	return check_alloc(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return check_alloc(s);
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t now_us(void)
{
	return now_ns() / 1000;
}

int parse_number(const char *s, double *value)
{
	char *end;
	double v = strtod(s, &end);

	if (!*s || *end || isspace((unsigned char)*s) || !isfinite(v))
		return -EINVAL;
	*value = v;
	return 0;
}

int parse_uint(const char *s, unsigned int min, unsigned int max, unsigned int *value)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (!isdigit((unsigned char)*s) || *end || errno || v < min || v > max)
		return -EINVAL;
	*value = (unsigned int)v;
	return 0;
}

bool str_listed(const char *const *list, const char *word)
{
	while (*list && !streq(*list, word))
		list++;
	return *list;
}

const char *pair_value(const char *s, const char *key)
{
	size_t len = strlen(key);

	return strncmp(s, key, len) == 0 && s[len] == '=' ? s + len + 1 : NULL;
}

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void *close_it(void *arg)
{
	close((int)(intptr_t)arg);
	return NULL;
}

void fd_close_behind(int *fd)
{
	pthread_t thread;

	if (*fd >= 0 && pthread_create(&thread, NULL, close_it, (void *)(intptr_t)*fd) == 0) {
		pthread_detach(thread);
		*fd = -1;
	}
	fd_close(fd);
}

int file_read(const char *path, char **data, size_t *len)
{
	size_t used = 0, size = 4096;
	char *buf;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	buf = xcalloc(1, size);
	while ((n = read(fd, buf + used, size - used - 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			goto out;
		}
		used += (size_t)n;
		if (used > FILE_READ_MAX) {
			n = -EFBIG;
			goto out;
		}
		if (size - used < 2) {
			size *= 2;
			buf = xreallocarray(buf, size, 1);
		}
	}
	buf[used] = '\0';
out:
	close(fd);
	if (n < 0) {
		free(buf);
		return (int)n;
	}
	*data = buf;
	if (len)
		*len = used;
	return 0;
}

int fd_write(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t len)
{
	char *tmp = xasprintf("%s.tmp", path);
	int fd, err;

	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		err = -errno;
		goto out;
	}
	err = fd_write(fd, data, len);
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(tmp, path) < 0)
		err = -errno;
	if (err)
		unlink(tmp);
out:
	free(tmp);
	return err;
}

int mkdir_p(const char *path)
{
	char buf[PATH_MAX];
	size_t len = strlen(path);
	size_t i;

	if (len == 0 || len >= sizeof(buf))
		return -ENAMETOOLONG;
	for (i = 0; i <= len; i++) {
		buf[i] = path[i];
		if (i == 0 || (path[i] != '/' && path[i] != '\0'))
			continue;
		buf[i] = '\0';
		if (mkdir(buf, 0755) < 0 && errno != EEXIST)
			return -errno;
		buf[i] = path[i];
	}
	return 0;
}

int fd_drop_cut_line(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END), at = end;
	char c;

	while (at > 0) {
		if (pread(fd, &c, 1, at - 1) != 1)
			return -EIO;
		if (c == '\n')
			break;
		at--;
	}
	return at < end && ftruncate(fd, at) < 0 ? -errno : 0;
}
