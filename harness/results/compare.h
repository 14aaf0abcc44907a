/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two runs side by side. */
#ifndef DRIVERVM_RESULTS_COMPARE_H
#define DRIVERVM_RESULTS_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "results/samples.h"
#include "stats/stats.h"

/* One metric of one combination of dimensions that both runs have. */
struct comparison {
	const struct sample *what; /* its first sample in the first run; borrowed */
	double a, b; /* medians */
	struct estimate ratio; /* b / a; valid if comparable */
	bool comparable; /* both have values above 0 */
};

/*
 * Pairs two runs by experiment, metric, unit and dimensions. @all: also what meters read, not only
 * what workloads and the runner say. The caller frees the array. Never fails: runs that have
 * nothing in common give none.
 */
void compare_samples(const struct samples *a, const struct samples *b, bool all, uint64_t seed,
		     struct comparison **out, size_t *n);

/* The table of two runs' folders. Returns 0 or a negative errno, reported. */
int compare_runs(const char *dir_a, const char *dir_b, bool all, FILE *out);

#endif
