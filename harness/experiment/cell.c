// SPDX-License-Identifier: GPL-2.0-or-later
/* Measuring one cell in a system that is up. */
#include "experiment/cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "experiment/private.h"
#include "results/run_dir.h"
#include "supervise/setting.h"

/* For an agent on a busy host to answer. */
#define PING_US (10 * USEC_PER_SEC)

/* Waits until what died has been replaced. 0, -EINTR, or -EPIPE with @why filled. */
static int settle(struct session *s, char *why, size_t size)
{
	char *reason = NULL;
	int err = s->supervisor ? recover_settle(s->supervisor, &reason) : 0;

	if (reason)
		snprintf(why, size, "%s", reason);
	free(reason);
	return err;
}

int session_check(struct session *s, char *why, size_t size)
{
	const char *vm;
	size_t i;

	if (settle(s, why, size) == -EPIPE)
		return -EPIPE;

	if (system_check(s->sys, &vm) < 0) {
		snprintf(why, size, "VM %s died", vm);
		return -EPIPE;
	}
	for (i = 0; i < system_n_vms(s->sys); i++) {
		struct vm *v = system_vm_at(s->sys, i);

		/* One of a fleet may be dead, or slow: that is what some experiments are about. */
		if (system_desc(s->sys)->vms[i].fleet || vm_ping(v, PING_US) == 0 ||
		    s->r->loop->interrupted)
			continue;
		snprintf(why, size, "VM %s does not answer any more", vm_spec(v)->name);
		return -EPIPE;
	}
	return 0;
}

/* "direction=send,mtu=1500.log": by name, since order differs from boot to boot. */
static char *log_path(const struct session *s, const struct cell *cell)
{
	char *name = cell_file_name(cell), *path;

	path = run_dir_path(s->log_dir, "%s.log", name[0] ? name : s->workload->name);
	free(name);
	return path;
}

/* Gives one setting to whoever it belongs to. */
static int apply(struct cell_run *c, const char *key, const char *value)
{
	char ignored[256];
	int err;

	if (workload_option_check(c->s->workload, key, value, ignored, sizeof(ignored)) !=
	    -ENOENT) {
		workload_set(c->run, key, value);
		return 0;
	}
	if (injection_check(key, value, ignored, sizeof(ignored)) != -ENOENT) {
		injection_set(&c->injection, key, value);
		return 0;
	}
	log_forget();
	err = system_set(c->s->sys, key, value);
	if (err < 0)
		snprintf(c->why, sizeof(c->why), "cannot set %s to %s: %s", key, value,
			 log_last_error()[0] ? log_last_error() : strerror(-err));
	return err;
}

static int apply_options(struct cell_run *c, const struct dimset *options)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < options->n && !err; i++) {
		char *key = xstrdup(options->v[i]);
		char *eq = strchr(key, '=');

		*eq = '\0';
		err = apply(c, key, eq + 1);
		free(key);
	}
	return err;
}

static int apply_all(struct cell_run *c)
{
	const struct experiment *exp = c->s->boot->exp;
	size_t i;
	int err = apply_options(c, &exp->options);

	for (i = 0; i < exp->n_when && !err; i++)
		if (when_holds(&exp->when[i], c->s->boot, c->cell))
			err = apply_options(c, &exp->when[i].options);
	for (i = 0; i < c->cell->n_dims && !err; i++) {
		const char *key = c->cell->dims[i].key;

		err = apply(c, key, axis_value_as(exp, key, c->cell->dims[i].value));
	}
	return err;
}

/* The same in a run that is resumed, and another one in each cell. */
static uint64_t seed_of(const struct cell_run *c)
{
	uint64_t seed = c->s->r->plan->seed + c->s->boot->invocation;
	char *name = cell_file_name(c->cell), *p;

	for (p = name; *p; p++)
		seed = seed * 31 + (unsigned char)*p;
	free(name);
	return seed;
}

int cell_open(struct cell_run *c, struct session *s, const struct cell *cell)
{
	char *path = log_path(s, cell);
	int err;

	*c = (struct cell_run){ .s = s, .cell = cell };
	c->run = workload_open(s->workload, s->r->loop, s->sys, path);
	free(path);
	injection_init(&c->injection);
	err = apply_all(c);
	if (err < 0)
		return err;
	err = workload_supported(c->run, c->why, sizeof(c->why));
	if (err == -EINTR || err == -EPIPE)
		return err;
	if (err < 0)
		return -EOPNOTSUPP;
	err = injection_open(&c->injection, s->r->loop, s->sys, s->supervisor, s->workload->classes,
			     seed_of(c), c->why, sizeof(c->why));
	if (err < 0)
		return err;
	err = workload_setup(c->run);
	if (err < 0)
		snprintf(c->why, sizeof(c->why), "setup: %s",
			 workload_last_log(c->run)[0] ? workload_last_log(c->run) : strerror(-err));
	return err;
}

static void on_sample(void *arg, const struct workload_sample *sample)
{
	readings_add_sample(arg, sample);
}

static void on_meter(void *arg, const char *metric, const char *unit, double value, const char *vm,
		     const char *thread)
{
	readings_add(arg, metric, unit, value, vm, thread);
}

/* Of the whole system: no VM's. */
static void on_budget(void *arg, const char *metric, const char *unit, double value, const char *vm,
		      const char *thread)
{
	(void)vm;
	readings_add(arg, metric, unit, value, "", thread);
}

/* With the faults that are to happen meanwhile. 0, or a negative errno with c->why filled. */
static int run_workload(struct cell_run *c, struct readings *out)
{
	const char *log;
	int err, missed;

	injection_start(&c->injection);
	err = workload_iterate(c->run, on_sample, out);
	missed = injection_stop(&c->injection, c->why, sizeof(c->why));
	if (err < 0) {
		log = workload_last_log(c->run);
		snprintf(c->why, sizeof(c->why), "%s", log[0] ? log : strerror(-err));
	}
	return err ? err : missed;
}

/*
 * Before the meters ask the VMs, so that none of them is being replaced then. If something, @err,
 * has gone wrong already, that is what is told.
 */
static int settle_after(struct cell_run *c, int err)
{
	char why[sizeof(c->why)] = "";
	int settled = settle(c->s, why, sizeof(why));

	if (!err && settled)
		memcpy(c->why, why, sizeof(why));
	return err ? err : settled;
}

int cell_iterate(struct cell_run *c, struct readings *out)
{
	const char *metric = c->s->workload->metric;
	int err;

	if (c->s->meters)
		meters_start(c->s->meters);
	err = run_workload(c, out);
	err = settle_after(c, err);
	if (c->s->meters)
		meters_stop(c->s->meters, on_meter, out);
	if (!err && !readings_find(out, metric, "", "")) {
		snprintf(c->why, sizeof(c->why), "the workload gave no %s", metric);
		return -ENODATA;
	}
	if (err < 0)
		return err;
	injection_readings(&c->injection, out);
	system_budget_stats(c->s->sys, on_budget, out);
	readings_derive(out, (unsigned int)sysconf(_SC_NPROCESSORS_ONLN));
	readings_fold(out);
	return 0;
}

void cell_close(struct cell_run *c)
{
	if (!c->run)
		return;
	injection_close(&c->injection);
	workload_teardown(c->run);
	workload_close(c->run);
	c->run = NULL;
}
