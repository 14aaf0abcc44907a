// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two runs side by side. Runs are not taken at the same time, so their samples are not paired one
 * by one, only their dimensions are; the interval of the ratio allows for both runs' spread.
 */
#include "results/compare.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "results/run_dir.h"

static bool same_kind(const struct sample *a, const struct sample *b)
{
	size_t i;

	if (!streq(a->metric, b->metric) || !streq(a->unit, b->unit) ||
	    !streq(a->experiment, b->experiment) || a->n_dims != b->n_dims)
		return false;
	for (i = 0; i < a->n_dims; i++)
		if (!streq(a->dims[i].key, b->dims[i].key) ||
		    !streq(a->dims[i].value, b->dims[i].value))
			return false;
	return true;
}

/* Values of the kind of @of; the caller frees both arrays. */
static void gather(const struct samples *s, const struct sample *of, double **v,
		   unsigned int **block, size_t *n)
{
	size_t i;

	*v = xcalloc(s->n, sizeof(**v));
	*block = xcalloc(s->n, sizeof(**block));
	*n = 0;
	for (i = 0; i < s->n; i++) {
		if (!s->v[i].ok || !same_kind(&s->v[i], of))
			continue;
		(*v)[*n] = s->v[i].value;
		(*block)[(*n)++] = s->v[i].invocation;
	}
}

static bool compare_one(const struct samples *a, const struct samples *b, const struct sample *of,
			uint64_t seed, struct comparison *out)
{
	struct stats_series x, y;
	unsigned int *block_x, *block_y;
	double *v_x, *v_y;
	bool both;

	gather(a, of, &v_x, &block_x, &x.n);
	gather(b, of, &v_y, &block_y, &y.n);
	x.v = v_x;
	x.block = block_x;
	y.v = v_y;
	y.block = block_y;
	*out = (struct comparison){ .what = of };
	both = stats_median(x.v, x.n, &out->a) == 0 && stats_median(y.v, y.n, &out->b) == 0;
	if (both)
		out->comparable = stats_ratio(&y, &x, seed, &out->ratio) == 0;
	free(v_x);
	free(v_y);
	free(block_x);
	free(block_y);
	return both;
}

static bool seen(const struct comparison *list, size_t n, const struct sample *s)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (same_kind(list[i].what, s))
			return true;
	return false;
}

void compare_samples(const struct samples *a, const struct samples *b, bool all, uint64_t seed,
		     struct comparison **out, size_t *n)
{
	size_t i;

	*out = xcalloc(a->n, sizeof(**out));
	*n = 0;
	for (i = 0; i < a->n; i++) {
		const struct sample *s = &a->v[i];

		if (!s->ok || (!all && sample_dim(s, "vm")) || seen(*out, *n, s))
			continue;
		if (compare_one(a, b, s, seed, &(*out)[*n]))
			++*n;
	}
}

static void print_dims(const struct sample *s, FILE *out)
{
	size_t i;

	for (i = 0; i < s->n_dims; i++)
		fprintf(out, " %s", s->dims[i].value);
	fputc('\n', out);
}

static const char *mark(const struct comparison *c)
{
	if (!c->comparable || !c->ratio.bounded)
		return "?";
	if (c->ratio.low > 1)
		return "higher";
	return c->ratio.high < 1 ? "lower" : "same";
}

static void print_row(const struct comparison *c, FILE *out)
{
	char ratio[64] = "-";

	if (c->comparable && c->ratio.bounded)
		snprintf(ratio, sizeof(ratio), "%.3f (%.3f to %.3f)", c->ratio.value, c->ratio.low,
			 c->ratio.high);
	else if (c->comparable)
		snprintf(ratio, sizeof(ratio), "%.3f", c->ratio.value);
	fprintf(out, "%-16s %-6s %12.5g %12.5g  %-26s %-7s %s:", c->what->metric, c->what->unit,
		c->a, c->b, ratio, mark(c), c->what->experiment);
	print_dims(c->what, out);
}

static int read_samples(const char *dir, struct samples *s)
{
	char *path = run_dir_path(dir, "samples.jsonl");
	int err = samples_read(s, path);

	free(path);
	return err;
}

/* Absolute figures mean nothing across accelerators. 0 if they are the same. */
static int same_accelerator(const char *dir_a, const char *dir_b)
{
	json_t *a, *b = NULL;
	const char *x, *y;
	int err;

	err = run_dir_read_json(dir_a, "environment.json", &a);
	if (err < 0)
		return err;
	err = run_dir_read_json(dir_b, "environment.json", &b);
	x = json_string_value(json_object_get(a, "accelerator"));
	y = json_string_value(json_object_get(b, "accelerator"));
	if (!err && !streq(x, y)) {
		pr_err("the runs used different accelerators, %s and %s: only the ratios in their "
		       "claims.json can be compared",
		       x ? x : "none", y ? y : "none");
		err = -EINVAL;
	}
	json_decref(a);
	json_decref(b);
	return err;
}

int compare_runs(const char *dir_a, const char *dir_b, bool all, FILE *out)
{
	struct samples a, b;
	struct comparison *list;
	size_t n, i;
	int err;

	err = same_accelerator(dir_a, dir_b);
	if (!err)
		err = read_samples(dir_a, &a);
	if (err < 0)
		return err;
	err = read_samples(dir_b, &b);
	if (err < 0) {
		samples_free(&a);
		return err;
	}
	compare_samples(&a, &b, all, 1, &list, &n);
	if (n == 0) {
		pr_err("the runs have nothing in common that can be compared");
		err = -EINVAL;
	} else {
		fprintf(out, "%-16s %-6s %12s %12s  %-26s %-7s %s\n", "metric", "unit", "first",
			"second", "second / first (95 %)", "second", "of");
	}
	for (i = 0; i < n; i++)
		print_row(&list[i], out);
	free(list);
	samples_free(&a);
	samples_free(&b);
	return err;
}
