/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress of long work on stderr: a bar with the time left when that is a terminal, plain lines
 * otherwise. There is at most one; messages of core/log.c step around it.
 */
#ifndef DRIVERVM_CORE_PROGRESS_H
#define DRIVERVM_CORE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "core/util.h"

/* Begins; @seconds is the estimate for the whole, which the pace seen corrects. */
void progress_begin(double seconds);
/* @done seconds of the estimate are behind us; what follows is what happens now. */
void progress_at(double done, const char *fmt, ...) __printf(2, 3);
/* Ends; nothing happens if none has begun. */
void progress_end(void);

/* Time left, microseconds: @done of @total seconds took @elapsed_us. */
uint64_t progress_left_us(double done, double total, uint64_t elapsed_us);
/* "2 min 10 s" into @buf. */
const char *duration_text(uint64_t us, char *buf, size_t size);

#endif
