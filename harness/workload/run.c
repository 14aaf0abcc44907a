// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of a workload: opened, set up, iterated, torn down, with nothing left behind. */
#include "workload/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

/* Below the range from which the kernel takes ports of its own (32768 on). */
#define FIRST_PORT 20000u

static void vlog(struct workload_run *run, const char *text)
{
	if (!run->log)
		return;
	fprintf(run->log, "[%9.3f] %s\n", (double)(now_us() - run->opened_us) / 1e6, text);
	fflush(run->log);
}

void workload_log(struct workload_run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(run->last_log, sizeof(run->last_log), fmt, ap);
	va_end(ap);
	vlog(run, run->last_log);
}

void workload_note(struct workload_run *run, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		vlog(run, text);
	free(text);
}

struct workload_run *workload_open_sides(const struct drivervm_workload *w, struct loop *loop,
					 struct workload_side *client, const char *client_address,
					 struct workload_side *peer, const char *peer_address,
					 const char *log_path)
{
	struct workload_run *run = xcalloc(1, sizeof(*run));
	const struct drivervm_option *o;
	size_t i;

	run->w = w;
	run->loop = loop;
	run->side[DRIVERVM_CLIENT] = client;
	run->side[DRIVERVM_PEER] = peer;
	run->address[DRIVERVM_CLIENT] = client_address ? xstrdup(client_address) : NULL;
	run->address[DRIVERVM_PEER] = peer_address ? xstrdup(peer_address) : NULL;
	run->env.ops = &workload_host_ops;
	run->env.harness = run;
	run->opened_us = now_us();
	run->next_port = FIRST_PORT;
	for (o = w->options; o && o->name; o++)
		run->n_options++;
	run->values = xcalloc(run->n_options, sizeof(*run->values));
	for (i = 0; i < run->n_options; i++)
		run->values[i] = xstrdup(w->options[i].def);
	if (log_path) {
		run->log = fopen(log_path, "ae");
		if (!run->log)
			pr_warning("%s: cannot be written (%m): %s runs without a log", log_path,
				   w->name);
	}
	return run;
}

/* A machine of the system's surroundings, if it has one, or the host's processes. */
static struct workload_side *peer_of(struct loop *loop, struct system *sys)
{
	struct vm *remote = system_remote(sys);

	return remote ? workload_side_vm("peer", remote) :
			workload_side_ns("peer", loop, system_peer_netns_fd(sys));
}

struct workload_run *workload_open(const struct drivervm_workload *w, struct loop *loop,
				   struct system *sys, const char *log_path)
{
	struct workload_run *run;

	run = workload_open_sides(w, loop, workload_side_vm("client", system_client(sys)),
				  system_client_address(sys), peer_of(loop, sys),
				  system_peer_address(sys), log_path);
	run->sys = sys;
	return run;
}

void workload_set(struct workload_run *run, const char *key, const char *value)
{
	size_t i;

	for (i = 0; i < run->n_options; i++) {
		if (!streq(run->w->options[i].name, key))
			continue;
		free(run->values[i]);
		run->values[i] = xstrdup(value);
		workload_note(run, "option %s = %s", key, value);
	}
}

static int check_tools(struct workload_run *run, enum drivervm_side where, char *reason,
		       size_t size)
{
	const char *const *tool = where == DRIVERVM_CLIENT ? run->w->client_tools :
							     run->w->peer_tools;
	struct workload_side *side = run->side[where];
	int err;

	for (; tool && *tool; tool++) {
		err = side->ops->has_tool(side, *tool);
		if (err == -ENOENT)
			snprintf(reason, size, "there is no %s at the %s", *tool, side->name);
		else if (err < 0)
			snprintf(reason, size, "cannot tell if there is a %s at the %s: %s", *tool,
				 side->name, strerror(-err));
		if (err < 0)
			return err;
	}
	return 0;
}

/* Begins a call into the plugin. */
static void call_begin(struct workload_run *run)
{
	run->broken = 0;
	run->last_log[0] = '\0';
}

/* Ends it: @err is what the plugin returned; whatever it says, a rule it broke is a failure. */
static int call_end(struct workload_run *run, const char *hook, int err)
{
	const char *dead = NULL;

	if (run->sys && system_check(run->sys, &dead) < 0) {
		workload_log(run, "%s() of %s: the VM %s has died", hook, run->w->name, dead);
		return -EPIPE;
	}
	if (run->broken && err >= 0)
		err = run->broken;
	if (err > 0) {
		workload_log(run, "%s() of %s returned %d: 0 or a negative errno expected", hook,
			     run->w->name, err);
		err = -EINVAL;
	}
	if (err < 0 && !run->last_log[0])
		workload_log(run, "%s() of %s failed: %s", hook, run->w->name, strerror(-err));
	return err;
}

