/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latencies as fio's "json+" has them, bins with counts, added up over jobs: percentiles of many
 * cannot be worked out of the percentiles of each.
 */
#ifndef DRIVERVM_WORKLOADS_HISTOGRAM_H
#define DRIVERVM_WORKLOADS_HISTOGRAM_H

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct histogram_bin {
	uint64_t ns;
	uint64_t count;
};

/* All zeroes: empty. */
struct histogram {
	struct histogram_bin *bin;
	size_t n;
	uint64_t count; /* in all bins */
};

/* Adds the object "bins", {"ns": count, ...}; NULL adds nothing. 0, -EINVAL, -ENOMEM. */
static inline int histogram_add(struct histogram *h, json_t *bins)
{
	struct histogram_bin *bin;
	const char *key;
	json_t *value;

	if (!json_object_size(bins))
		return 0;
	bin = reallocarray(h->bin, h->n + json_object_size(bins), sizeof(*bin));
	if (!bin)
		return -ENOMEM;
	h->bin = bin;
	json_object_foreach(bins, key, value) {
		char *end;
		uint64_t ns = strtoull(key, &end, 10);

		if (*end || end == key || json_integer_value(value) < 0)
			return -EINVAL;
		bin = &h->bin[h->n++];
		bin->ns = ns;
		bin->count = (uint64_t)json_integer_value(value);
		h->count += bin->count;
	}
	return 0;
}

static inline int histogram_order(const void *a, const void *b)
{
	const struct histogram_bin *x = a, *y = b;

	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

/* The latency, us, that @share of all (0 to 1) do not exceed. @h must have some. Sorts it. */
static inline double histogram_percentile(struct histogram *h, double share)
{
	uint64_t wanted = (uint64_t)ceil(share * (double)h->count), seen = 0;
	size_t i;

	qsort(h->bin, h->n, sizeof(*h->bin), histogram_order);
	for (i = 0; i < h->n - 1; i++) {
		seen += h->bin[i].count;
		if (seen >= wanted)
			break;
	}
	return (double)h->bin[i].ns / 1000;
}

static inline void histogram_free(struct histogram *h)
{
	free(h->bin);
	*h = (struct histogram){ 0 };
}

#endif
