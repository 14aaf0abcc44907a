/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program called qemu-system-x86_64 that is a shell script, and a tree with empty images: what
 * the VM layer does with a QEMU that fails, dies, hangs or works is then tested without one.
 */
#ifndef DRIVERVM_TESTS_FAKE_QEMU_H
#define DRIVERVM_TESTS_FAKE_QEMU_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/paths.h"
#include "core/proc.h"
#include "core/util.h"

/* Finds the descriptors named on its command line; $qmp, $console, $agent are their numbers. */
#define FAKE_PROLOGUE                                                               \
	"#!/bin/bash\n"                                                             \
	"[ \"$1\" = --version ] && { echo \"QEMU ${FAKE_VERSION:-1}\"; exit 0; }\n" \
	"for a; do case $a in socket,id=*,fd=*)\n"                                  \
	"	id=${a#socket,id=}; id=${id%%,*}; eval \"$id=${a##*fd=}\";; esac; done\n"
/* Greets, answers qmp_capabilities, says hello. */
#define FAKE_READY                                                                                      \
	"echo '{\"QMP\": {}}' >&$qmp; read -r line <&$qmp; echo '{\"return\": {}, \"id\": 1}' >&$qmp\n" \
	"printf 'DDAG\\4\\0\\0\\0\\100\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0' >&$agent\n"

static char fake_root[] = "/tmp/drivervm-test-XXXXXX";

static inline void fake_file(const char *name, const char *text, mode_t mode)
{
	char *path = xasprintf("%s/%s", fake_root, name);

	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
	free(path);
}

/* What the next QEMU does after FAKE_PROLOGUE. */
static inline void fake_qemu(const char *script)
{
	char *text = xasprintf("%s%s\n", FAKE_PROLOGUE, script);

	fake_file("bin/qemu-system-x86_64", text, 0755);
	free(text);
}

/* Before anything asks for path_root(). */
static inline void fake_tree_make(void)
{
	static const char *const images[] = { "vmlinux", "ddos.cpio", "client.cpio",
					      "ddos-shell.cpio" };
	char *dir, *path;
	size_t i;

	if (!mkdtemp(fake_root))
		abort();
	setenv("DRIVERVM_ROOT", fake_root, 1);
	setenv("XDG_CACHE_HOME", fake_root, 1);
	path = xasprintf("%s/bin:%s", fake_root, getenv("PATH"));
	setenv("PATH", path, 1);
	free(path);
	dir = xasprintf("%s/build/images", fake_root);
	if (mkdir_p(dir) < 0)
		abort();
	free(dir);
	dir = xasprintf("%s/bin", fake_root);
	if (mkdir_p(dir) < 0)
		abort();
	free(dir);
	for (i = 0; i < ARRAY_SIZE(images); i++) {
		path = xasprintf("%s/build/images/%s", fake_root, images[i]);
		if (file_write(path, "", 0) < 0)
			abort();
		free(path);
	}
}

static inline void fake_tree_remove(void)
{
	char *command = xasprintf("rm -r '%s'", fake_root);

	if (system(command) != 0)
		abort();
	free(command);
}

#endif