/* Without a system there may be a network all the same: that of the sides. */
static bool has_class(const struct workload_run *run, const char *class)
{
	if (run->sys)
		return system_has_class(run->sys, class);
	return run->address[DRIVERVM_CLIENT] && run->address[DRIVERVM_PEER];
}

int workload_supported(struct workload_run *run, char *reason, size_t size)
{
	const char *const *class;
	int err;

	if (size)
		reason[0] = '\0';
	for (class = run->w->classes; class && *class; class ++) {
		if (has_class(run, *class))
			continue;
		snprintf(reason, size, "%s needs a device of class %s, the client has none",
			 run->w->name, *class);
		return -ENODEV;
	}
	err = check_tools(run, DRIVERVM_CLIENT, reason, size);
	if (!err)
		err = check_tools(run, DRIVERVM_PEER, reason, size);
	if (err || !run->w->supported)
		return err;
	call_begin(run);
	err = run->w->supported(&run->env, reason, size);
	err = call_end(run, "supported", err);
	if (err && size && !reason[0])
		snprintf(reason, size, "%s", run->last_log);
	return err;
}

int workload_stop_command(struct workload_run *run, int handle)
{
	struct workload_command *c;
	struct workload_side *side;
	char *output;

	if (handle < 1 || (size_t)handle > run->n_commands)
		return -ENOENT;
	c = &run->commands[handle - 1];
	if (c->stopped)
		return -ENOENT;
	side = run->side[c->side];
	side->ops->stop(side, c->handle, &output);
	workload_note(run, "%s: stopped: %s\n%s", side->name, c->line, output ? output : "");
	c->stopped = true;
	free(output);
	return 0;
}

static void kill_leftovers(struct workload_run *run)
{
	size_t i;

	for (i = 0; i < run->n_commands; i++) {
		workload_stop_command(run, (int)i + 1);
		free(run->commands[i].line);
	}
	free(run->commands);
	run->commands = NULL;
	run->n_commands = 0;
}

int workload_setup(struct workload_run *run)
{
	int err = 0;

	call_begin(run);
	if (run->w->setup)
		err = run->w->setup(&run->env, &run->state);
	run->is_set_up = err == 0;
	err = call_end(run, "setup", err);
	if (err < 0) {
		/* Its reason outlives what tearing down logs. */
		char reason[sizeof(run->last_log)];

		memcpy(reason, run->last_log, sizeof(reason));
		workload_teardown(run);
		memcpy(run->last_log, reason, sizeof(reason));
	}
	return err;
}

static void drop_samples(struct workload_run *run)
{
	size_t i;

	for (i = 0; i < run->n_samples; i++) {
		free((char *)run->samples[i].device);
		free((char *)run->samples[i].t);
		free((char *)run->samples[i].metric);
		free((char *)run->samples[i].unit);
	}
	free(run->samples);
	run->samples = NULL;
	run->n_samples = 0;
}

static bool has_main_metric(const struct workload_run *run)
{
	size_t i;

	for (i = 0; i < run->n_samples; i++)
		if (streq(run->samples[i].metric, run->w->metric) && !*run->samples[i].device &&
		    !*run->samples[i].t)
			return true;
	return false;
}

int workload_iterate(struct workload_run *run, workload_sample_fn fn, void *arg)
{
	size_t i;
	int err;

	call_begin(run);
	run->in_run = true;
	err = run->w->run(&run->env, run->state);
	run->in_run = false;
	err = call_end(run, "run", err);
	if (!err && !has_main_metric(run)) {
		workload_log(run, "run() of %s gave no sample of its main metric %s", run->w->name,
			     run->w->metric);
		err = -EINVAL;
	}
	for (i = 0; !err && i < run->n_samples; i++)
		fn(arg, &run->samples[i]);
	drop_samples(run);
	return err;
}

void workload_teardown(struct workload_run *run)
{
	if (run->is_set_up && run->w->teardown)
		run->w->teardown(&run->env, run->state);
	run->is_set_up = false;
	run->state = NULL;
	kill_leftovers(run);
}

const char *workload_last_log(const struct workload_run *run)
{
	return run->last_log;
}

void workload_close(struct workload_run *run)
{
	size_t i;

	if (!run)
		return;
	workload_teardown(run);
	for (i = 0; i < run->n_options; i++)
		free(run->values[i]);
	free(run->values);
	for (i = 0; i < ARRAY_SIZE(run->side); i++) {
		run->side[i]->ops->free(run->side[i]);
		free(run->address[i]);
	}
	if (run->log)
		fclose(run->log);
	free(run);
}
