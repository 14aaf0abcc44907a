/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel same-page merging: a kernel thread that finds pages of the same content among memory that
 * asked for it (QEMU's guest memory does by itself) and keeps one of them, read-only, for all.
 */
#ifndef DRIVERVM_HOST_KSM_H
#define DRIVERVM_HOST_KSM_H

#include <stdint.h>

#include "host/guardian.h"

struct ksm_stats { /* pages, but for scans */
	uint64_t shared; /* kept, each for several */
	uint64_t sharing; /* saved: they are somebody's and take no memory */
	uint64_t unshared; /* looked at again and again, and the same as none */
	uint64_t changing; /* changing too fast to be merged */
	uint64_t scans; /* times all memory was looked at */
};

/* Can it be switched on here? 0 or a negative errno, reported; see host_refused(). */
int ksm_check(void);
/*
 * Switches it on: @pages looked at every @sleep_ms milliseconds. The guardian is told to switch it
 * off, separate what was merged, and restore the settings; where it was on already it is left on,
 * and nothing is separated. Undone by guardian_rewind(). Errors as ksm_check().
 */
int ksm_on(struct guardian *g, unsigned int pages, unsigned int sleep_ms);
/* Of the whole host. 0 or a negative errno, silently. */
int ksm_read(struct ksm_stats *stats);

#endif
