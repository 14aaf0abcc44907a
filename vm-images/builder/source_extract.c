// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes folders out of a Debian package of the kernel's source: a compressed archive of a gigabyte,
 * within an archive, within an archive. They are read one through another, so that nothing is
 * unpacked but what is taken.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "builder/lines.h"
#include "core/log.h"

#define BLOCK (1 << 16)

static struct archive *new_reader(void)
{
	struct archive *a = archive_read_new();

	archive_read_support_filter_all(a);
	archive_read_support_format_ar(a);
	archive_read_support_format_tar(a);
	return a;
}

/* The inner archive's bytes are the data of the outer one's entry. */
static la_ssize_t read_outer(struct archive *inner, void *outer, const void **block)
{
	la_int64_t offset;
	size_t len = 0;
	int status = ARCHIVE_OK;

	while (status == ARCHIVE_OK && !len)
		status = archive_read_data_block(outer, block, &len, &offset);
	if (status == ARCHIVE_OK)
		return (la_ssize_t)len;
	if (status == ARCHIVE_EOF)
		return 0;
	archive_set_error(inner, EIO, "%s", archive_error_string(outer));
	return ARCHIVE_FATAL;
}

static int failed(const char *deb, struct archive *a)
{
	const char *why = archive_error_string(a);

	pr_err("%s: %s", deb, why ? why : "cannot be read");
	return -EIO;
}

/* Opens the archive that is the entry of a matching name. */
static int enter(const char *deb, struct archive *outer, const char *pattern,
		 struct archive **inner)
{
	struct archive_entry *entry;
	int status;

	while ((status = archive_read_next_header(outer, &entry)) == ARCHIVE_OK)
		if (!fnmatch(pattern, archive_entry_pathname(entry), 0))
			break;
	if (status == ARCHIVE_EOF) {
		pr_err("%s: no %s in it: this is no package of the kernel's source", deb, pattern);
		return -EINVAL;
	}
	if (status != ARCHIVE_OK)
		return failed(deb, outer);
	*inner = new_reader();
	if (archive_read_open(*inner, outer, NULL, read_outer, NULL) == ARCHIVE_OK)
		return 0;
	return failed(deb, *inner);
}

static bool is_wanted_name(const char *name)
{
	return has_suffix(name, ".c") || has_suffix(name, ".h") || has_suffix(name, ".S") ||
	       !strcmp(name, "Makefile") || !strcmp(name, "Kbuild");
}

/* The path below the kernel's tree ("linux-source-6.1/...") of a file that is wanted, or NULL. */
static const char *wanted_path(const struct argv *dirs, const char *path)
{
	const char *below = strchr(path, '/'), *slash = strrchr(path, '/');
	char *dir;
	bool wanted;

	if (!below || below == slash || !is_wanted_name(slash + 1))
		return NULL;
	dir = strndup(below + 1, (size_t)(slash - below - 1));
	wanted = dir && strings_have(dirs, dir);
	free(dir);
	return wanted ? below + 1 : NULL;
}

static int write_file(const char *deb, struct archive *a, size_t len, const char *to)
{
	char *data = xcalloc(len, 1);
	int err;

	if (archive_read_data(a, data, len) != (la_ssize_t)len) {
		err = failed(deb, a);
	} else {
		err = file_write(to, data, len);
		if (err)
			pr_err("%s: %s", to, strerror(-err));
	}
	free(data);
	return err;
}

static int extract(const char *deb, struct archive *a, const struct argv *dirs, const char *to)
{
	struct archive_entry *entry;
	const char *path;
	char *target;
	int err = 0, status = ARCHIVE_OK;

	while (!err && (status = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		path = wanted_path(dirs, archive_entry_pathname(entry));
		if (!path || archive_entry_filetype(entry) != AE_IFREG)
			continue;
		target = xasprintf("%s/%s", to, path);
		err = write_file(deb, a, (size_t)archive_entry_size(entry), target);
		free(target);
	}
	return err || status == ARCHIVE_EOF ? err : failed(deb, a);
}

static int make_dirs(const struct argv *dirs, const char *to)
{
	char *path;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < dirs->n; i++) {
		path = xasprintf("%s/%s", to, dirs->v[i]);
		err = mkdir_p(path);
		if (err)
			pr_err("%s: %s", path, strerror(-err));
		free(path);
	}
	return err;
}

int source_extract(const char *deb, const struct argv *dirs, const char *to)
{
	struct archive *package = new_reader(), *data = NULL, *source = NULL;
	int err = make_dirs(dirs, to);

	if (!err && archive_read_open_filename(package, deb, BLOCK) != ARCHIVE_OK)
		err = failed(deb, package);
	if (!err)
		err = enter(deb, package, "data.tar*", &data);
	if (!err)
		err = enter(deb, data, "*/linux-source-*.tar.*", &source);
	if (!err)
		err = extract(deb, source, dirs, to);
	/* Innermost first: each reads from the next. */
	archive_read_free(source);
	archive_read_free(data);
	archive_read_free(package);
	return err;
}
