/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of an image, and the cpio archive that the kernel unpacks them from. */
#ifndef DRIVERVM_BUILDER_TREE_H
#define DRIVERVM_BUILDER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One file, folder, symbolic link or device. */
struct node {
	char *path; /* absolute in the guest; /bin, /lib... stand as /usr/bin, /usr/lib... */
	mode_t mode; /* type and permissions */
	char *source; /* file: the host's file to take it from, or NULL */
	char *data; /* file: its content if it has no source; symbolic link: its target */
	size_t len; /* bytes in data */
	dev_t device;
};

/* All zeroes is a valid, empty tree. A path that is there already is left as it is. */
struct tree {
	struct node *v;
	size_t n;
};

/* Parent folders come by themselves. Whether the path was new is returned where it matters. */
bool tree_add_file(struct tree *tree, const char *path, const char *source, mode_t mode);
void tree_add_text(struct tree *tree, const char *path, const char *text);
void tree_add_link(struct tree *tree, const char *path, const char *target);
void tree_add_dir(struct tree *tree, const char *path);
void tree_add_char_device(struct tree *tree, const char *path, unsigned int major,
			  unsigned int minor);
bool tree_has(const struct tree *tree, const char *path);
/* The path as trees know it, which the caller frees: with /usr before /bin, /lib, /lib64, /sbin. */
char *tree_path(const char *path);

/*
 * Writes a newc archive: the same bytes for the same content (sorted, all times 0, all of root).
 * Returns 0 or a negative errno, reported.
 */
int tree_write_cpio(struct tree *tree, const char *path);
void tree_free(struct tree *tree);

#endif
