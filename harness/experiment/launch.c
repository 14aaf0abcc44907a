// SPDX-License-Identifier: GPL-2.0-or-later
/* A run from the request to its folder. */
#include "experiment/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "experiment/runner.h"
#include "results/environment.h"
#include "results/run_dir.h"
#include "system/system.h"
#include "vm/accel.h"
#include "workload/workload.h"

#define MANIFEST "build/images/manifest.json"
#define LINES "build/images/lines.json"

int new_seed(uint64_t *seed)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
		pr_err("no random seed: %s", strerror(errno));
		return -EIO;
	}
	*seed = random;
	return 0;
}

/* An experiment asked for twice would be measured into the same dimensions twice. */
static int check_twice(const struct plan *plan, const struct experiment *exp)
{
	size_t i;

	for (i = 0; i < plan->n_exps; i++) {
		if (!streq(plan->exps[i]->name, exp->name))
			continue;
		pr_err("experiment '%s' is asked for twice", exp->name);
		return -EINVAL;
	}
	return 0;
}

static int add_experiment(struct plan *plan, const char *name)
{
	struct experiment *exp;
	char *from = NULL;
	int err;

	err = experiment_load(&exp, name);
	if (err < 0)
		return err;
	err = check_twice(plan, exp);
	plan->exps = xreallocarray(plan->exps, plan->n_exps + 1, sizeof(*plan->exps));
	plan->exps[plan->n_exps++] = exp;
	if (!err)
		err = experiment_check(exp, NULL);
	if (!err)
		err = plan_override(plan, exp);
	if (!err && plan->n_sets) {
		/* What was right before and is wrong now, --set made wrong. */
		from = plan->n_sets == 1 ? xasprintf("--set %s", plan->sets[0]) : xstrdup("--set");
		err = experiment_check(exp, from);
		free(from);
	}
	return err;
}

/* Does experiment @name belong to what @group asks for? "disk" means every "disk-...". */
static bool in_group(const char *name, const char *group)
{
	size_t len = strlen(group);

	return strncmp(name, group, len) == 0 && name[len] == '-';
}

/* The experiment called @name, or, if there is none, all whose names begin with it. */
static int add_experiments(struct plan *plan, const char *name)
{
	char **names;
	bool exact = false, found = false;
	size_t n, i;
	int err = experiment_names(&names, &n);

	if (err < 0)
		return err;
	for (i = 0; i < n; i++) {
		exact |= streq(names[i], name);
		found |= in_group(names[i], name);
	}
	if (exact || !found)
		err = add_experiment(plan, name);
	for (i = 0; i < n && !err && !exact; i++)
		if (in_group(names[i], name))
			err = add_experiment(plan, names[i]);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return err;
}

/* The plan of a new run. */
static int plan_new(struct plan *plan, const struct launch_options *o)
{
	size_t i;
	int err = 0;

	*plan = (struct plan){ .seed = o->seed, .quick = o->quick };
	plan->sets = xcalloc(o->n_sets, sizeof(*plan->sets));
	for (i = 0; i < o->n_sets; i++)
		plan->sets[plan->n_sets++] = xstrdup(o->sets[i]);
	for (i = 0; i < o->n_experiments && !err; i++)
		err = add_experiments(plan, o->experiments[i]);
	if (!err && !o->have_seed)
		err = new_seed(&plan->seed);
	if (!err)
		err = plan_make(plan);
	if (err < 0)
		plan_free(plan);
	return err;
}

static int check_system(const struct boot *b)
{
	struct system_options opt = { 0 };
	struct system_desc *desc;
	int err;

	err = experiment_load_system(b->exp, b->system, &desc);
	if (err < 0)
		return err;
	err = experiment_system_options(b, desc, &opt);
	if (!err)
		err = system_options_check(desc, &opt);
	if (!err)
		err = subject_check_host(desc, &opt);
	system_desc_free(desc);
	return err;
}

/* Everything that can be seen to be missing before a folder is made. */
static int check_host(const struct plan *plan)
{
	size_t i;
	int err = 0;

	for (i = 0; i < plan->n_boots && !err; i++)
		err = check_system(&plan->boots[i]);
	return err;
}

/* The host's tools that the workloads use; the caller frees the array. */
static const char **tools_of(const struct plan *plan)
{
	const struct drivervm_workload *w;
	const char **tools = xcalloc(1, sizeof(*tools));
	const char *const *tool;
	size_t n = 0, i;

	for (i = 0; i < plan->n_exps; i++) {
		if (workload_find(&w, plan->exps[i]->workload) < 0)
			continue;
		for (tool = w->peer_image ? NULL : w->peer_tools; tool && *tool; tool++) {
			tools = xreallocarray(tools, n + 2, sizeof(*tools));
			tools[n++] = *tool;
			tools[n] = NULL;
		}
	}
	return tools;
}

