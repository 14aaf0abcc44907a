/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: what is said on stderr, and small files to be wrong about. */
#ifndef DRIVERVM_TESTS_CAPTURE_H
#define DRIVERVM_TESTS_CAPTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/util.h"

struct capture {
	int memfd, saved;
	char text[4096];
};

static inline void capture_begin(struct capture *c)
{
	fflush(stderr);
	c->saved = dup(STDERR_FILENO);
	c->memfd = memfd_create("stderr", MFD_CLOEXEC);
	ck_assert_int_ge(c->memfd, 0);
	dup2(c->memfd, STDERR_FILENO);
}

/* What was said since; valid until the next capture. */
static inline const char *capture_end(struct capture *c)
{
	ssize_t n;

	fflush(stderr);
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	n = pread(c->memfd, c->text, sizeof(c->text) - 1, 0);
	close(c->memfd);
	c->text[n > 0 ? n : 0] = '\0';
	return c->text;
}

/* A folder that vanishes with temp_folder_free(). */
static inline char *temp_folder(void)
{
	char *dir = xstrdup("/tmp/drivervm-test-XXXXXX");

	ck_assert_ptr_nonnull(mkdtemp(dir));
	return dir;
}

static inline void temp_folder_free(char *dir)
{
	char *command = xasprintf("rm -r '%s'", dir);

	ck_assert_int_eq(system(command), 0);
	free(command);
	free(dir);
}

/* DIR/NAME with @text in it; the caller frees the path. */
static inline char *temp_file(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);

	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	return path;
}

#endif
