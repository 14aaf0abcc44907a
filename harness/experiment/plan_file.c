// SPDX-License-Identifier: GPL-2.0-or-later
/* plan.json: written when a run begins, read to resume it. */
#include <errno.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/util.h"
#include "experiment/private.h"
#include "results/run_dir.h"

static json_t *strings(char *const *v, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_string(v[i]));
	return list;
}

static json_t *calibrated(const struct experiment *exp)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < exp->n_calibrate; i++) {
		const struct experiment_calibration *c = &exp->calibrate[i];
		const char *as = axis_value_as(exp, c->axis, c->value);

		if (as)
			json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "axis", c->axis,
							      "value", c->value, "as", as));
	}
	return list;
}

static json_t *experiment_json(const struct experiment *exp)
{
	return json_pack("{s:s,s:s,s:i,s:i,s:i,s:o}", "name", exp->name, "workload", exp->workload,
			 "warmup", (int)exp->warmup, "invocations", (int)exp->invocations,
			 "iterations", (int)exp->iterations, "calibrated", calibrated(exp));
}

static json_t *cell_json(const struct cell *cell)
{
	json_t *o = json_object();
	size_t d;

	for (d = 0; d < cell->n_dims; d++)
		json_object_set_new(o, cell->dims[d].key, json_string(cell->dims[d].value));
	return o;
}

static json_t *cells_json(const struct boot *b)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < b->n_cells; i++)
		json_array_append_new(list, cell_json(&b->cells[i]));
	return list;
}

int plan_write(const struct plan *plan, const char *dir)
{
	json_t *root = json_object(), *exps = json_array(), *boots = json_array();
	size_t i;
	int err;

	for (i = 0; i < plan->n_exps; i++)
		json_array_append_new(exps, experiment_json(plan->exps[i]));
	for (i = 0; i < plan->n_boots; i++) {
		const struct boot *b = &plan->boots[i];

		json_array_append_new(
			boots, json_pack("{s:s,s:i,s:s,s:s,s:o,s:o}", "experiment", b->exp->name,
					 "invocation", (int)b->invocation, "system", b->system,
					 "driver", b->driver_name, "with", cell_json(&b->with),
					 "cells", cells_json(b)));
	}
	json_object_set_new(root, "version", json_integer(RESULT_VERSION));
	json_object_set_new(root, "seed", json_integer((json_int_t)plan->seed));
	json_object_set_new(root, "quick", json_boolean(plan->quick));
	json_object_set_new(root, "set", strings(plan->sets, plan->n_sets));
	json_object_set_new(root, "experiments", exps);
	json_object_set_new(root, "boots", boots);
	err = run_dir_write_json(dir, "plan.json", root);
	json_decref(root);
	return err;
}

static void read_sets(struct plan *plan, const json_t *list)
{
	size_t i;

	plan->sets = xcalloc(json_array_size(list), sizeof(*plan->sets));
	for (i = 0; i < json_array_size(list); i++) {
		const char *set = json_string_value(json_array_get(list, i));

		if (set)
			plan->sets[plan->n_sets++] = xstrdup(set);
	}
}

static int read_experiment(struct plan *plan, const char *dir, const json_t *o)
{
	const char *name = json_string_value(json_object_get(o, "name"));
	char *path = run_dir_path(dir, "experiments/%s.yaml", name ? name : "");
	json_t *list = json_object_get(o, "calibrated"), *c;
	struct experiment *exp;
	size_t i;
	int err;

	err = experiment_load(&exp, path);
	free(path);
	if (err < 0)
		return err;
	plan->exps[plan->n_exps++] = exp;
	json_array_foreach(list, i, c) {
		const char *axis, *value, *as;

		if (json_unpack(c, "{s:s,s:s,s:s}", "axis", &axis, "value", &value, "as", &as) == 0)
			experiment_define(exp, axis, value, as);
	}
	return plan_override(plan, exp);
}

int plan_override(const struct plan *plan, struct experiment *exp)
{
	char why[256];
	size_t i;

	if (plan->quick)
		experiment_make_quick(exp);
	for (i = 0; i < plan->n_sets; i++) {
		if (experiment_set(exp, plan->sets[i], why, sizeof(why)) == 0)
			continue;
		pr_err("--set %s: %s", plan->sets[i], why);
		return -EINVAL;
	}
	return 0;
}

int plan_read(struct plan *plan, const char *dir)
{
	json_t *root, *list, *o;
	size_t i;
	int err;

	*plan = (struct plan){ 0 };
	err = run_dir_read_json(dir, "plan.json", &root);
	if (err < 0)
		return err;
	list = json_object_get(root, "experiments");
	plan->seed = (uint64_t)json_integer_value(json_object_get(root, "seed"));
	plan->quick = json_is_true(json_object_get(root, "quick"));
	read_sets(plan, json_object_get(root, "set"));
	plan->exps = xcalloc(json_array_size(list), sizeof(*plan->exps));
	json_array_foreach(list, i, o) {
		err = read_experiment(plan, dir, o);
		if (err < 0)
			break;
	}
	if (!err && json_array_size(list) == 0) {
		pr_err("%s/plan.json: no experiments in it", dir);
		err = -EINVAL;
	}
	json_decref(root);
	if (!err)
		err = plan_make(plan);
	if (err < 0)
		plan_free(plan);
	return err;
}