/* What the image builder says about the guests. Lines of code need not have been counted. */
static int copy_descriptions(const char *dir)
{
	char *manifest = path_in_tree(MANIFEST), *lines = path_in_tree(LINES);
	int err = run_dir_copy(dir, "manifest.json", manifest);

	if (!err && access(lines, F_OK) == 0)
		err = run_dir_copy(dir, "lines.json", lines);
	free(manifest);
	free(lines);
	return err;
}

/* The folder of a new run, with all that is known before the first sample. */
static int prepare_folder(struct runner *r, const struct launch_options *o, const char *reason,
			  char **dir)
{
	struct environment env = {
		.accel = r->accel,
		.accel_reason = reason,
		.seed = r->plan->seed,
	};
	const char **tools;
	size_t i;
	int err;

	err = run_dir_create(dir, o->name);
	if (err < 0)
		return err;
	r->dir = *dir;
	for (i = 0; i < r->plan->n_exps && !err; i++) {
		char *copy = xasprintf("experiments/%s.yaml", r->plan->exps[i]->name);

		err = run_dir_copy(r->dir, copy, r->plan->exps[i]->path);
		free(copy);
	}
	if (!err)
		err = copy_descriptions(r->dir);
	tools = tools_of(r->plan);
	env.tools = tools;
	if (!err)
		err = environment_write(r->loop, r->dir, &env);
	free(tools);
	if (!err)
		err = plan_write(r->plan, r->dir);
	if (!err)
		err = run_dir_set_latest(r->dir);
	return err;
}

/* A resumed run goes on with the accelerator that it began with. */
static int resume_accel(const char *dir, char **accel)
{
	const char *text;
	json_t *env;
	int err = run_dir_read_json(dir, "environment.json", &env);

	if (err < 0)
		return err;
	text = json_string_value(json_object_get(env, "accelerator"));
	*accel = text ? xstrdup(text) : NULL;
	json_decref(env);
	if (*accel)
		return 0;
	pr_err("%s/environment.json: no accelerator in it", dir);
	return -EINVAL;
}

static int resume_samples(struct runner *r)
{
	char *path = run_dir_path(r->dir, "samples.jsonl");
	int err = access(path, F_OK) == 0 ? samples_read(&r->done, path) : 0;

	free(path);
	return err;
}

static int measure(struct runner *r)
{
	char *path = run_dir_path(r->dir, "samples.jsonl");
	int err = sample_writer_open(&r->out, path);

	free(path);
	if (err < 0)
		return err;
	err = runner_run(r);
	sample_writer_close(r->out);
	return err;
}

static int start(const struct launch_options *o, struct plan *plan, struct launch_result *result)
{
	struct runner r = { .plan = plan };
	char *reason = NULL, *recorded = NULL;
	const char *wanted = o->accel;
	int err;

	err = loop_new(&r.loop);
	if (err < 0) {
		pr_err("event loop: %s", strerror(-err));
		return err;
	}
	if (o->resume) {
		r.dir = result->dir;
		err = resume_accel(r.dir, &recorded);
		wanted = recorded;
	}
	if (!err)
		err = accel_choose(r.loop, wanted, NULL, &r.accel, &reason);
	if (!err)
		pr_info("accelerator: %s (%s)", r.accel, reason ? reason : "as asked for");
	if (!err)
		err = o->resume ? resume_samples(&r) : prepare_folder(&r, o, reason, &result->dir);
	if (!err)
		err = measure(&r);
	result->interrupted = r.loop->interrupted;
	result->n_ok = r.n_ok;
	result->n_failed = r.n_failed;
	result->n_skipped = r.n_skipped;
	samples_free(&r.done);
	free(reason);
	free(recorded);
	loop_free(r.loop);
	return result->interrupted ? 0 : err;
}

int launch(const struct launch_options *o, struct launch_result *result)
{
	struct plan plan;
	int err;

	*result = (struct launch_result){ 0 };
	err = o->resume ? run_dir_find(&result->dir, o->resume) : 0;
	if (!err)
		err = o->resume ? plan_read(&plan, result->dir) : plan_new(&plan, o);
	if (err < 0)
		return err;
	result->quick = plan.quick;
	if (o->dry_run) {
		err = plan_print(&plan, o->accel, stdout);
	} else {
		err = o->resume ? 0 : run_dir_check_name(o->name);
		if (!err)
			err = check_host(&plan);
		if (!err)
			err = start(o, &plan, result);
	}
	plan_free(&plan);
	return err;
}
