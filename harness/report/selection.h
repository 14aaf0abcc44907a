/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Picks samples by their dimensions and estimates what they show. All values of one metric in one
 * experiment form a selection; tables and figures are cut out of it along dimensions.
 */
#ifndef DRIVERVM_REPORT_SELECTION_H
#define DRIVERVM_REPORT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiment/desc.h"
#include "results/samples.h"
#include "stats/stats.h"

/* All zeroes is a valid, empty selection. Samples are borrowed; the array is owned. */
struct selection {
	const struct sample **v;
	size_t n;
	size_t size; /* allocated */
};

void selection_free(struct selection *sel);

/* Names of dimensions, borrowed. */
struct keys {
	const char **v;
	size_t n;
};

void keys_add(struct keys *keys, const char *key);
bool keys_have(const struct keys *keys, const char *key);
void keys_free(struct keys *keys);

/*
 * The ok samples of a metric that meet @where (NULL: all). Readings of single parts of a system (a
 * VM, a kind of thread) are left out unless @where or @parts names that dimension: they are not to
 * be lumped together with each other or with the whole.
 */
void select_metric(struct selection *out, const struct samples *samples, const char *experiment,
		   const char *metric, const struct dimset *where, const struct keys *parts);
/*
 * Leaves out the single VMs of a fleet ("dd17") where there are readings of its mean ("dd*"): a row
 * for each of a hundred VMs would be read by nobody.
 */
void select_fleets(struct selection *sel);
/* Those with @value in dimension @key. */
void select_value(struct selection *out, const struct selection *in, const char *key,
		  const char *value);
/* Those that equal @like in all of @keys. */
void select_like(struct selection *out, const struct selection *in, const struct sample *like,
		 const struct keys *keys);

/*
 * Dimensions in which samples of one @series differ. What only goes with the series (each system
 * having a driver of its own) does not tell conditions apart.
 */
void selection_varying(const struct selection *sel, const char *series, struct keys *keys);
/* The distinct values of a dimension, in the experiment's order. As keys, to be freed as such. */
void selection_values(const struct selection *sel, const struct experiment *exp, const char *key,
		      struct keys *values);
/* One sample of each combination of values of @keys, in the experiment's order. */
void selection_rows(const struct selection *sel, const struct experiment *exp,
		    const struct keys *keys, struct selection *rows);

/* Median and interval of the values times @scale. 0, -ENODATA or -EDOM. */
int selection_estimate(const struct selection *sel, double scale, uint64_t seed,
		       struct estimate *out);
/* Standard deviation of the values, as a share of their mean. 0, -ENODATA (below two) or -EDOM. */
int selection_deviation(const struct selection *sel, double *share);
/*
 * Median and interval of the ratios of pairs: samples of the same invocation and iteration, where
 * each side holds one of them (one series under one condition). 0, -ENODATA (no pair) or -EDOM.
 */
int selection_ratio(const struct selection *of, const struct selection *over, uint64_t seed,
		    struct estimate *out);

#endif
