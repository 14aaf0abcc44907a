/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What files take of the host's memory. */
#ifndef DRIVERVM_HOST_PAGE_CACHE_H
#define DRIVERVM_HOST_PAGE_CACHE_H

#include <stdint.h>

/*
 * Bytes of the file at @path that are in the page cache, whoever brought them there. 0 or a
 * negative errno, silently. The kernel tells nobody but the file's owner and who may write to it:
 * others are told that all of it is.
 */
int page_cache_bytes(const char *path, uint64_t *bytes);

#endif
