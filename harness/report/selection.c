// SPDX-License-Identifier: GPL-2.0-or-later
/* Picking samples and putting them in order. */
#include "report/selection.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "supervise/supervisor.h"

static void selection_add(struct selection *sel, const struct sample *s)
{
	if (sel->n == sel->size) {
		sel->size = sel->size ? sel->size * 2 : 32;
		sel->v = xreallocarray(sel->v, sel->size, sizeof(*sel->v));
	}
	sel->v[sel->n++] = s;
}

void selection_free(struct selection *sel)
{
	free(sel->v);
	*sel = (struct selection){ 0 };
}

void keys_add(struct keys *keys, const char *key)
{
	keys->v = xreallocarray(keys->v, keys->n + 1, sizeof(*keys->v));
	keys->v[keys->n++] = key;
}

bool keys_have(const struct keys *keys, const char *key)
{
	size_t i;

	for (i = 0; keys && i < keys->n; i++)
		if (streq(keys->v[i], key))
			return true;
	return false;
}

void keys_free(struct keys *keys)
{
	free(keys->v);
	*keys = (struct keys){ 0 };
}

/* A dimension that is absent and one that is empty mean the same: not told apart. */
static const char *dim(const struct sample *s, const char *key)
{
	const char *value = sample_dim(s, key);

	return value ? value : "";
}

static bool is_part(const struct sample *s, const struct dimset *where, const struct keys *parts)
{
	static const char *const part_keys[] = { "vm", "thread", "device", "phase", "t" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(part_keys); i++)
		if (dim(s, part_keys[i])[0] && !keys_have(parts, part_keys[i]) &&
		    !(where && dimset_get(where, part_keys[i])))
			return true;
	return false;
}

void select_metric(struct selection *out, const struct samples *samples, const char *experiment,
		   const char *metric, const struct dimset *where, const struct keys *parts)
{
	const struct sample *s;

	for (s = samples->v; s < samples->v + samples->n; s++)
		if (s->ok && streq(s->experiment, experiment) && streq(s->metric, metric) &&
		    (!where || sample_meets(s, where)) && !is_part(s, where, parts))
			selection_add(out, s);
}

/* Is @vm "dd17" where @fleet is "dd*"? */
static bool is_member(const char *vm, const char *fleet)
{
	size_t stem = strlen(fleet) - 1;

	return strncmp(vm, fleet, stem) == 0 && vm[stem] &&
	       vm[stem + strspn(vm + stem, "0123456789")] == '\0';
}

void select_fleets(struct selection *sel)
{
	struct keys fleets = { 0 };
	size_t i, j, n = 0;

	for (i = 0; i < sel->n; i++) {
		const char *vm = dim(sel->v[i], "vm");

		if (vm[0] && vm[strlen(vm) - 1] == '*' && !keys_have(&fleets, vm))
			keys_add(&fleets, vm);
	}
	for (i = 0; i < sel->n; i++) {
		for (j = 0; j < fleets.n && !is_member(dim(sel->v[i], "vm"), fleets.v[j]); j++)
			;
		if (j == fleets.n)
			sel->v[n++] = sel->v[i];
	}
	sel->n = n;
	keys_free(&fleets);
}

void select_value(struct selection *out, const struct selection *in, const char *key,
		  const char *value)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (streq(dim(in->v[i], key), value))
			selection_add(out, in->v[i]);
}

static bool alike(const struct sample *a, const struct sample *b, const struct keys *keys)
{
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (!streq(dim(a, keys->v[i]), dim(b, keys->v[i])))
			return false;
	return true;
}

void select_like(struct selection *out, const struct selection *in, const struct sample *like,
		 const struct keys *keys)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (alike(in->v[i], like, keys))
			selection_add(out, in->v[i]);
}

/* Do two samples of the same @series differ in @key? Then one differs from the series' first. */
static bool varies(const struct selection *sel, const char *series, const char *key)
{
	struct selection firsts = { 0 };
	bool differs = false;
	size_t i, j;

	for (i = 0; i < sel->n && !differs; i++) {
		const char *own = dim(sel->v[i], series);

		for (j = 0; j < firsts.n && !streq(dim(firsts.v[j], series), own); j++)
			;
		if (j == firsts.n)
			selection_add(&firsts, sel->v[i]);
		differs = !streq(dim(sel->v[i], key), dim(firsts.v[j], key));
	}
	selection_free(&firsts);
	return differs;
}

void selection_varying(const struct selection *sel, const char *series, struct keys *keys)
{
	struct keys looked_at = { 0 };
	size_t i, j;

	for (i = 0; i < sel->n; i++) {
		for (j = 0; j < sel->v[i]->n_dims; j++) {
			const char *key = sel->v[i]->dims[j].key;

			if (streq(key, series) || keys_have(&looked_at, key))
				continue;
			keys_add(&looked_at, key);
			if (varies(sel, series, key))
				keys_add(keys, key);
		}
	}
	keys_free(&looked_at);
}

static unsigned int index_of(char **list, unsigned int n, const char *value)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (streq(list[i], value))
			return i;
	return UINT_MAX;
}

static unsigned int phase_index(const char *value)
{
	enum recovery_phase phase;

	for (phase = 0; phase < RECOVERY_PHASES; phase++)
		if (streq(recovery_phase_text(phase), value))
			return phase;
	return UINT_MAX;
}

/* Where the description lists a value; UINT_MAX: nowhere. */
static unsigned int rank(const struct experiment *exp, const char *key, const char *value)
{
	const struct experiment_axis *axis = experiment_axis_find(exp, key);

	if (streq(key, "system"))
		return index_of(exp->systems, exp->n_systems, value);
	if (streq(key, "phase"))
		return phase_index(value);
	if (streq(key, "driver"))
		return index_of(exp->drivers, exp->n_drivers, value);
	return axis ? index_of(axis->values, axis->n_values, value) : UINT_MAX;
}

