// SPDX-License-Identifier: GPL-2.0-or-later
/* A target, brought up and kept so from trial to trial. */
#include "faultinject/campaign/rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "faultinject/campaign/load.h"

/* For a driver VM to be replaced and what a strategy keeps ready to be there again. */
#define SETTLE_US (30 * USEC_PER_SEC)
/* For one iteration without a fault. */
#define ITERATION_US (60 * USEC_PER_SEC)
/* Iterations whose median is the baseline, and those before that are not measured. */
#define BASELINE_N 3
#define WARM_UP_N 1

int rig_init(struct rig *rig, struct loop *loop, const struct campaign *c,
	     const struct campaign_target *target, const char *accel, const char *run_dir,
	     const char *log_dir)
{
	*rig = (struct rig){
		.loop = loop,
		.campaign = c,
		.target = target,
		.accel = accel,
		.run_dir = run_dir,
		.log_dir = xstrdup(log_dir),
	};
	return workload_find(&rig->workload, target->workload);
}

/* Gives those to the workload that are its own, and others to the system. */
static int set_options(struct rig *rig)
{
	const struct dimset *options = &rig->target->options;
	char ignored[256];
	unsigned int i;
	int err = 0;

	for (i = 0; i < options->n && !err; i++) {
		const char *value = strchr(options->v[i], '=') + 1;
		char *key = xasprintf("%.*s", (int)(value - 1 - options->v[i]), options->v[i]);

		if (workload_option_check(rig->workload, key, value, ignored, sizeof(ignored)) == 0)
			workload_set(rig->run, key, value);
		else
			err = system_set(rig->sys, key, value);
		free(key);
	}
	return err;
}

/* @new: nothing is known yet of what the client can do. */
static int open_workload(struct rig *rig, bool new)
{
	char why[256] = "";
	int err = 0;

	/* Thousands of trials would fill the disk with what their tools print. */
	rig->run = workload_open(rig->workload, rig->loop, rig->sys, NULL);
	err = set_options(rig);
	if (!err && new)
		err = workload_supported(rig->run, why, sizeof(why));
	if (!err) {
		err = workload_setup(rig->run);
		snprintf(why, sizeof(why), "%s", workload_last_log(rig->run));
	}
	if (err < 0)
		pr_err("%s: workload %s: %s", rig->target->name, rig->workload->name,
		       why[0] ? why : strerror(-err));
	return err;
}

int rig_reopen_workload(struct rig *rig)
{
	workload_close(rig->run);
	return open_workload(rig, false);
}

static int measure_baseline(struct rig *rig)
{
	double values[BASELINE_N];
	uint64_t begun_us;
	struct load load;
	unsigned int i;
	int err = 0;

	for (i = 0; i < WARM_UP_N + BASELINE_N && !err; i++) {
		begun_us = now_us();
		err = load_once(&load, rig->loop, rig->run, rig->workload->metric,
				begun_us + ITERATION_US);
		if (i < WARM_UP_N)
			continue;
		values[i - WARM_UP_N] = load_value(&load);
		if (now_us() - begun_us > rig->iteration_us)
			rig->iteration_us = now_us() - begun_us;
	}
	if (!err)
		err = stats_median(values, BASELINE_N, &rig->baseline);
	if (err < 0 && err != -EINTR)
		pr_err("%s: workload %s fails without any fault: %s", rig->target->name,
		       rig->workload->name,
		       workload_last_log(rig->run)[0] ? workload_last_log(rig->run) :
							strerror(-err));
	return err;
}

static int find_device(struct rig *rig)
{
	struct system_device dev;

	if (rig->target->device)
		rig->device = xstrdup(rig->target->device);
	else if (system_client_device(rig->sys, rig->target->class, 0, &dev))
		rig->device = xstrdup(dev.name);
	if (rig->device)
		return 0;
	pr_err("%s: the client of system %s has no device of class %s", rig->target->name,
	       rig->target->system, rig->target->class);
	return -EINVAL;
}

/* Only what is reached by a link can be watched and replaced. */
static int open_supervisor(struct rig *rig)
{
	const struct supervise_options opt = { .strategy = rig->campaign->strategy };

	if (!system_link(rig->sys, rig->device))
		return 0;
	return supervisor_open(&rig->supervisor, rig->loop, rig->sys, &opt);
}

static int bring_up(struct rig *rig)
{
	struct system_options opt = {
		.driver = rig->target->driver,
		.origin = supervise_strategy_origin(rig->campaign->strategy),
		.boot_named = true,
		.accel = rig->accel,
		.log_dir = rig->log_dir,
	};
	int err = subject_load_system(rig->workload, rig->target->system, &rig->desc);

	if (!err && rig->desc->fleet)
		err = system_desc_apply(rig->desc, &opt);
	if (!err)
		err = system_up(&rig->sys, rig->loop, rig->desc, &opt);
	if (!err)
		err = find_device(rig);
	if (!err)
		err = open_supervisor(rig);
	if (!err && rig->supervisor)
		err = supervisor_settle(rig->supervisor, SETTLE_US);
	return err ? err : open_workload(rig, true);
}

int rig_up(struct rig *rig)
{
	int err = 0;

	if (rig->sys)
		return 0;
	err = bring_up(rig);
	if (!err && rig->baseline <= 0)
		err = measure_baseline(rig);
	if (err < 0)
		rig_down(rig);
	return err;
}

void rig_down(struct rig *rig)
{
	workload_close(rig->run);
	rig->run = NULL;
	supervisor_close(rig->supervisor);
	rig->supervisor = NULL;
	system_down(rig->sys);
	rig->sys = NULL;
	system_desc_free(rig->desc);
	rig->desc = NULL;
	free(rig->device);
	rig->device = NULL;
}

void rig_renew(struct rig *rig)
{
	int err = supervisor_replace(rig->supervisor, system_device_vm(rig->sys, rig->device));

	if (!err)
		err = supervisor_settle(rig->supervisor, SETTLE_US);
	if (err && err != -EINTR)
		pr_warning("%s: the driver VM is not well after it was replaced (%s): all of it is "
			   "brought up anew",
			   rig->target->name, strerror(-err));
	if (err)
		rig_down(rig);
}

void rig_free(struct rig *rig)
{
	rig_down(rig);
	free(rig->log_dir);
	*rig = (struct rig){ 0 };
}
