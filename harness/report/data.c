// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a run's folder and judges its claims. */
#include "report/data.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/util.h"
#include "experiment/plan.h"
#include "results/run_dir.h"

/* A file that may be missing: an interrupted run lacks some, and gets its report all the same. */
static int read_if_there(const char *dir, const char *name, json_t **json)
{
	char *path = run_dir_path(dir, "%s", name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there ? run_dir_read_json(dir, name, json) : 0;
}

/* Makes the descriptions say what this run did: --quick and --set change them. */
static int apply_settings(struct report_data *data)
{
	json_t *set = json_object_get(data->plan, "set"), *one;
	struct plan plan = { .quick = json_is_true(json_object_get(data->plan, "quick")) };
	size_t i;
	int err = 0;

	plan.sets = xcalloc(json_array_size(set), sizeof(*plan.sets));
	json_array_foreach(set, i, one) {
		if (json_is_string(one))
			plan.sets[plan.n_sets++] = (char *)json_string_value(one);
	}
	for (i = 0; i < data->n_exps && !err; i++)
		err = plan_override(&plan, data->exps[i]);
	free(plan.sets);
	return err;
}

static int read_experiments(struct report_data *data)
{
	struct experiment **exps;
	size_t n;
	int err = run_experiments_load(data->dir, &exps, &n);

	if (err < 0)
		return err;
	data->exps = exps;
	data->n_exps = n;
	return apply_settings(data);
}

static int read_samples(struct report_data *data)
{
	char *path = run_dir_path(data->dir, "samples.jsonl");
	int err = access(path, F_OK) == 0 ? samples_read(&data->samples, path) : 0;

	free(path);
	return err;
}

static bool same_place(const struct sample *a, const struct sample *b)
{
	size_t i;

	if (a->invocation != b->invocation || a->iteration != b->iteration ||
	    a->n_dims != b->n_dims || !streq(a->experiment, b->experiment) ||
	    !streq(a->metric, b->metric))
		return false;
	for (i = 0; i < a->n_dims; i++)
		if (!streq(a->dims[i].key, b->dims[i].key) ||
		    !streq(a->dims[i].value, b->dims[i].value))
			return false;
	return true;
}

/* @hashes are the samples': hardly any but those that are looked for have the same. */
static bool made_good(const struct samples *samples, const uint64_t *hashes, size_t which)
{
	size_t i;

	for (i = 0; i < samples->n; i++)
		if (hashes[i] == hashes[which] && samples->v[i].ok &&
		    same_place(&samples->v[i], &samples->v[which]))
			return true;
	return false;
}

static void find_troubles(struct report_data *data)
{
	const struct samples *all = &data->samples;
	uint64_t *hashes = xcalloc(all->n, sizeof(*hashes));
	size_t i;

	for (i = 0; i < all->n; i++)
		hashes[i] = sample_hash(&all->v[i], NULL, NULL);
	for (i = 0; i < all->n; i++) {
		if (all->v[i].ok || made_good(all, hashes, i))
			continue;
		data->troubles = xreallocarray(data->troubles, data->n_troubles + 1,
					       sizeof(*data->troubles));
		data->troubles[data->n_troubles++] = &all->v[i];
	}
	free(hashes);
}

static void judge(struct report_data *data)
{
	size_t i;
	unsigned int j;

	for (i = 0; i < data->n_exps; i++) {
		const struct experiment *exp = data->exps[i];

		data->claims = xreallocarray(data->claims, data->n_claims + exp->n_claims,
					     sizeof(*data->claims));
		for (j = 0; j < exp->n_claims; j++)
			claim_judge(exp, &exp->claims[j], &data->samples, data->seed,
				    &data->claims[data->n_claims++]);
	}
}

static char *last_component(const char *dir)
{
	size_t len = strlen(dir);
	const char *start;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	start = memrchr(dir, '/', len);
	start = start && len > 1 ? start + 1 : dir;
	return xasprintf("%.*s", (int)(dir + len - start), start);
}

int report_data_load(struct report_data *data, const char *run_dir)
{
	int err;

	*data = (struct report_data){ .dir = run_dir, .name = last_component(run_dir) };
	err = run_dir_read_json(run_dir, "plan.json", &data->plan);
	if (!err)
		err = read_experiments(data);
	if (!err)
		err = read_samples(data);
	if (!err)
		err = read_if_there(run_dir, "environment.json", &data->environment);
	if (!err)
		err = read_if_there(run_dir, "manifest.json", &data->manifest);
	if (!err)
		err = read_if_there(run_dir, "lines.json", &data->lines);
	if (err < 0) {
		report_data_free(data);
		return err;
	}
	data->seed = (uint64_t)json_integer_value(json_object_get(data->plan, "seed"));
	find_troubles(data);
	judge(data);
	return 0;
}

void report_data_free(struct report_data *data)
{
	if (data->exps)
		run_experiments_free(data->exps, data->n_exps);
	samples_free(&data->samples);
	json_decref(data->plan);
	json_decref(data->environment);
	json_decref(data->manifest);
	json_decref(data->lines);
	free(data->troubles);
	free(data->claims);
	free(data->name);
	*data = (struct report_data){ 0 };
}
