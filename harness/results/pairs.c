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

static void values_add_at(struct values *out, const char *x, double value, unsigned int block)
{
	double at;

	/* Descriptions are checked, but a run's folder may have been made by hand. */
	if (!x || parse_number(x, &at) < 0)
		return;
	values_add(out, value, block);
	out->x = xreallocarray(out->x, out->n, sizeof(*out->x));
	out->x[out->n - 1] = at;
}

void values_free(struct values *v)
{
	free(v->v);
	free(v->x);
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
	uint64_t *cell; /* the same without the part of the system that was metered */
	size_t n;
};

/* A failed iteration has one sample, of no part, whatever metrics it would have had. */
static bool is_no_cell(const void *claim, const char *key)
{
	return streq(key, "vm") || streq(key, "thread") || streq(key, "device") ||
	       streq(key, "phase") || streq(key, "t") || tells_apart(claim, key);
}

static void candidates_find(struct candidates *all, const char *experiment,
			    const struct experiment_claim *c, const struct samples *samples)
{
	size_t i;

	*all = (struct candidates){
		.claim = c,
		.v = xcalloc(samples->n, sizeof(*all->v)),
		.hash = xcalloc(samples->n, sizeof(*all->hash)),
		.cell = xcalloc(samples->n, sizeof(*all->cell)),
	};
	for (i = 0; i < samples->n; i++) {
		const struct sample *s = &samples->v[i];

		if (!s->ok || !streq(s->experiment, experiment) || !streq(s->metric, c->metric) ||
		    !sample_meets(s, &c->where))
			continue;
		all->v[all->n] = s;
		all->cell[all->n] = sample_hash(s, is_no_cell, c);
		all->hash[all->n++] = sample_hash(s, tells_apart, c);
	}
}

static void candidates_free(struct candidates *all)
{
	free(all->v);
	free(all->hash);
	free(all->cell);
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
		if (c->over.n)
			add_pair(out, all, i);
		else if (c->along)
			values_add_at(out, sample_dim(s, c->along), s->value, s->invocation);
		else
			values_add(out, s->value, s->invocation);
	}
}

/* Is @s, which failed or was skipped, on @side, and was not measured later after all? */
static bool is_missing(const struct candidates *all, const struct sample *s,
		       const struct dimset *side)
{
	uint64_t cell;
	size_t i;

	if (!sample_meets(s, side))
		return false;
	cell = sample_hash(s, is_no_cell, all->claim);
	for (i = 0; i < all->n; i++)
		if (all->cell[i] == cell && sample_meets(all->v[i], side))
			return false;
	return true;
}

/* Of whatever metric: an iteration that failed gave no value of the claim's either. */
static void count_failures(struct values *out, const char *experiment, const struct candidates *all,
			   const struct samples *samples)
{
	const struct experiment_claim *c = all->claim;
	size_t i;

	for (i = 0; i < samples->n; i++) {
		const struct sample *s = &samples->v[i];

		if (s->ok || !streq(s->experiment, experiment) || !sample_meets(s, &c->where) ||
		    !(is_missing(all, s, &c->of) || (c->over.n && is_missing(all, s, &c->over))))
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
	count_failures(out, experiment, &all, samples);
	candidates_free(&all);
}
