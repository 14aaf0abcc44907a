/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a balloon is blown up. Internal to balloon.c and its tests. */
#ifndef DRIVERVM_TECHNIQUES_BALLOON_H
#define DRIVERVM_TECHNIQUES_BALLOON_H

#include <stdint.h>
#include <stdio.h>

/* All in bytes. */
struct balloon_view {
	uint64_t memory; /* what the guest was promised */
	uint64_t given; /* what of it the balloon leaves to it now */
	uint64_t available; /* what of that the guest could do without, as it says */
	uint64_t qemu; /* what QEMU takes beside its guest's memory */
};

/* What the guest is to be left with, so that all fits into @budget (0: there is none). */
uint64_t balloon_target(const struct balloon_view *view, uint64_t budget);
/*
 * What a process takes beside its mapping of @memory bytes, which is the guest's, from its "smaps";
 * memory of its own only, in RAM or swapped out.
 */
uint64_t balloon_qemu_bytes(FILE *smaps, uint64_t memory);

#endif
