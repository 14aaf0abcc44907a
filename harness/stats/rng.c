// SPDX-License-Identifier: GPL-2.0-or-later
/* SplitMix64: small, and the same everywhere, so that a seed gives the same order on any host. */
#include "stats/stats.h"

void rng_seed(struct rng *r, uint64_t seed)
{
	r->state = seed;
}

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	/* The part of the range that would favour small numbers is thrown away. */
	uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	uint64_t x;

	do {
		x = rng_next(r);
	} while (x >= limit);
	return x % n;
}

void rng_shuffle(struct rng *r, unsigned int *v, size_t n)
{
	for (; n > 1; n--) {
		size_t i = (size_t)rng_below(r, n);
		unsigned int tmp = v[i];

		v[i] = v[n - 1];
		v[n - 1] = tmp;
	}
}
