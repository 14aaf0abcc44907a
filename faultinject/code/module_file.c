// SPDX-License-Identifier: GPL-2.0-or-later
/* A module's file, out of the image that the guest booted from: the very file that it loaded. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/code/module.h"
#include "vm/qemu.h"

/* No driver comes near it. */
#define FILE_MAX (64 << 20)

char *code_module_name(const char *name)
{
	char *copy = xstrdup(name), *p;

	for (p = copy; *p; p++)
		if (*p == '-')
			*p = '_';
	return copy;
}

/* Is this path in an image that of module @name? */
static bool is_module(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');
	char *found = code_module_name(base ? base + 1 : path);
	size_t len = strlen(name);
	bool is = strncmp(found, name, len) == 0 && streq(found + len, ".ko");

	free(found);
	return is;
}

static int take(struct archive *a, struct archive_entry *entry, void **data, size_t *len)
{
	int64_t size = archive_entry_size(entry);

	if (size <= 0 || size > FILE_MAX)
		return -EINVAL;
	*len = (size_t)size;
	*data = xcalloc(1, *len);
	if (archive_read_data(a, *data, *len) == (la_ssize_t)*len)
		return 0;
	free(*data);
	return -EIO;
}

int code_module_file(const struct vm_spec *spec, const char *name, void **data, size_t *len)
{
	char *path = qemu_initrd_path(spec);
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int err = -ENOENT;

	archive_read_support_format_cpio(a);
	if (archive_read_open_filename(a, path, 1 << 16) != ARCHIVE_OK)
		err = -EIO;
	while (err == -ENOENT && archive_read_next_header(a, &entry) == ARCHIVE_OK)
		if (is_module(archive_entry_pathname(entry), name))
			err = take(a, entry, data, len);
	archive_read_free(a);
	free(path);
	return err;
}
