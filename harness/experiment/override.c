// SPDX-License-Identifier: GPL-2.0-or-later
/* Changing a description after it was loaded: --quick and --set. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "experiment/desc.h"

/* The most of anything that is repeated. */
#define COUNT_MAX 1000000U

const char *dimset_get(const struct dimset *set, const char *key)
{
	const char *value = NULL;
	unsigned int i;

	for (i = 0; i < set->n && !value; i++)
		value = pair_value(set->v[i], key);
	return value;
}

static void dimset_put(struct dimset *set, const char *pair)
{
	size_t key = strcspn(pair, "=");
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		if (strncmp(set->v[i], pair, key + 1) == 0) {
			free(set->v[i]);
			set->v[i] = xstrdup(pair);
			return;
		}
	}
	set->v = xreallocarray(set->v, set->n + 1, sizeof(*set->v));
	set->v[set->n++] = xstrdup(pair);
}

static void dimset_forget(struct dimset *set, const char *pair)
{
	size_t key = strcspn(pair, "=");
	unsigned int i = 0;

	while (i < set->n) {
		if (strncmp(set->v[i], pair, key + 1) == 0) {
			free(set->v[i]);
			set->v[i] = set->v[--set->n];
		} else {
			i++;
		}
	}
}

static void dimset_clear(struct dimset *set)
{
	while (set->n)
		free(set->v[--set->n]);
	free(set->v);
	set->v = NULL;
}

static void list_replace(char ***list, unsigned int *n, char *const *with, unsigned int n_with)
{
	unsigned int i;

	for (i = 0; i < *n; i++)
		free((*list)[i]);
	*list = xreallocarray(*list, n_with, sizeof(**list));
	for (i = 0; i < n_with; i++)
		(*list)[i] = xstrdup(with[i]);
	*n = n_with;
}

/* The axis whose values @pair gives, of boots or matrix. */
static struct experiment_axis *axis_of(const struct experiment *exp, const char *pair)
{
	unsigned int i;

	for (i = 0; i < exp->n_boots; i++)
		if (pair_value(pair, exp->boots[i].axis))
			return &exp->boots[i];
	for (i = 0; i < exp->n_matrix; i++)
		if (pair_value(pair, exp->matrix[i].axis))
			return &exp->matrix[i];
	return NULL;
}

static void axes_replace(struct experiment_axis *axes, unsigned int n,
			 const struct experiment_axis *with, unsigned int n_with)
{
	unsigned int i, j;

	for (i = 0; i < n_with; i++)
		for (j = 0; j < n; j++)
			if (streq(with[i].axis, axes[j].axis))
				list_replace(&axes[j].values, &axes[j].n_values, with[i].values,
					     with[i].n_values);
}

static void when_clear(struct experiment *exp)
{
	while (exp->n_when) {
		struct experiment_when *w = &exp->when[--exp->n_when];

		dimset_clear(&w->where);
		dimset_clear(&w->options);
	}
	free(exp->when);
	exp->when = NULL;
}

void experiment_make_quick(struct experiment *exp)
{
	const struct experiment_quick *q = exp->quick;
	unsigned int i;

	if (!q)
		return;
	when_clear(exp);
	if (q->n_systems)
		list_replace(&exp->systems, &exp->n_systems, q->systems, q->n_systems);
	if (q->n_drivers)
		list_replace(&exp->drivers, &exp->n_drivers, q->drivers, q->n_drivers);
	for (i = 0; i < q->options.n; i++)
		dimset_put(&exp->options, q->options.v[i]);
	axes_replace(exp->boots, exp->n_boots, q->boots, q->n_boots);
	axes_replace(exp->matrix, exp->n_matrix, q->matrix, q->n_matrix);
	if (q->warmup)
		exp->warmup = *q->warmup;
	if (q->invocations)
		exp->invocations = q->invocations;
	if (q->iterations)
		exp->iterations = q->iterations;
	if (q->seconds > 0)
		exp->seconds = q->seconds;
}

void experiment_define(struct experiment *exp, const char *axis, const char *value, const char *as)
{
	struct experiment_define *d;

	exp->define = xreallocarray(exp->define, exp->n_define + 1, sizeof(*exp->define));
	d = &exp->define[exp->n_define++];
	d->axis = xstrdup(axis);
	d->value = xstrdup(value);
	d->as = xstrdup(as);
}

static int set_count(const char *value, unsigned int least, unsigned int *out, char *why,
		     size_t size)
{
	int err = parse_uint(value, least, COUNT_MAX, out);

	if (err)
		snprintf(why, size, "expected a whole number from %u to %u, found '%s'", least,
			 COUNT_MAX, value);
	return err;
}

static int set_list(const char *value, char ***list, unsigned int *n, char *why, size_t size)
{
	char *copy = xstrdup(value), *rest = copy, *word;
	char *words[256];
	unsigned int count = 0;
	int err = -EINVAL;

	while ((word = strsep(&rest, ",")) && count < ARRAY_SIZE(words)) {
		if (!*word)
			goto bad;
		words[count++] = word;
	}
	if (word)
		goto bad;
	list_replace(list, n, words, count);
	err = 0;
bad:
	if (err)
		snprintf(why, size, "expected values separated by commas, found '%s'", value);
	free(copy);
	return err;
}

int experiment_set(struct experiment *exp, const char *assignment, char *why, size_t size)
{
	struct experiment_axis *axis = axis_of(exp, assignment);
	const char *value;
	unsigned int i;

	if ((value = pair_value(assignment, "warmup")))
		return set_count(value, 0, &exp->warmup, why, size);
	if ((value = pair_value(assignment, "invocations")))
		return set_count(value, 1, &exp->invocations, why, size);
	if ((value = pair_value(assignment, "iterations")))
		return set_count(value, 1, &exp->iterations, why, size);
	if ((value = pair_value(assignment, "systems")))
		return set_list(value, &exp->systems, &exp->n_systems, why, size);
	if ((value = pair_value(assignment, "drivers")))
		return set_list(value, &exp->drivers, &exp->n_drivers, why, size);
	if (axis)
		return set_list(strchr(assignment, '=') + 1, &axis->values, &axis->n_values, why,
				size);
	if (assignment[0] == '=' || !strchr(assignment, '=')) {
		snprintf(why, size, "expected key=value, found '%s'", assignment);
		return -EINVAL;
	}
	dimset_put(&exp->options, assignment);
	for (i = 0; i < exp->n_when; i++)
		dimset_forget(&exp->when[i].options, assignment);
	return 0;
}
