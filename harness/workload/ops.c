// SPDX-License-Identifier: GPL-2.0-or-later
/* What the harness does for a plugin: the host ops of drivervm_workload.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/argv.h"
#include "core/util.h"
#include "workload/ports.h"
#include "workload/run.h"

#define POLL_US (20 * USEC_PER_MSEC)
#define PORT_TRIES 1000

static struct workload_run *to_run(struct drivervm_env *env)
{
	return env->harness;
}

static const char *op_option(struct drivervm_env *env, const char *name)
{
	struct workload_run *run = to_run(env);
	size_t i;

	for (i = 0; i < run->n_options; i++)
		if (streq(run->w->options[i].name, name))
			return run->values[i];
	workload_log(run, "%s asked for an option that it does not declare: %s", run->w->name,
		     name);
	run->broken = -EINVAL;
	return "";
}

static uint64_t op_option_uint(struct drivervm_env *env, const char *name)
{
	return strtoull(op_option(env, name), NULL, 10);
}

static const char *op_client_address(struct drivervm_env *env)
{
	return to_run(env)->address[DRIVERVM_CLIENT];
}

static const char *op_peer_address(struct drivervm_env *env)
{
	return to_run(env)->address[DRIVERVM_PEER];
}

static const char *op_device_path(struct drivervm_env *env, const char *class)
{
	struct workload_run *run = to_run(env);

	return run->sys ? system_device_path(run->sys, class) : NULL;
}

static int op_device(struct drivervm_env *env, const char *class, unsigned int index,
		     struct drivervm_device *device)
{
	struct workload_run *run = to_run(env);
	struct system_device found;

	if (!run->sys || !system_client_device(run->sys, class, index, &found))
		return -ENOENT;
	*device = (struct drivervm_device){
		.name = found.name,
		.path = found.path,
		.client_address = found.client_address,
		.peer_address = found.peer_address,
		.peer_path = found.peer_path,
	};
	return 0;
}

/* Who asked, and what is done with an answer. */
struct asking {
	struct workload_run *run;
	void (*fn)(void *arg, const struct drivervm_answer *answer);
	void *arg;
};

static void on_answer(void *arg, const char *device, const char *why)
{
	const struct asking *a = arg;
	const struct drivervm_answer answer = {
		.device = device,
		.driver = system_driver(a->run->sys, device),
		.why = why,
	};

	workload_note(a->run, "%s (%s): %s", device, answer.driver, why ? why : "answers");
	a->fn(a->arg, &answer);
}

static int op_ask(struct drivervm_env *env,
		  void (*fn)(void *arg, const struct drivervm_answer *answer), void *arg)
{
	struct asking a = { .run = to_run(env), .fn = fn, .arg = arg };
	int err = a.run->sys ? system_ask_devices(a.run->sys, on_answer, &a) : -ENOENT;

	if (err < 0)
		workload_log(a.run, "the devices cannot be asked: %s", strerror(-err));
	return err;
}

static char *quote(const char *const *argv)
{
	struct argv a = { 0 };
	char *line;

	argv_add_all(&a, argv);
	line = argv_quote(&a);
	argv_free(&a);
	return line;
}

/* The last line of @text that is not empty, into @buf. */
static const char *last_line(const char *text, char *buf, size_t size)
{
	size_t end = strlen(text), start;

	while (end > 0 && strchr(" \t\r\n", text[end - 1]))
		end--;
	for (start = end; start > 0 && text[start - 1] != '\n'; start--)
		;
	snprintf(buf, size, "%.*s", (int)(end - start), text + start);
	return buf;
}

