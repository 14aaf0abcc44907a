// SPDX-License-Identifier: GPL-2.0-or-later
/* The slope of lines through points, one line per invocation, with a bootstrap interval. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/util.h"
#include "stats/stats.h"

/* Of two points all resamples that have a line have the same: that is no interval. */
#define POINTS_MIN 3

struct point {
	double x, y;
	unsigned int block;
};

static int compare_blocks(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	return (p->block > q->block) - (p->block < q->block);
}

/* Least squares. False: the points are not of two different x. */
static bool fit(const struct point *p, size_t n, double *slope)
{
	double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		mean_x += p[i].x / (double)n;
		mean_y += p[i].y / (double)n;
	}
	for (i = 0; i < n; i++) {
		xx += (p[i].x - mean_x) * (p[i].x - mean_x);
		xy += (p[i].x - mean_x) * (p[i].y - mean_y);
	}
	/* Rounding alone can make equal x differ from their mean. */
	for (i = 1; i < n && p[i].x == p[0].x; i++)
		;
	if (i >= n || !(xx > 0) || !isfinite(xy / xx))
		return false;
	*slope = xy / xx;
	return true;
}

/* Slopes of points drawn with replacement; of draws that have no line, others are drawn. */
static void resample(const struct point *p, size_t n, uint64_t seed, double *slopes)
{
	struct point *drawn = xcalloc(n, sizeof(*drawn));
	size_t done = 0, i;
	struct rng r;

	rng_seed(&r, seed);
	while (done < STATS_RESAMPLES) {
		for (i = 0; i < n; i++)
			drawn[i] = p[rng_below(&r, n)];
		done += fit(drawn, n, &slopes[done]);
	}
	free(drawn);
}

static int of_one_line(const struct point *p, size_t n, uint64_t seed, struct estimate *out)
{
	struct estimate e = { .n = n, .noisy = true };
	double *slopes;

	if (!fit(p, n, &e.value))
		return -ENODATA;
	e.low = e.high = e.value;
	if (n >= POINTS_MIN) {
		slopes = xcalloc(STATS_RESAMPLES, sizeof(*slopes));
		resample(p, n, seed, slopes);
		stats_interval(slopes, &e);
		free(slopes);
	}
	*out = e;
	return 0;
}

/* The slope of each block that has one; @p is sorted by block. *@last: the last such block. */
static size_t fit_blocks(const struct point *p, size_t n, double *slopes, const struct point **last,
			 size_t *last_n)
{
	size_t lines = 0, from, to;

	for (from = 0; from < n; from = to) {
		for (to = from; to < n && p[to].block == p[from].block; to++)
			;
		if (!fit(p + from, to - from, &slopes[lines]))
			continue;
		lines++;
		*last = p + from;
		*last_n = to - from;
	}
	return lines;
}

int stats_slope(const double *x, const double *y, const unsigned int *block, size_t n,
		uint64_t seed, struct estimate *out)
{
	struct point *p = xcalloc(n, sizeof(*p));
	double *slopes = xcalloc(n, sizeof(*slopes));
	const struct point *last = NULL;
	size_t i, lines, last_n = 0;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		p[i] = (struct point){ x[i], y[i], block[i] };
		err = isfinite(x[i]) && isfinite(y[i]) ? 0 : -EDOM;
	}
	if (n)
		qsort(p, n, sizeof(*p), compare_blocks);
	lines = err ? 0 : fit_blocks(p, n, slopes, &last, &last_n);
	if (!err && lines == 0)
		err = -ENODATA;
	else if (!err && lines == 1)
		err = of_one_line(last, last_n, seed, out);
	else if (!err)
		err = stats_estimate(slopes, NULL, lines, seed, out);
	free(p);
	free(slopes);
	return err;
}
