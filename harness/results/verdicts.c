// SPDX-License-Identifier: GPL-2.0-or-later
/* All claims of a run: claims.json, and the table of verdicts for the terminal. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "results/claims.h"
#include "results/run_dir.h"

static json_t *number_or_null(bool is, double value)
{
	return is ? json_real(value) : json_null();
}

static json_t *target_of(const char *expectation)
{
	bool at_least;
	double target;

	if (!expectation || expectation_parse(expectation, &at_least, &target) < 0)
		return json_null();
	return json_real(target);
}

static const char *kind_name(enum claim_kind kind)
{
	static const char *const names[] = {
		[CLAIM_VALUE] = "value",
		[CLAIM_RATIO] = "ratio",
		[CLAIM_DIFFERENCE] = "difference",
		[CLAIM_RATIO_OF_DIFFERENCES] = "ratio of differences",
		[CLAIM_SLOPE] = "slope",
		[CLAIM_MINIMUM] = "minimum",
		[CLAIM_MAXIMUM] = "maximum",
	};

	return names[kind];
}

static json_t *to_json(const struct judgement *j)
{
	const struct experiment_claim *c = j->claim;
	bool bounded = j->measured && j->estimate.bounded;
	json_t *o = json_object();

	json_object_set_new(o, "id", json_string(c->id));
	json_object_set_new(o, "experiment", json_string(j->experiment->name));
	json_object_set_new(o, "statement", json_string(c->statement));
	json_object_set_new(o, "source", json_string(c->source));
	json_object_set_new(o, "kind", json_string(kind_name(c->kind)));
	json_object_set_new(o, "expect", json_string(c->expect));
	json_object_set_new(o, "target", target_of(c->expect));
	json_object_set_new(o, "aim", target_of(c->aim));
	json_object_set_new(o, "measured", number_or_null(j->measured, j->estimate.value));
	json_object_set_new(o, "low", number_or_null(bounded, j->estimate.low));
	json_object_set_new(o, "high", number_or_null(bounded, j->estimate.high));
	json_object_set_new(o, "unit", json_string(c->unit));
	json_object_set_new(o, "n", json_integer((json_int_t)j->estimate.n));
	json_object_set_new(o, "verdict", json_string(verdict_name(j->verdict)));
	json_object_set_new(o, "why", json_string(j->why));
	json_object_set_new(o, "noisy", json_boolean(j->measured && j->estimate.noisy));
	return o;
}

static void print_head(FILE *out)
{
	fprintf(out, "%-24s %10s  %-23s %-10s %s\n", "claim", "measured", "95 % interval",
		"expected", "verdict");
}

static void print_row(FILE *out, const struct judgement *j)
{
	const struct estimate *e = &j->estimate;
	char value[32] = "-", interval[64] = "-";

	if (j->measured)
		snprintf(value, sizeof(value), "%.4g", e->value);
	if (j->measured && e->bounded)
		snprintf(interval, sizeof(interval), "%.4g to %.4g%s", e->low, e->high,
			 e->noisy ? " (noisy)" : "");
	fprintf(out, "%-24s %10s  %-23s %-10s %s\n", j->claim->id, value, interval,
		j->claim->expect, verdict_name(j->verdict));
	if (j->verdict != VERDICT_REPRODUCED)
		fprintf(out, "%-24s %s\n", "", j->why);
}

int run_experiments_load(const char *dir, struct experiment ***exps, size_t *n)
{
	json_t *plan, *list;
	size_t i;
	int err;

	err = run_dir_read_json(dir, "plan.json", &plan);
	if (err < 0)
		return err;
	list = json_object_get(plan, "experiments");
	*n = 0;
	*exps = xcalloc(json_array_size(list), sizeof(**exps));
	for (i = 0; i < json_array_size(list) && !err; i++) {
		const char *name =
			json_string_value(json_object_get(json_array_get(list, i), "name"));
		char *path = run_dir_path(dir, "experiments/%s.yaml", name ? name : "");

		err = experiment_load(&(*exps)[i], path);
		if (!err)
			++*n;
		free(path);
	}
	json_decref(plan);
	if (err < 0)
		run_experiments_free(*exps, *n);
	return err;
}

void run_experiments_free(struct experiment **exps, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		experiment_free(exps[i]);
	free(exps);
}

static uint64_t run_seed(const char *dir)
{
	uint64_t seed = 0;
	json_t *plan;

	if (run_dir_read_json(dir, "plan.json", &plan) < 0)
		return 0;
	seed = (uint64_t)json_integer_value(json_object_get(plan, "seed"));
	json_decref(plan);
	return seed;
}

static json_t *judge_all(const char *dir, struct experiment **exps, size_t n,
			 const struct samples *samples, FILE *table, unsigned int *failed)
{
	uint64_t seed = run_seed(dir);
	json_t *list = json_array();
	unsigned int j;
	size_t i;

	if (table)
		print_head(table);
	for (i = 0; i < n; i++) {
		for (j = 0; j < exps[i]->n_claims; j++) {
			struct judgement judgement;

			claim_judge(exps[i], &exps[i]->claims[j], samples, seed, &judgement);
			json_array_append_new(list, to_json(&judgement));
			*failed += judgement.verdict == VERDICT_NOT_REPRODUCED;
			if (table)
				print_row(table, &judgement);
		}
	}
	return list;
}

int claims_write(const char *dir, FILE *table, unsigned int *failed)
{
	char *path = run_dir_path(dir, "samples.jsonl");
	const char *name = strrchr(dir, '/');
	struct experiment **exps = NULL;
	unsigned int n_failed = 0;
	struct samples samples;
	json_t *root;
	size_t n = 0;
	int err;

	err = samples_read(&samples, path);
	free(path);
	if (err < 0)
		return err;
	err = run_experiments_load(dir, &exps, &n);
	if (err < 0)
		goto out;
	root = json_object();
	json_object_set_new(root, "version", json_integer(RESULT_VERSION));
	json_object_set_new(root, "run", json_string(name ? name + 1 : dir));
	json_object_set_new(root, "claims", judge_all(dir, exps, n, &samples, table, &n_failed));
	err = run_dir_write_json(dir, "claims.json", root);
	json_decref(root);
	run_experiments_free(exps, n);
	if (failed)
		*failed = n_failed;
out:
	samples_free(&samples);
	return err;
}
