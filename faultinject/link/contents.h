/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other side of a link at its worst: what may stand in its memory at any time, from noise to
 * contents that are nearly right. For the faults of links, and for the tests of every class of
 * device.
 */
#ifndef DRIVERVM_FAULTINJECT_CONTENTS_H
#define DRIVERVM_FAULTINJECT_CONTENTS_H

#include <stdint.h>

#include "stats/stats.h"

/*
 * Writes one random content to a link's memory (see link_memory()), number @i of many: each
 * fiftieth fills all of it.
 */
void contents_write(volatile unsigned char *mem, struct rng *rng, unsigned int i);

/* One field of it. */
uint32_t contents_read32(const volatile unsigned char *at);
void contents_write32(volatile unsigned char *at, uint32_t value);

#endif
