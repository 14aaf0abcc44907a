/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the tree's own files lie: descriptions, images, plugins, plot scripts, results. */
#ifndef DRIVERVM_CORE_PATHS_H
#define DRIVERVM_CORE_PATHS_H

#include "core/util.h"

/*
 * The root of the tree: $DRIVERVM_ROOT, or the folder above the program's. Owned by the callee.
 */
const char *path_root(void);
/* A path below the root, which the caller frees: path_in_tree("build/images/%s.cpio", name). */
char *path_in_tree(const char *fmt, ...) __printf(1, 2);

#endif
