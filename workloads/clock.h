/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's clock, for plugins that time something by themselves. */
#ifndef DRIVERVM_WORKLOADS_CLOCK_H
#define DRIVERVM_WORKLOADS_CLOCK_H

#include <time.h>

/* Seconds since some time in the past; never set back. */
static inline double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

#endif
