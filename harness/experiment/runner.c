// SPDX-License-Identifier: GPL-2.0-or-later
/* Carries out a plan. */
#include "experiment/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/progress.h"
#include "core/util.h"
#include "experiment/calibrate.h"
#include "experiment/cell.h"
#include "experiment/private.h"
#include "experiment/record.h"
#include "results/run_dir.h"
#include "status/status.h"
#include "supervise/setting.h"
#include "system/runtime.h"

/* " 10 clone" */
static void put_values(char *text, size_t size, const struct cell *cell)
{
	size_t used = 0, i;

	text[0] = '\0';
	for (i = 0; i < cell->n_dims && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, " %s", cell->dims[i].value);
}

static void say_where(const struct runner *r, const struct boot *b, const struct cell *cell)
{
	char with[128], at[128];

	put_values(with, sizeof(with), &b->with);
	put_values(at, sizeof(at), cell ? cell : &(struct cell){ 0 });
	progress_at(r->done_seconds, "%s %u/%u: %s%s%s", b->exp->name, b->invocation + 1,
		    b->exp->invocations, b->system, with, cell ? at : ", bringing it up");
}

static bool cell_done(const struct runner *r, const struct boot *b, const struct cell *cell)
{
	unsigned int i;

	for (i = 0; i < b->exp->iterations; i++)
		if (!record_has(r, b, cell, i))
			return false;
	return true;
}

static void report_failure(const struct boot *b, const char *why)
{
	pr_err("%s, invocation %u, %s: %s", b->exp->name, b->invocation, b->system, why);
}

/*
 * One recorded iteration. Returns 0 also when it failed but the system lives; -EPIPE when the
 * system does not.
 */
static int iterate(struct cell_run *c, unsigned int iteration)
{
	struct session *s = c->s;
	struct readings readings = { 0 };
	char dead[256];
	int err, lost;

	err = cell_iterate(c, &readings);
	if (s->r->loop->interrupted) {
		err = -EINTR;
	} else if (!err) {
		err = record_readings(s->r, s->boot, c->cell, iteration, &readings);
		s->r->n_ok++;
	} else {
		lost = session_check(s, dead, sizeof(dead));
		report_failure(s->boot, lost ? dead : c->why);
		s->r->n_failed++;
		err = record_failure(s->r, s->boot, c->cell, iteration, s->workload->metric,
				     lost ? dead : c->why, false);
		if (!err)
			err = lost;
	}
	readings_free(&readings);
	return err;
}

static int warm_up(struct cell_run *c)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->s->boot->exp->warmup && !err; i++) {
		struct readings ignored = { 0 };

		err = cell_iterate(c, &ignored);
		readings_free(&ignored);
	}
	return err;
}

/* Returns 0, -EPIPE (the system died; what is missing is recorded), -EINTR, or worse. */
static int run_cell(struct session *s, const struct cell *cell)
{
	unsigned int i, n = s->boot->exp->iterations;
	char dead[256] = "";
	struct cell_run c;
	int err, recorded, lost = 0;

	err = cell_open(&c, s, cell);
	if (!err)
		err = warm_up(&c);
	if (s->r->loop->interrupted) {
		err = -EINTR;
	} else if (err < 0) {
		if (err != -EOPNOTSUPP) {
			lost = session_check(s, dead, sizeof(dead));
			report_failure(s->boot, lost ? dead : c.why);
		}
		recorded = record_given_up(s->r, s->boot, cell, 0, s->workload->metric,
					   lost ? dead : c.why, err == -EOPNOTSUPP);
		err = recorded ? recorded : lost;
	} else {
		for (i = 0; i < n && !err; i++)
			if (!record_has(s->r, s->boot, cell, i))
				err = iterate(&c, i);
		if (err == -EPIPE) {
			session_check(s, dead, sizeof(dead));
			recorded = record_given_up(s->r, s->boot, cell, i, s->workload->metric,
						   dead, false);
			err = recorded ? recorded : err;
		}
	}
	cell_close(&c);
	return err;
}

