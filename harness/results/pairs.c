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

static bool set_names(const struct dimset *set, const char *key)
{
	return dimset_get(set, key) != NULL;
}

/* Does @key tell the sides of the claim apart? Then it need not be equal within a pair. */
static bool tells_apart(const struct experiment_claim *c, const char *key)
{
	return set_names(&c->of, key) || set_names(&c->over, key) || set_names(&c->base, key);
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

static bool is_about(const struct sample *s, const char *experiment,
		     const struct experiment_claim *c, const struct dimset *side)
{
	return streq(s->experiment, experiment) && streq(s->metric, c->metric) &&
	       sample_meets(s, &c->where) && sample_meets(s, side);
}

/* The sample on @side that belongs to @of, or NULL. */
static const struct sample *partner(const struct samples *all, const struct sample *of,
				    const struct experiment_claim *c, const struct dimset *side)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct sample *s = &all->v[i];

		if (s->ok && is_about(s, of->experiment, c, side) && same_elsewhere(c, of, s))
			return s;
	}
	return NULL;
}

/* Later records of what was measured already (a resumed run's) do not count twice. */
static bool is_first(const struct samples *all, size_t i, const struct experiment_claim *c)
{
	return partner(all, &all->v[i], c, &c->of) == &all->v[i];
}

static void count_failure(struct values *out, const struct sample *s)
{
	if (!s->skipped)
		out->failed++;
	if (!out->reason)
		out->reason = s->reason;
}

static void add_pair(struct values *out, const struct experiment_claim *c,
		     const struct samples *all, const struct sample *of)
{
	const struct sample *over = partner(all, of, c, &c->over);
	const struct sample *base = c->base.n ? partner(all, of, c, &c->base) : NULL;

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

void values_of_claim(struct values *out, const char *experiment,
		     const struct experiment_claim *claim, const struct samples *samples)
{
	size_t i;

	*out = (struct values){ 0 };
	for (i = 0; i < samples->n; i++) {
		const struct sample *s = &samples->v[i];
		bool of = is_about(s, experiment, claim, &claim->of);
		bool over = claim->over.n && is_about(s, experiment, claim, &claim->over);

		if (!s->ok && (of || over))
			count_failure(out, s);
		if (!s->ok || !of || !is_first(samples, i, claim))
			continue;
		if (claim->kind == CLAIM_VALUE)
			values_add(out, s->value, s->invocation);
		else
			add_pair(out, claim, samples, s);
	}
}
