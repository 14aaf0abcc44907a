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
/*
 * A path below the folder of what can be made again: $XDG_CACHE_HOME/drivervm, or build/cache. The
 * caller frees it; the folder need not be there.
 */
char *path_in_cache(const char *fmt, ...) __printf(1, 2);

#endif