static void print_counter(const char *name, uint64_t value, void *arg)
{
	fprintf(arg, "%s %ju\n", name, (uintmax_t)value);
}

/* The links' and drivers' counters at the end of a boot, for whoever asks where the time went. */
static void keep_counters(struct session *s)
{
	char *path = run_dir_path(s->log_dir, "counters.txt");
	FILE *out = fopen(path, "we");

	if (out) {
		system_counters(s->sys, print_counter, out);
		fclose(out);
	}
	free(path);
}

/* Cells in a system that is up; once it is dead, they fail without being tried. */
static int run_cells(struct session *s, struct runner *r)
{
	const struct boot *b = s->boot;
	char dead[256] = "";
	int err = 0, recorded;
	size_t i;

	for (i = 0; i < b->n_cells; i++) {
		say_where(r, b, &b->cells[i]);
		if (cell_done(r, b, &b->cells[i]))
			continue;
		if (err == -EPIPE)
			recorded = record_given_up(r, b, &b->cells[i], 0, s->workload->metric, dead,
						   false);
		else
			recorded = err = run_cell(s, &b->cells[i]);
		if (err == -EPIPE && !dead[0])
			session_check(s, dead, sizeof(dead));
		if (recorded && recorded != -EPIPE)
			return recorded;
		r->done_seconds += plan_cell_seconds(b, &b->cells[i]);
	}
	if (!err)
		keep_counters(s);
	return err == -EPIPE ? 0 : err;
}

static int measure_boot(struct session *s, struct runner *r)
{
	const struct experiment *exp = s->boot->exp;
	char *series = run_dir_path(s->log_dir, "series.csv");
	int err;

	err = record_bring_up(r, s->boot, system_up_us(s->sys));
	if (!err) {
		err = meters_open(&s->meters, r->loop, s->sys, series);
		if (err < 0)
			pr_err("meters: %s", strerror(-err));
	}
	if (!err)
		err = meters_add(s->meters, s->log_dir, (const char *const *)exp->meters,
				 exp->n_meters);
	if (!err)
		err = run_cells(s, r);
	if (s->meters)
		meters_close(s->meters);
	s->meters = NULL;
	free(series);
	return err;
}

static int open_system(struct session *s, const char *log_dir)
{
	struct system_options opt = {
		.accel = s->r->accel,
		.log_dir = log_dir,
	};
	int err = experiment_load_system(s->boot->exp, s->boot->system, &s->desc);

	if (!err)
		err = experiment_system_options(s->boot, s->desc, &opt);
	if (!err)
		err = system_up(&s->sys, s->r->loop, s->desc, &opt);
	if (!err)
		err = recover_open(&s->supervisor, s->r->loop, s->sys, boot_recover(s->boot));
	/* What cannot be looked at can be measured all the same. */
	if (!err && s->r->runtime)
		status_open(&s->status, s->r->loop, s->sys, s->r->runtime);
	return err;
}

int session_open(struct session *s, const char *log_dir)
{
	int err = workload_find(&s->workload, s->boot->exp->workload);

	s->log_dir = log_dir;
	if (err)
		return err;
	return s->shared ? mkdir_p(log_dir) : open_system(s, log_dir);
}

void session_close(struct session *s)
{
	status_close(s->status);
	s->status = NULL;
	recover_close(s->supervisor, s->sys);
	s->supervisor = NULL;
	system_down(s->sys);
	s->sys = NULL;
	if (s->desc)
		system_desc_free(s->desc);
	s->desc = NULL;
	s->shared = false;
}

/* "00-isolated-e1000", or "00-isolated-e1000-vms=10,boot=cold" */
static char *log_folder(const struct runner *r, const struct boot *b)
{
	char *with = cell_file_name(&b->with), *path;

	path = run_dir_path(r->dir, "logs/%s/%02u-%s-%s%s%s", b->exp->name, b->invocation,
			    b->system, b->driver_name, with[0] ? "-" : "", with);
	free(with);
	return path;
}

