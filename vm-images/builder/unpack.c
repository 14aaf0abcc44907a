// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unpacks the cached packages into CACHE/root. CACHE/root/.unpacked lists the files that were
 * unpacked: while no package changed, only what was added is unpacked. It is touched last of all:
 * make takes it as the sign that everything is there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "builder/builder.h"
#include "core/log.h"

#define MARK ".unpacked"

static void touch_mark(const char *root)
{
	char *path = xasprintf("%s/" MARK, root);

	utime(path, NULL);
	free(path);
}

/* What was unpacked into @root before. */
static void read_mark(const char *root, struct argv *files)
{
	char *path = xasprintf("%s/" MARK, root), *text, *line, *save;

	if (!file_read(path, &text, NULL)) {
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			argv_add(files, "%s", line);
		free(text);
	}
	free(path);
}

static int write_mark(const char *root, const struct packages *packages)
{
	char *path = xasprintf("%s/" MARK, root), *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);
	int err = -ENOMEM;

	if (f) {
		for (i = 0; i < packages->n; i++)
			fprintf(f, "%s\n", packages->v[i].file);
		err = fclose(f) ? -ENOMEM : file_write(path, text, len);
	}
	if (err)
		pr_err("%s: %s", path, strerror(-err));
	free(text);
	free(path);
	return err;
}

static bool packages_have_file(const struct packages *packages, const char *file)
{
	size_t i;

	for (i = 0; i < packages->n; i++)
		if (!strcmp(packages->v[i].file, file))
			return true;
	return false;
}

/*
 * Debian's kernel headers name each other by absolute paths below /usr/src. Relative, they work
 * from the cache, wherever that lies.
 */
static int relocate_headers(const char *root, const char *release)
{
	char *path = xasprintf("%s/usr/src/linux-headers-%s/Makefile", root, release);
	char *text, *target, *line;
	int err = file_read(path, &text, NULL);

	/* Images can be built without headers, modules cannot: make will say so then. */
	if (err) {
		free(path);
		return err == -ENOENT ? 0 : err;
	}
	target = strstr(text, "include /usr/src/");
	if (target) {
		target += strlen("include /usr/src/");
		target[strcspn(target, "\n")] = '\0';
		line = xasprintf("include $(dir $(lastword $(MAKEFILE_LIST)))../%s\n", target);
		err = file_write(path, line, strlen(line));
		free(line);
	}
	if (err)
		pr_err("%s: %s", path, strerror(-err));
	free(text);
	free(path);
	return err;
}

/* CACHE/kernel-headers: where make finds the headers without knowing the release. */
static int link_headers(const char *cache, const char *release)
{
	char *path = xasprintf("%s/kernel-headers", cache);
	char *target = xasprintf("root/usr/src/linux-headers-%s", release);
	int err = 0;

	unlink(path);
	if (symlink(target, path)) {
		err = -errno;
		pr_err("%s: %s", path, strerror(-err));
	}
	free(target);
	free(path);
	return err;
}

static int unpack_into(const char *cache, const char *root, const struct packages *packages,
		       const struct argv *done)
{
	size_t i, n = 0;
	char *deb;
	int err = 0;

	for (i = 0; i < packages->n; i++)
		n += !strings_have(done, packages->v[i].file);
	printf("  UNPACK  %zu Debian packages\n", n);
	for (i = 0; !err && i < packages->n; i++) {
		if (strings_have(done, packages->v[i].file))
			continue;
		deb = xasprintf("%s/debs/%s", cache, packages->v[i].file);
		err = tool_run_words((const char *const[]){ "dpkg-deb", "-x", deb, root, NULL });
		free(deb);
	}
	return err;
}

static int unpack_anew(const char *cache, const char *root, const struct packages *packages,
		       const char *release)
{
	const struct argv none = { 0 };
	char *fresh = xasprintf("%s.new", root);
	int err;

	err = tool_run_words((const char *const[]){ "rm", "-rf", fresh, NULL });
	if (!err)
		err = mkdir_p(fresh);
	if (!err)
		err = unpack_into(cache, fresh, packages, &none);
	if (!err)
		err = relocate_headers(fresh, release);
	if (!err)
		err = write_mark(fresh, packages);
	if (!err)
		err = tool_run_words((const char *const[]){ "rm", "-rf", root, NULL });
	if (!err && rename(fresh, root)) {
		err = -errno;
		pr_err("%s: %s", root, strerror(-err));
	}
	free(fresh);
	return err;
}

int unpack_all(const char *cache, const struct packages *packages)
{
	const struct package *kernel = packages_kernel(packages);
	char *root = xasprintf("%s/root", cache);
	struct argv done = { 0 };
	bool stale = false;
	size_t i;
	int err = 0;

	if (!kernel) {
		free(root);
		return -ENOENT;
	}
	read_mark(root, &done);
	for (i = 0; i < done.n; i++)
		stale |= !packages_have_file(packages, done.v[i]);
	if (!done.n || stale) {
		err = unpack_anew(cache, root, packages, packages_release(kernel));
	} else if (done.n < packages->n) {
		err = unpack_into(cache, root, packages, &done);
		if (!err)
			err = write_mark(root, packages);
	}
	if (!err)
		err = link_headers(cache, packages_release(kernel));
	if (!err)
		touch_mark(root);
	argv_free(&done);
	free(root);
	return err;
}
