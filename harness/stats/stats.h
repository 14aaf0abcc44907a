/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics of samples: medians, quantiles, bootstrap intervals, noise. Pure functions of arrays;
 * what the numbers mean is the caller's. No function ever gives a NaN or an infinity: an input
 * that is empty or not finite is an error.
 */
#ifndef DRIVERVM_STATS_STATS_H
#define DRIVERVM_STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An estimate with its 95 % interval. */
struct estimate {
	double value; /* median, or what the function says */
	double low, high; /* bounds; valid if bounded */
	bool bounded; /* false: one value only, no interval can be given */
	bool noisy; /* the interval is wide, or cannot be given: see STATS_NOISY */
	size_t n; /* values it rests on */
};

/* An interval wider than this share of the median's magnitude is noisy. */
#define STATS_NOISY 0.10
/* Resamples of a bootstrap. */
#define STATS_RESAMPLES 4000

/* All return 0, -ENODATA (no value) or -EDOM (a value is not finite); @out is then untouched. */

int stats_median(const double *v, size_t n, double *out);
/* Quantile @p in 0..1, interpolated linearly between order statistics (R's type 7). */
int stats_quantile(const double *v, size_t n, double p, double *out);
int stats_mean(const double *v, size_t n, double *out);
/* Sample standard deviation (n - 1); -ENODATA if n < 2. */
int stats_stddev(const double *v, size_t n, double *out);

/*
 * Median with a 95 % percentile-bootstrap interval, reproducible from @seed. @block gives the
 * invocation that each value comes from: where there are several, whole invocations are drawn,
 * since values of one invocation are not independent; else single values are. @block may be NULL.
 */
int stats_estimate(const double *v, const unsigned int *block, size_t n, uint64_t seed,
		   struct estimate *out);

/* Gives @e, whose value is set, the interval of what STATS_RESAMPLES resamples gave instead. */
void stats_interval(const double *resampled, struct estimate *e);

/*
 * Slope of the least-squares line of @y over @x. Each invocation (@block) has a line of its own:
 * the median of their slopes, with an interval as of stats_estimate(); @out->n counts lines. With
 * one line only, its slope, the interval being that of its points, drawn singly; @out->n counts
 * points then, and fewer than three give no interval. -ENODATA: no invocation has two different x.
 */
int stats_slope(const double *x, const double *y, const unsigned int *block, size_t n,
		uint64_t seed, struct estimate *out);

/* Values and the invocations they come from (@block may be NULL). Borrowed. */
struct stats_series {
	const double *v;
	const unsigned int *block;
	size_t n;
};

/*
 * Ratio of the medians of two series that are not paired, with an interval: each is drawn from
 * for itself. -EDOM also if a value of @over is not above 0.
 */
int stats_ratio(const struct stats_series *of, const struct stats_series *over, uint64_t seed,
		struct estimate *out);

/*
 * Clopper-Pearson 95 % interval of a proportion, @hits of @trials. -ENODATA if there are no trials;
 * -EDOM if hits > trials.
 */
int stats_proportion(size_t hits, size_t trials, double *low, double *high);

/* -- random numbers: own generator, so that nothing but the seed decides -- */

struct rng {
	uint64_t state;
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
/* Uniform in 0 .. n - 1; @n > 0. */
uint64_t rng_below(struct rng *r, uint64_t n);
/* Fisher-Yates, of an array of indices. */
void rng_shuffle(struct rng *r, unsigned int *v, size_t n);

#endif