/* Numbers, which can be below nothing, before words. */
static int compare_unlisted(const char *a, const char *b)
{
	double number_a, number_b;
	bool word_a = parse_number(a, &number_a) != 0, word_b = parse_number(b, &number_b) != 0;

	if (word_a != word_b)
		return word_a ? 1 : -1;
	if (!word_a && number_a != number_b)
		return number_a < number_b ? -1 : 1;
	return strverscmp(a, b);
}

static int compare_values(const struct experiment *exp, const char *key, const char *a,
			  const char *b)
{
	unsigned int rank_a = rank(exp, key, a), rank_b = rank(exp, key, b);

	if (rank_a != rank_b)
		return rank_a < rank_b ? -1 : 1;
	return compare_unlisted(a, b);
}

/* Where a dimension stands among the columns: as its axis in the description, parts last. */
static unsigned int key_rank(const struct experiment *exp, const char *key)
{
	unsigned int i;

	if (streq(key, "driver"))
		return 0;
	for (i = 0; i < exp->n_boots; i++)
		if (streq(exp->boots[i].axis, key))
			return i + 1;
	for (i = 0; i < exp->n_matrix; i++)
		if (streq(exp->matrix[i].axis, key))
			return exp->n_boots + i + 1;
	return UINT_MAX;
}

struct order {
	const struct experiment *exp;
	const struct keys *keys; /* NULL: what is sorted are the keys themselves */
	const char *key; /* of values */
};

static int compare_keys(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	const char *key_a = *(const char *const *)a, *key_b = *(const char *const *)b;
	unsigned int rank_a = key_rank(order->exp, key_a), rank_b = key_rank(order->exp, key_b);

	if (rank_a != rank_b)
		return rank_a < rank_b ? -1 : 1;
	return -strcmp(key_a, key_b); /* so that vm comes before thread */
}

static int compare_in_order(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;

	return compare_values(order->exp, order->key, *(const char *const *)a,
			      *(const char *const *)b);
}

void selection_values(const struct selection *sel, const struct experiment *exp, const char *key,
		      struct keys *values)
{
	struct order order = { .exp = exp, .key = key };
	size_t i;

	for (i = 0; i < sel->n; i++)
		if (!keys_have(values, dim(sel->v[i], key)))
			keys_add(values, dim(sel->v[i], key));
	if (values->n)
		qsort_r(values->v, values->n, sizeof(*values->v), compare_in_order, &order);
}

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct sample *row_a = *(const struct sample *const *)a;
	const struct sample *row_b = *(const struct sample *const *)b;
	const struct order *order = arg;
	int result;
	size_t i;

	for (i = 0; i < order->keys->n; i++) {
		const char *key = order->keys->v[i];

		result = compare_values(order->exp, key, dim(row_a, key), dim(row_b, key));
		if (result)
			return result;
	}
	return 0;
}

void selection_rows(const struct selection *sel, const struct experiment *exp,
		    const struct keys *keys, struct selection *rows)
{
	struct order order = { .exp = exp, .keys = keys };
	size_t i, j;

	if (keys->n)
		qsort_r(keys->v, keys->n, sizeof(*keys->v), compare_keys, &order);
	for (i = 0; i < sel->n; i++) {
		for (j = 0; j < rows->n; j++)
			if (alike(sel->v[i], rows->v[j], keys))
				break;
		if (j == rows->n)
			selection_add(rows, sel->v[i]);
	}
	if (rows->n)
		qsort_r(rows->v, rows->n, sizeof(*rows->v), compare_rows, &order);
}

struct series {
	double *v;
	unsigned int *block;
	size_t n;
};

static struct series series_new(size_t room)
{
	return (struct series){ .v = xcalloc(room, sizeof(double)),
				.block = xcalloc(room, sizeof(unsigned int)) };
}

static void series_add(struct series *s, double v, unsigned int block)
{
	s->v[s->n] = v;
	s->block[s->n++] = block;
}

static int series_estimate(struct series *s, uint64_t seed, struct estimate *out)
{
	int err = stats_estimate(s->v, s->block, s->n, seed, out);

	free(s->v);
	free(s->block);
	return err;
}

int selection_estimate(const struct selection *sel, double scale, uint64_t seed,
		       struct estimate *out)
{
	struct series s = series_new(sel->n);
	size_t i;

	for (i = 0; i < sel->n; i++)
		series_add(&s, sel->v[i]->value * scale, sel->v[i]->invocation);
	return series_estimate(&s, seed, out);
}

int selection_deviation(const struct selection *sel, double *share)
{
	double *v = xcalloc(sel->n, sizeof(*v)), deviation, mean;
	size_t i;
	int err;

	for (i = 0; i < sel->n; i++)
		v[i] = sel->v[i]->value;
	err = stats_stddev(v, sel->n, &deviation);
	if (!err)
		err = stats_mean(v, sel->n, &mean);
	free(v);
	if (!err && mean == 0)
		err = -EDOM;
	if (!err)
		*share = deviation / fabs(mean);
	return err;
}

int selection_ratio(const struct selection *of, const struct selection *over, uint64_t seed,
		    struct estimate *out)
{
	struct series s = series_new(of->n);
	size_t i, j;

	for (i = 0; i < of->n; i++)
		for (j = 0; j < over->n; j++)
			if (of->v[i]->invocation == over->v[j]->invocation &&
			    of->v[i]->iteration == over->v[j]->iteration &&
			    over->v[j]->value != 0) {
				series_add(&s, of->v[i]->value / over->v[j]->value,
					   of->v[i]->invocation);
				break;
			}
	return series_estimate(&s, seed, out);
}
