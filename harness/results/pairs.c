// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns samples into the values that a claim is about. */
#include "results/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

static void values_add(struct values *out, double value, unsigned int block)
{
	if (!isfinite(value)) {
		out->dropped++;
		return;
	}
	out->v = xreallocarray(out->v, out->n + 1, sizeof(*out->v));
	out->block = xreallocarray(out->block, out->n + 1, sizeof(*out->block));
	out->v[out->n] = value;
	out->block[out->n++] = block;
}

void values_free(struct values *v)
{
	free(v->v);
	free(v->block);
	*v = (struct values){ 0 };
}

/* Does @key tell the sides of the claim apart? Then it need not be equal within a pair. */
static bool tells_apart(const void *claim, const char *key)
{
	const struct experiment_claim *c = claim;

	return dimset_get(&c->of, key) || dimset_get(&c->over, key) || dimset_get(&c->base, key);
}

/* The next dimension at or after @i that does not tell the sides apart. */
static size_t skip(const struct experiment_claim *c, const struct sample *s, size_t i)
{
	while (i < s->n_dims && tells_apart(c, s->dims[i].key))
		i++;
	return i;
}

static bool same_elsewhere(const struct experiment_claim *c, const struct sample *a,
			   const struct sample *b)
{
	size_t i, j;

	if (a->invocation != b->invocation || a->iteration != b->iteration)
		return false;
	i = skip(c, a, 0);
	j = skip(c, b, 0);
	while (i < a->n_dims && j < b->n_dims) {
		if (!streq(a->dims[i].key, b->dims[j].key) ||
		    !streq(a->dims[i].value, b->dims[j].value))
			return false;
		i = skip(c, a, i + 1);
		j = skip(c, b, j + 1);
	}
	return i == a->n_dims && j == b->n_dims;
}

/* What a claim may be about: the ok samples of its metric that meet its "where". */
struct candidates {
	const struct experiment_claim *claim;
	const struct sample **v;
	uint64_t *hash; /* of what is equal within a pair: most are told apart by it */
	size_t n;
};

static void candidates_find(struct candidates *all, const char *experiment,
			    const struct experiment_claim *c, const struct samples *samples)
{
	size_t i;

	*all = (struct candidates){
		.claim = c,
		.v = xcalloc(samples->n, sizeof(*all->v)),
		.hash = xcalloc(samples->n, sizeof(*all->hash)),
	};
	for (i = 0; i < samples->n; i++) {
		const struct sample *s = &samples->v[i];

		if (!s->ok || !streq(s->experiment, experiment) || !streq(s->metric, c->metric) ||
		    !sample_meets(s, &c->where))
			continue;
		all->v[all->n] = s;
		all->hash[all->n++] = sample_hash(s, tells_apart, c);
	}
}

static void candidates_free(struct candidates *all)
{
	free(all->v);
	free(all->hash);
}

/* The first sample on @side that belongs to @of, whose hash is @hash; or NULL. */
static const struct sample *partner(const struct candidates *all, const struct sample *of,
				    uint64_t hash, const struct dimset *side)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->hash[i] == hash && sample_meets(all->v[i], side) &&
		    same_elsewhere(all->claim, of, all->v[i]))
			return all->v[i];
	return NULL;
}

static void add_pair(struct values *out, const struct candidates *all, size_t i)
{
	const struct experiment_claim *c = all->claim;
	const struct sample *of = all->v[i];
	const struct sample *over = partner(all, of, all->hash[i], &c->over);
	const struct sample *base = c->base.n ? partner(all, of, all->hash[i], &c->base) : NULL;

	if (!over || (c->base.n && !base))
		return;
	if (c->kind == CLAIM_RATIO)
		values_add(out, of->value / over->value, of->invocation);
	else if (c->kind == CLAIM_DIFFERENCE)
		values_add(out, of->value - over->value, of->invocation);
	else
		values_add(out, (of->value - base->value) / (over->value - base->value),
			   of->invocation);
}

static void add_candidates(struct values *out, const struct candidates *all)
{
	const struct experiment_claim *c = all->claim;
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct sample *s = all->v[i];

		/* Later records of what was measured already (a resumed run's) count once. */
		if (!sample_meets(s, &c->of) || partner(all, s, all->hash[i], &c->of) != s)
			continue;
		if (c->kind == CLAIM_VALUE)
			values_add(out, s->value, s->invocation);
		else
			add_pair(out, all, i);
	}
}

static void count_failures(struct values *out, const char *experiment,
			   const struct experiment_claim *c, const struct samples *samples)
{
	size_t i;

	for (i = 0; i < samples->n; i++) {
		const struct sample *s = &samples->v[i];

		if (s->ok || !streq(s->experiment, experiment) || !streq(s->metric, c->metric) ||
		    !sample_meets(s, &c->where) ||
		    !(sample_meets(s, &c->of) || (c->over.n && sample_meets(s, &c->over))))
			continue;
		out->failed += !s->skipped;
		if (!out->reason)
			out->reason = s->reason;
	}
}

void values_of_claim(struct values *out, const char *experiment,
		     const struct experiment_claim *claim, const struct samples *samples)
{
	struct candidates all;

	*out = (struct values){ 0 };
	candidates_find(&all, experiment, claim, samples);
	add_candidates(out, &all);
	candidates_free(&all);
	count_failures(out, experiment, claim, samples);
}
