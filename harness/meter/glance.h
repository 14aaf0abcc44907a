/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A glance at what a process has taken so far, cheap enough for a hundred of them each second:
 * three system calls and a file of one line each. Measuring is the meters' (meter.h).
 */
#ifndef DRIVERVM_METER_GLANCE_H
#define DRIVERVM_METER_GLANCE_H

#include <stdint.h>
#include <sys/types.h>

struct meter_glance {
	uint64_t cpu_us; /* CPU time of all its threads, since its start */
	uint64_t rss; /* bytes, each page that others have too counted whole */
	uint64_t own; /* bytes of it that it shares with no file and nobody */
};

/* 0; or a negative errno: it is gone. */
int meter_glance(pid_t pid, struct meter_glance *g);
/* CPU time of the whole machine since its boot, all processors together. 0 or a negative errno. */
int meter_glance_machine(uint64_t *busy_us);

#endif