static int exec_on(struct workload_run *run, enum drivervm_side where, const char *const *argv,
		   unsigned int timeout_ms, char **output)
{
	struct workload_side *side = run->side[where];
	uint64_t begin = now_us();
	char *line = quote(argv);
	char last[160];
	char *text;
	int err;

	err = side->ops->exec(side, argv, (uint64_t)timeout_ms * USEC_PER_MSEC, &text);
	workload_note(run, "%s: %s\n-> %d after %.3f s\n%s", side->name, line, err,
		      (double)(now_us() - begin) / 1e6, text ? text : "");
	if (err == -ETIMEDOUT)
		workload_log(run, "%s at the %s did not end within %u ms", argv[0], side->name,
			     timeout_ms);
	else if (err < 0)
		workload_log(run, "%s at the %s: %s", argv[0], side->name, strerror(-err));
	else if (err > 0)
		workload_log(run, "%s at the %s exited with %d: %s", argv[0], side->name, err,
			     last_line(text ? text : "", last, sizeof(last)));
	free(line);
	if (output)
		*output = text;
	else
		free(text);
	return err;
}

static int op_client_exec(struct drivervm_env *env, const char *const *argv,
			  unsigned int timeout_ms, char **output)
{
	return exec_on(to_run(env), DRIVERVM_CLIENT, argv, timeout_ms, output);
}

static int op_peer_exec(struct drivervm_env *env, const char *const *argv, unsigned int timeout_ms,
			char **output)
{
	return exec_on(to_run(env), DRIVERVM_PEER, argv, timeout_ms, output);
}

static int start_on(struct workload_run *run, enum drivervm_side where, const char *const *argv)
{
	struct workload_side *side = run->side[where];
	char *line = quote(argv);
	int handle;

	handle = side->ops->start(side, argv);
	if (handle < 0) {
		workload_log(run, "%s cannot be started at the %s: %s", argv[0], side->name,
			     strerror(-handle));
		free(line);
		return handle;
	}
	workload_note(run, "%s: started: %s", side->name, line);
	run->commands = xreallocarray(run->commands, run->n_commands + 1, sizeof(*run->commands));
	run->commands[run->n_commands++] = (struct workload_command){
		.handle = handle,
		.side = where,
		.line = line,
	};
	return (int)run->n_commands;
}

static int op_client_start(struct drivervm_env *env, const char *const *argv)
{
	return start_on(to_run(env), DRIVERVM_CLIENT, argv);
}

static int op_peer_start(struct drivervm_env *env, const char *const *argv)
{
	return start_on(to_run(env), DRIVERVM_PEER, argv);
}

static int op_stop(struct drivervm_env *env, int handle)
{
	return workload_stop_command(to_run(env), handle);
}

static int op_free_port(struct drivervm_env *env, enum drivervm_side where,
			enum drivervm_proto proto)
{
	struct workload_run *run = to_run(env);
	int i, err;

	for (i = 0; i < PORT_TRIES; i++) {
		err = ports_used(run->side[where], proto, PORTS_ANY, run->next_port++);
		if (err < 0) {
			workload_log(run, "the ports of the %s cannot be read: %s",
				     run->side[where]->name, strerror(-err));
			return err;
		}
		if (err == 0)
			return (int)run->next_port - 1;
	}
	workload_log(run, "no port is free at the %s", run->side[where]->name);
	return -EADDRINUSE;
}

/* The first command left running at that side that has ended, or NULL. */
static const struct workload_command *ended_command(struct workload_run *run,
						    enum drivervm_side where)
{
	struct workload_side *side = run->side[where];
	size_t i;

	for (i = 0; i < run->n_commands; i++)
		if (!run->commands[i].stopped && run->commands[i].side == where &&
		    !side->ops->running(side, run->commands[i].handle))
			return &run->commands[i];
	return NULL;
}

static int op_wait_port(struct drivervm_env *env, enum drivervm_side where,
			enum drivervm_proto proto, unsigned int port, unsigned int timeout_ms)
{
	struct workload_run *run = to_run(env);
	uint64_t deadline = now_us() + (uint64_t)timeout_ms * USEC_PER_MSEC;
	const struct workload_command *ended;
	int err;

