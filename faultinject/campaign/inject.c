// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign from the request to its records. */
#include "faultinject/campaign/inject.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/paths.h"
#include "core/progress.h"
#include "core/util.h"
#include "experiment/launch.h"
#include "faultinject/campaign/estimate.h"
#include "faultinject/campaign/pool.h"
#include "results/environment.h"
#include "results/run_dir.h"
#include "supervise/supervisor.h"
#include "vm/accel.h"
#include "workload/workload.h"

static int new_run(struct campaign_run *run, const struct inject_options *o)
{
	int err = campaign_load(&run->campaign, o->campaign);

	if (err < 0)
		return err;
	if (o->quick)
		campaign_make_quick(run->campaign);
	if (o->trials)
		run->campaign->trials = o->trials;
	run->quick = o->quick;
	run->shard = o->shard;
	run->shards = o->shards ? o->shards : 1;
	run->single = o->single;
	run->trial = o->trial;
	run->seed = o->seed;
	if (run_n_trials(run) == 0) {
		pr_err("campaign %s has %zu trials (0 to %zu): none of them is left",
		       run->campaign->name, campaign_n_trials(run->campaign),
		       campaign_n_trials(run->campaign) - 1);
		return -EINVAL;
	}
	return o->have_seed ? 0 : new_seed(&run->seed);
}

int inject_prepare(struct campaign_run *run, const struct inject_options *o)
{
	int err;

	*run = (struct campaign_run){ 0 };
	err = o->resume ? campaign_run_open(run, o->resume) : new_run(run, o);
	if (!err)
		err = campaign_check(run->campaign);
	if (!err && !o->resume)
		err = run_dir_check_name(o->name);
	if (err < 0) {
		campaign_run_close(run);
		return err;
	}
	if (o->jobs || !run->jobs)
		run->jobs = o->jobs ? o->jobs : INJECT_JOBS;
	return 0;
}

/* How many trials of the run draw fault number @fault. */
static size_t count_draws(const struct campaign_run *run, unsigned int fault)
{
	size_t n = campaign_n_trials(run->campaign), i, count = 0;
	struct trial t;

	for (i = 0; i < n; i++) {
		if (!campaign_run_has(run, i))
			continue;
		trial_draw(&t, run->campaign, run->seed, i);
		count += t.fault == &run->campaign->faults[fault];
	}
	return count;
}

void inject_print_plan(const struct campaign_run *run)
{
	const struct campaign *c = run->campaign;
	char time[64];
	unsigned int i;

	printf("%s: %s\n", c->name, c->title);
	printf("%zu of %zu trials, seed %" PRIu64 ", %u worker%s, about %s\n", run_n_trials(run),
	       campaign_n_trials(c), run->seed, run->jobs, run->jobs == 1 ? "" : "s",
	       duration_text((uint64_t)(run_seconds(run, 0) * USEC_PER_SEC), time, sizeof(time)));
	printf("\ntargets\n");
	for (i = 0; i < c->n_used; i++)
		printf("  %-20s %s, driver %s, load %s\n", c->targets[i].name, c->targets[i].system,
		       c->targets[i].driver, c->targets[i].workload);
	printf("\nfaults\n");
	for (i = 0; i < c->n_faults; i++)
		printf("  %-20s %6zu trials  %s\n", c->faults[i].fault, count_draws(run, i),
		       c->faults[i].model->summary);
}

/* Everything that can be seen to be missing before a folder is made. */
static int check_host(const struct campaign_run *run)
{
	const struct campaign *c = run->campaign;
	const struct drivervm_workload *w;
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->n_used && !err; i++) {
		struct system_options opt = {
			.driver = c->targets[i].driver,
			.origin = supervise_strategy_origin(c->strategy),
			.boot_named = true,
		};
		struct system_desc *desc;

		err = workload_find(&w, c->targets[i].workload);
		if (!err)
			err = subject_load_system(w, c->targets[i].system, &desc);
		if (err)
			break;
		err = subject_check_host(desc, &opt);
		system_desc_free(desc);
	}
	return err;
}

static int copy_descriptions(const struct campaign_run *run)
{
	char *name = xasprintf("%s.yaml", run->campaign->name);
	char *manifest = path_in_tree("build/images/manifest.json");
	int err = run_dir_copy(run->dir, name, run->campaign->path);

	if (!err)
		err = run_dir_copy(run->dir, "manifest.json", manifest);
	free(manifest);
	free(name);
	return err;
}

/* As part of another run, or a run of its own. */
static int choose_folder(struct campaign_run *run, const struct inject_options *o)
{
	char *logs;
	int err;

	if (!o->within)
		return run_dir_create(&run->dir, o->name);
	run->dir = campaign_dir_within(o->within, run->campaign->name);
	logs = run_dir_path(run->dir, "logs");
	err = mkdir_p(logs);
	if (err)
		pr_err("%s: %s", logs, strerror(-err));
	free(logs);
	return err;
}

static int make_folder(struct campaign_run *run, struct loop *loop, const struct inject_options *o,
		       const char *reason)
{
	const char *const none[] = { NULL };
	const struct environment env = {
		.accel = run->accel,
		.accel_reason = reason,
		.seed = run->seed,
		.tools = none,
	};
	int err = choose_folder(run, o);

	if (!err)
		err = copy_descriptions(run);
	if (!err)
		err = environment_write(loop, run->dir, &env);
	if (!err)
		err = campaign_run_write(run);
	if (!err && !o->within)
		err = run_dir_set_latest(run->dir);
	return err;
}

/* The one that the run began with, or else the one asked for. */
static int choose_accel(struct campaign_run *run, struct loop *loop, const char *wanted,
			char **reason)
{
	const char *accel;
	int err = accel_choose(loop, run->accel ? run->accel : wanted, NULL, &accel, reason);

	if (err < 0)
		return err;
	pr_info("accelerator: %s (%s)", accel, *reason ? *reason : "as asked for");
	if (!run->accel)
		run->accel = xstrdup(accel);
	return 0;
}

static int carry_out(struct campaign_run *run, struct loop *loop)
{
	struct records records;
	int err = records_read(&records, run->dir);

	if (err < 0)
		return err;
	err = pool_run(loop, run, &records);
	records_free(&records);
	return err;
}

int inject_carry_out(struct campaign_run *run, const struct inject_options *o)
{
	char *reason = NULL;
	struct loop *loop;
	int err = check_host(run);

	if (err < 0)
		return err;
	err = loop_new(&loop);
	if (err < 0) {
		pr_err("event loop: %s", strerror(-err));
		return err;
	}
	err = choose_accel(run, loop, o->accel, &reason);
	if (!err && !run->dir)
		err = make_folder(run, loop, o, reason);
	if (!err)
		err = carry_out(run, loop);
	if (loop->interrupted)
		err = -EINTR;
	free(reason);
	loop_free(loop);
	return err;
}