/* What is up for the boot before, if @b shares it and it is in order; else it is taken down. */
static void take_over(struct session *s, const struct boot *b)
{
	char why[256];

	s->shared = s->sys && boots_share(s->r->plan, s->boot, b) &&
		    session_check(s, why, sizeof(why)) == 0;
	if (!s->shared)
		session_close(s);
	s->boot = b;
}

/* @s: of the boot before, and left to that which follows. */
static int run_boot(struct session *s, const struct boot *b)
{
	struct runner *r = s->r;
	char *log_dir = log_folder(r, b);
	int err;

	take_over(s, b);
	say_where(r, b, NULL);
	log_forget();
	err = session_open(s, log_dir);
	if (!s->shared)
		r->done_seconds += plan_boot_seconds(b->exp, &b->with);
	if (!err) {
		err = measure_boot(s, r);
	} else if (r->loop->interrupted) {
		err = -EINTR;
	} else if (s->workload) {
		err = record_no_boot(r, b, s->workload->metric, err);
		r->done_seconds += plan_cells_seconds(b);
	}
	if (err || !s->sys)
		session_close(s);
	s->log_dir = NULL;
	free(log_dir);
	return err;
}

static bool boot_done(const struct runner *r, const struct boot *b)
{
	size_t i;

	for (i = 0; i < b->n_cells; i++)
		if (!cell_done(r, b, &b->cells[i]))
			return false;
	return true;
}

/*
 * Without its calibrated values an experiment has nothing to set: it fails as a whole. They are
 * measured in systems of their own.
 */
static int calibrate(struct session *s, struct experiment *exp)
{
	struct runner *r = s->r;
	char why[256];
	int err;

	if (exp->uncalibrated || !calibration_missing(exp))
		return 0;
	session_close(s);
	err = calibrate_experiment(r, exp, why, sizeof(why));
	if (!err)
		return plan_write(r->plan, r->dir);
	if (err == -EINTR)
		return err;
	pr_err("%s: calibration: %s", exp->name, why);
	exp->uncalibrated = true;
	return 0;
}

static int fail_boot(struct runner *r, const struct boot *b)
{
	const struct drivervm_workload *w;
	size_t i;
	int err = workload_find(&w, b->exp->workload);

	for (i = 0; i < b->n_cells && !err; i++)
		err = record_given_up(r, b, &b->cells[i], 0, w->metric, "calibration failed",
				      false);
	return err;
}

/* For the boots that share its system, too: it would have to be taken down for that. */
static int calibrate_for(struct session *s, size_t i)
{
	const struct plan *plan = s->r->plan;
	int err = calibrate(s, plan->boots[i].exp);

	while (!err && ++i < plan->n_boots && boot_is_shared(plan, i))
		if (!boot_done(s->r, &plan->boots[i]))
			err = calibrate(s, plan->boots[i].exp);
	return err;
}

static int run_or_fail_boot(struct session *s, size_t i)
{
	const struct boot *b = &s->r->plan->boots[i];
	int err = calibrate_for(s, i);

	if (err)
		return err;
	return b->exp->uncalibrated ? fail_boot(s->r, b) : run_boot(s, b);
}

/* What a boot that is done already would have taken. */
static double seconds_of(const struct runner *r, size_t i)
{
	const struct boot *b = &r->plan->boots[i];
	double cells = plan_cells_seconds(b);

	if (boot_is_shared(r->plan, i))
		return cells;
	return cells + plan_boot_seconds(b->exp, &b->with);
}

int runner_run(struct runner *r)
{
	struct session s = { .r = r };
	size_t i;
	int err = 0;

	/* On failure it stays NULL. */
	runtime_create(&r->runtime);
	progress_begin(r->plan->seconds);
	for (i = 0; i < r->plan->n_boots && !err; i++) {
		if (boot_done(r, &r->plan->boots[i]))
			r->done_seconds += seconds_of(r, i);
		else
			err = run_or_fail_boot(&s, i);
	}
	session_close(&s);
	progress_end();
	runtime_remove(r->runtime);
	r->runtime = NULL;
	return r->loop->interrupted ? -EINTR : err;
}