	for (;;) {
		err = ports_used(run->side[where], proto, PORTS_LISTENING, port);
		if (err > 0)
			return 0;
		ended = ended_command(run, where);
		if (err == 0 && ended) {
			workload_log(run, "ended at once: %s", ended->line);
			return -ECHILD;
		}
		if (err == 0 && now_us() >= deadline)
			err = -ETIMEDOUT;
		if (err == 0)
			err = loop_sleep(run->loop, POLL_US);
		if (err < 0)
			break;
	}
	workload_log(run, "waiting for %s port %u at the %s: %s",
		     proto == DRIVERVM_TCP ? "TCP" : "UDP", port, run->side[where]->name,
		     strerror(-err));
	return err;
}

static bool given_before(const struct workload_run *run, const struct workload_sample *s)
{
	const struct workload_sample *old;

	for (old = run->samples; old < run->samples + run->n_samples; old++)
		if (streq(old->metric, s->metric) && streq(old->device, s->device) &&
		    streq(old->t, s->t))
			return true;
	return false;
}

static const char *refuse_sample(const struct workload_run *run, const struct workload_sample *s)
{
	if (!run->in_run)
		return "samples belong into run()";
	if (!s->metric || !*s->metric ||
	    strspn(s->metric, "abcdefghijklmnopqrstuvwxyz0123456789_.") != strlen(s->metric))
		return "a metric is named in lower case with underscores";
	if (!s->unit || !*s->unit)
		return "a sample needs a unit";
	if (!isfinite(s->value))
		return "its value is not finite";
	if (given_before(run, s))
		return "it was given before in this iteration";
	return NULL;
}

static int take_sample(struct workload_run *run, const struct workload_sample *s)
{
	const char *why = refuse_sample(run, s);

	if (why) {
		workload_log(run, "sample %s of %s refused: %s", s->metric ? s->metric : "(none)",
			     run->w->name, why);
		run->broken = -EINVAL;
		return -EINVAL;
	}
	workload_note(run, "sample %s%s%s%s%s = %.9g %s", s->device, *s->device ? " " : "",
		      s->metric, *s->t ? " at " : "", s->t, s->value, s->unit);
	run->samples = xreallocarray(run->samples, run->n_samples + 1, sizeof(*run->samples));
	run->samples[run->n_samples++] = (struct workload_sample){
		.device = xstrdup(s->device),
		.t = xstrdup(s->t),
		.metric = xstrdup(s->metric),
		.unit = xstrdup(s->unit),
		.value = s->value,
	};
	return 0;
}

static int op_device_sample(struct drivervm_env *env, const char *device, const char *metric,
			    const char *unit, double value)
{
	return take_sample(to_run(env),
			   &(struct workload_sample){ device, "", metric, unit, value });
}

static int op_sample(struct drivervm_env *env, const char *metric, const char *unit, double value)
{
	return op_device_sample(env, "", metric, unit, value);
}

static int op_point(struct drivervm_env *env, double t, const char *metric, const char *unit,
		    double value)
{
	char text[32];

	/* A time that is none is as bad as a value that is none. */
	if (!isfinite(t))
		value = t;
	snprintf(text, sizeof(text), "%g", t);
	return take_sample(to_run(env), &(struct workload_sample){ "", text, metric, unit, value });
}

static void op_log(struct drivervm_env *env, const char *fmt, ...)
{
	char text[sizeof(to_run(env)->last_log)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	workload_log(to_run(env), "%s", text);
}

const struct drivervm_host_ops workload_host_ops = {
	.option = op_option,
	.option_uint = op_option_uint,
	.client_address = op_client_address,
	.peer_address = op_peer_address,
	.device_path = op_device_path,
	.device = op_device,
	.ask = op_ask,
	.client_exec = op_client_exec,
	.peer_exec = op_peer_exec,
	.client_start = op_client_start,
	.peer_start = op_peer_start,
	.stop = op_stop,
	.free_port = op_free_port,
	.wait_port = op_wait_port,
	.sample = op_sample,
	.device_sample = op_device_sample,
	.point = op_point,
	.log = op_log,
};
