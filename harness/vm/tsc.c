// SPDX-License-Identifier: GPL-2.0-or-later
/* The rate of the host's time-stamp counter. */
#include "vm/tsc.h"

#include <stdint.h>
#include <time.h>

#include "core/util.h"

#ifdef __x86_64__

#include <x86intrin.h>

#define TRIES 10
#define INTERVAL_NS 20000000L

/* The counter and the clock at one moment. */
struct moment {
	uint64_t tsc;
	uint64_t ns;
};

/* Not slewed by NTP, so the rate is the counter's own. */
static uint64_t raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Between two readings of the clock that are close together: an interruption shows, and is left. */
static struct moment read_moment(void)
{
	struct moment best = { 0 };
	uint64_t before, after, tsc, least = UINT64_MAX;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = raw_ns();
		tsc = __rdtsc();
		after = raw_ns();
		if (after - before < least) {
			least = after - before;
			best = (struct moment){ .tsc = tsc, .ns = before + least / 2 };
		}
	}
	return best;
}

static unsigned int measure(void)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	struct moment start = read_moment(), end;

	nanosleep(&interval, NULL);
	end = read_moment();
	if (end.ns <= start.ns)
		return 0;
	return (unsigned int)((double)(end.tsc - start.tsc) * 1e6 / (double)(end.ns - start.ns) +
			      0.5);
}

unsigned int tsc_khz(void)
{
	static unsigned int khz;

	if (!khz)
		khz = measure();
	return khz;
}

#else

unsigned int tsc_khz(void)
{
	return 0;
}

#endif
