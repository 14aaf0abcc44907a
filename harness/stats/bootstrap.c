// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Percentile-bootstrap intervals of medians and of ratios of medians. With the handful of
 * invocations that experiments have, bias-corrected variants promise more than the data holds.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "stats/stats.h"

/* Values sorted by block, and where each block begins; without blocks, each value is one. */
struct blocks {
	double *v;
	size_t n;
	size_t *start; /* n_blocks + 1 entries */
	size_t n_blocks;
};

struct tagged {
	double value;
	unsigned int block;
};

static int compare_tagged(const void *a, const void *b)
{
	const struct tagged *x = a, *y = b;

	return (x->block > y->block) - (x->block < y->block);
}

static void blocks_init(struct blocks *b, const double *v, const unsigned int *block, size_t n)
{
	struct tagged *t = xcalloc(n, sizeof(*t));
	bool several = false;
	size_t i;

	b->v = xcalloc(n, sizeof(*b->v));
	b->start = xcalloc(n + 1, sizeof(*b->start));
	b->n = n;
	b->n_blocks = 0;
	for (i = 0; i < n; i++) {
		t[i] = (struct tagged){ v[i], block ? block[i] : 0 };
		several |= t[i].block != t[0].block;
	}
	qsort(t, n, sizeof(*t), compare_tagged);
	for (i = 0; i < n; i++) {
		b->v[i] = t[i].value;
		if (i == 0 || !several || t[i].block != t[i - 1].block)
			b->start[b->n_blocks++] = i;
	}
	b->start[b->n_blocks] = n;
	free(t);
}

static void blocks_free(struct blocks *b)
{
	free(b->v);
	free(b->start);
}

/* The most values that n_blocks draws can give. */
static size_t blocks_draw_max(const struct blocks *b)
{
	size_t longest = 0, i;

	for (i = 0; i < b->n_blocks; i++)
		if (b->start[i + 1] - b->start[i] > longest)
			longest = b->start[i + 1] - b->start[i];
	return longest * b->n_blocks;
}

/* Median of blocks drawn with replacement; @scratch has blocks_draw_max() entries. */
static double resample(const struct blocks *b, struct rng *r, double *scratch)
{
	size_t used = 0, i;
	double median = 0;

	for (i = 0; i < b->n_blocks; i++) {
		size_t k = (size_t)rng_below(r, b->n_blocks);
		size_t len = b->start[k + 1] - b->start[k];

		memcpy(scratch + used, b->v + b->start[k], len * sizeof(*scratch));
		used += len;
	}
	stats_median(scratch, used, &median);
	return median;
}

void stats_interval(const double *resampled, struct estimate *e)
{
	stats_quantile(resampled, STATS_RESAMPLES, 0.025, &e->low);
	stats_quantile(resampled, STATS_RESAMPLES, 0.975, &e->high);
	/* Interpolation may round a hair beyond a value that all resamples share. */
	e->low = fmin(e->low, e->value);
	e->high = fmax(e->high, e->value);
	e->bounded = true;
	e->noisy = e->high - e->low > STATS_NOISY * fabs(e->value);
}

int stats_estimate(const double *v, const unsigned int *block, size_t n, uint64_t seed,
		   struct estimate *out)
{
	struct estimate e = { .n = n, .noisy = true };
	double *scratch, *medians;
	struct blocks b;
	struct rng r;
	size_t i;
	int err = stats_median(v, n, &e.value);

	if (err)
		return err;
	e.low = e.high = e.value;
	*out = e;
	if (n < 2)
		return 0;
	blocks_init(&b, v, block, n);
	scratch = xcalloc(blocks_draw_max(&b), sizeof(*scratch));
	medians = xcalloc(STATS_RESAMPLES, sizeof(*medians));
	rng_seed(&r, seed);
	for (i = 0; i < STATS_RESAMPLES; i++)
		medians[i] = resample(&b, &r, scratch);
	stats_interval(medians, &e);
	free(medians);
	free(scratch);
	blocks_free(&b);
	*out = e;
	return 0;
}

int stats_ratio(const struct stats_series *of, const struct stats_series *over, uint64_t seed,
		struct estimate *out)
{
	struct estimate e = { .n = of->n < over->n ? of->n : over->n, .noisy = true };
	struct blocks a, b;
	double *scratch_a, *scratch_b, *ratios, top = 0, bottom = 1;
	struct rng r;
	size_t i;
	int err;

	err = stats_median(of->v, of->n, &top);
	if (!err)
		err = stats_median(over->v, over->n, &bottom);
	for (i = 0; i < over->n && !err; i++)
		if (!(over->v[i] > 0))
			err = -EDOM;
	if (!err && !isfinite(top / bottom))
		err = -EDOM;
	if (err)
		return err;
	e.value = e.low = e.high = top / bottom;
	*out = e;
	if (e.n < 2)
		return 0;
	blocks_init(&a, of->v, of->block, of->n);
	blocks_init(&b, over->v, over->block, over->n);
	scratch_a = xcalloc(blocks_draw_max(&a), sizeof(*scratch_a));
	scratch_b = xcalloc(blocks_draw_max(&b), sizeof(*scratch_b));
	ratios = xcalloc(STATS_RESAMPLES, sizeof(*ratios));
	rng_seed(&r, seed);
	for (i = 0; i < STATS_RESAMPLES; i++) {
		double x = resample(&a, &r, scratch_a);

		ratios[i] = x / resample(&b, &r, scratch_b);
	}
	stats_interval(ratios, &e);
	free(ratios);
	free(scratch_a);
	free(scratch_b);
	blocks_free(&a);
	blocks_free(&b);
	*out = e;
	return 0;
}
