/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to believe that the kernel can take back no more memory of a cgroup.
 *
 * Version 1 refuses a limit below what is in use, and says so after a short look; asked again it
 * often finds more, for pages grow cold and the dying let go of theirs. So it is asked many times
 * before a process is killed for it, and again from the start whenever there was progress.
 */
#ifndef DRIVERVM_HOST_PATIENCE_H
#define DRIVERVM_HOST_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct patience {
	unsigned int tries; /* in vain, since something was taken back */
	uint64_t least; /* in use by now, bytes */
	uint64_t kills; /* by the kernel, in the cgroup, as far as was seen */
};

/* @kills: processes that the kernel has killed in the cgroup up to now. */
void patience_start(struct patience *p, uint64_t kills);
/*
 * After a try that was refused: @usage bytes are in use (UINT64_MAX: not known), and @limit is
 * wanted; @kills as above.
 */
void patience_look(struct patience *p, uint64_t usage, uint64_t limit, uint64_t kills);
/* Is it time to believe it? */
bool patience_over(const struct patience *p);
/*
 * The caller killed somebody, and @usage bytes are left: not progress of the kernel's, which was
 * believed just now, so the next one is due much sooner.
 */
void patience_death(struct patience *p, uint64_t usage);

#endif
