// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain statistics, and the exact interval of a proportion. */
#include "stats/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "core/util.h"

static int check(const double *v, size_t n)
{
	size_t i;

	if (n == 0)
		return -ENODATA;
	for (i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return -EDOM;
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int stats_quantile(const double *v, size_t n, double p, double *out)
{
	double *sorted, at;
	size_t low;
	int err = check(v, n);

	if (!err && !(p >= 0 && p <= 1))
		err = -EDOM;
	if (err)
		return err;
	sorted = xcalloc(n, sizeof(*sorted));
	memcpy(sorted, v, n * sizeof(*v));
	qsort(sorted, n, sizeof(*sorted), compare);
	at = p * (double)(n - 1);
	low = (size_t)at;
	at -= (double)low;
	/* Not low + at * (high - low): that difference can overflow. */
	*out = low + 1 < n ? sorted[low] * (1 - at) + sorted[low + 1] * at : sorted[low];
	free(sorted);
	return 0;
}

int stats_median(const double *v, size_t n, double *out)
{
	return stats_quantile(v, n, 0.5, out);
}

int stats_mean(const double *v, size_t n, double *out)
{
	double sum = 0;
	size_t i;
	int err = check(v, n);

	if (err)
		return err;
	for (i = 0; i < n; i++)
		sum += v[i] / (double)n;
	*out = sum;
	return 0;
}

int stats_stddev(const double *v, size_t n, double *out)
{
	double mean, sum = 0;
	size_t i;
	int err = n < 2 ? -ENODATA : stats_mean(v, n, &mean);

	if (err)
		return err;
	for (i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean);
	if (!isfinite(sum))
		return -EDOM;
	*out = sqrt(sum / (double)(n - 1));
	return 0;
}

int stats_proportion(size_t hits, size_t trials, double *low, double *high)
{
	double k = (double)hits, n = (double)trials;

	if (trials == 0)
		return -ENODATA;
	if (hits > trials)
		return -EDOM;
	*low = hits == 0 ? 0 : qbeta(0.025, k, n - k + 1, 1, 0);
	*high = hits == trials ? 1 : qbeta(0.975, k + 1, n - k, 1, 0);
	return 0;
}
