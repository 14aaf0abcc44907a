/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns samples into the values that a claim is about. Values that are compared come in pairs: the
 * same invocation, iteration and dimensions, save those that tell the sides apart. Measured close
 * together in time, a pair shares what disturbs the machine.
 */
#ifndef DRIVERVM_RESULTS_PAIRS_H
#define DRIVERVM_RESULTS_PAIRS_H

#include "experiment/desc.h"
#include "results/samples.h"

struct values {
	double *v;
	double *x; /* of a slope: where along the axis each is; else NULL */
	unsigned int *block; /* invocation of each */
	size_t n;
	size_t dropped; /* pairs of which no finite number comes: divided by 0 */
	const char *reason; /* of the first sample that failed or was skipped, or NULL; borrowed */
	size_t failed; /* samples that failed, of those asked for, and were not made good */
};

/* One value per sample, pair or triple that the claim is about, as its kind says. */
void values_of_claim(struct values *out, const char *experiment,
		     const struct experiment_claim *claim, const struct samples *samples);
void values_free(struct values *v);

#endif
