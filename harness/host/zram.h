/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed swap: a zram device of its own, used before any other swap that the host may have.
 * What is swapped out takes memory there, less of it, that no cgroup is charged with: add it.
 */
#ifndef DRIVERVM_HOST_ZRAM_H
#define DRIVERVM_HOST_ZRAM_H

#include <stdint.h>

#include "host/guardian.h"

struct zram;

struct zram_stats { /* bytes */
	uint64_t original; /* of the pages that are stored, before compression */
	uint64_t compressed; /* the same, after */
	uint64_t used; /* memory that the device takes for them in all */
	uint64_t used_max; /* the most that it took so far */
};

/* Can it be made here? 0 or a negative errno, reported; see host_refused(). */
int zram_check(void);
/*
 * Makes a device that holds @bytes of uncompressed pages (1/256 of that is taken even if empty),
 * and swaps to it. @g is borrowed. Errors as zram_check().
 */
int zram_new(struct zram **zram, struct guardian *g, uint64_t bytes);
/* 0 or a negative errno, silently. */
int zram_read(const struct zram *zram, struct zram_stats *stats);
/* How it compresses, "lzo-rle"; owned by it. */
const char *zram_algorithm(const struct zram *zram);
/* "/dev/zram1", owned by it. */
const char *zram_device(const struct zram *zram);
/*
 * Swaps everything back in (quick if its processes are dead) and removes the device, with what the
 * guardian was told since it was made. NULL is allowed.
 */
void zram_free(struct zram *zram);

#endif
