/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes into an image, read from vm-images/IMAGE.list: one thing a line, so that a driver or a
 * tool more is a line more. '#' begins a comment.
 *
 *	include FILE	all that another list names (relative to this one)
 *	architecture NAME	of the packages ("i386"), if it is not the host's
 *	package NAME	fetch this Debian package, with libraries and kernel parts it depends on
 *	module NAME	an unmodified module of the kernel's package, with those it depends on
 *	extra NAME	one of our own modules
 *	file PATH	a file of a fetched package; a program brings its libraries
 *	applets PATH	a busybox of a fetched package, and a symbolic link for each command
 *	copy PATH	a file of the source tree: rootfs/PATH (relative to this list)
 */
#ifndef DRIVERVM_BUILDER_RECIPE_H
#define DRIVERVM_BUILDER_RECIPE_H

#include "core/argv.h"

/* All zeroes is a valid, empty recipe. Each thing stands in it once. */
struct recipe {
	struct argv lists; /* the lists that were read */
	struct argv architecture; /* none, or one */
	struct argv packages;
	struct argv modules;
	struct argv extra;
	struct argv files;
	struct argv applets;
	struct argv copies; /* paths in the source tree, "…/rootfs/etc/hosts" */
};

/*
 * Adds what a list says. Returns 0 or a negative errno, reported as "FILE:LINE: what was found,
 * what was expected".
 */
int recipe_read(struct recipe *recipe, const char *path);
void recipe_free(struct recipe *recipe);

#endif
