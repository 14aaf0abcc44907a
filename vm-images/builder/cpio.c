// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes a tree as the cpio archive that a kernel takes for its initial root file system. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/builder.h"
#include "builder/tree.h"
#include "core/log.h"

static int compare_paths(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int write_node(struct archive *a, const struct node *node, size_t number)
{
	struct archive_entry *entry = archive_entry_new();
	const char *data = node->data;
	char *content = NULL;
	size_t len = S_ISREG(node->mode) ? node->len : 0;
	int err = 0;

	if (node->source) {
		err = file_read(node->source, &content, &len);
		if (err) {
			pr_err("%s: %s", node->source, strerror(-err));
			goto out;
		}
		data = content;
	}
	archive_entry_set_pathname(entry, node->path + 1);
	archive_entry_set_mode(entry, node->mode);
	archive_entry_set_ino(entry, (la_int64_t)number + 1);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)len);
	if (S_ISLNK(node->mode))
		archive_entry_set_symlink(entry, data);
	if (S_ISCHR(node->mode))
		archive_entry_set_rdev(entry, node->device);
	if (archive_write_header(a, entry) != ARCHIVE_OK ||
	    (len && archive_write_data(a, data, len) != (la_ssize_t)len)) {
		pr_err("%s: %s", node->path, archive_error_string(a));
		err = -EIO;
	}
out:
	archive_entry_free(entry);
	free(content);
	return err;
}

int tree_write_cpio(struct tree *tree, const char *path)
{
	struct archive *a = archive_write_new();
	char *tmp = xasprintf("%s.tmp", path);
	size_t i;
	int err = 0;

	qsort(tree->v, tree->n, sizeof(*tree->v), compare_paths);
	archive_write_set_format_cpio_newc(a);
	archive_write_set_bytes_in_last_block(a, 1);
	if (archive_write_open_filename(a, tmp) != ARCHIVE_OK)
		err = -EIO;
	for (i = 0; !err && i < tree->n; i++) {
		err = write_node(a, &tree->v[i], i);
		if (err)
			goto out;
	}
	if (!err && archive_write_close(a) != ARCHIVE_OK)
		err = -EIO;
	if (!err && rename(tmp, path))
		err = -EIO;
	if (err)
		pr_err("%s: %s", path, archive_error_string(a) ?: strerror(errno));
out:
	if (err)
		unlink(tmp);
	archive_write_free(a);
	free(tmp);
	return err;
}
