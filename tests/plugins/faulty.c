// SPDX-License-Identifier: GPL-2.0-or-later
/* A plugin that misbehaves as told, for tests of what the harness makes of it. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "drivervm_workload.h"

static const char *const faults[] = {
	"none",	      "half-way",     "silent",	      "nan",	     "infinite",   "twice",
	"no-metric",  "bad-metric",   "no-unit",      "undeclared",  "positive",   "hang",
	"exit-code",  "no-command",   "setup-sample", "setup-fail",  "setup-wait", "leave-running",
	"per-device", "device-twice", "curve",	      "point-twice", NULL,
};

static const struct drivervm_option options[] = {
	{ .name = "fault",
	  .help = "what to do wrong",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .def = "none",
	  .choices = faults },
	{ .name = "number",
	  .help = "10 to 20",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "15",
	  .min = 10,
	  .max = 20 },
	{ .name = "text", .help = "anything", .type = DRIVERVM_OPTION_STRING, .def = "" },
	{ .name = NULL },
};

/* The number is how the test finds the process. */
static const char *const sleeper[] = { "sleep", "86399", NULL };

static int is(struct drivervm_env *env, const char *fault)
{
	return strcmp(env->ops->option(env, "fault"), fault) == 0;
}

static int setup(struct drivervm_env *env, void **state)
{
	static const char *const at_once[] = { "true", NULL };
	int port;

	*state = (void *)(intptr_t)15;
	if (is(env, "leave-running"))
		return env->ops->peer_start(env, sleeper) > 0 ? 0 : -EIO;
	if (is(env, "setup-fail")) {
		env->ops->client_start(env, sleeper);
		env->ops->log(env, "the dog ate it");
		return -EIO;
	}
	if (is(env, "setup-wait")) {
		port = env->ops->free_port(env, DRIVERVM_PEER, DRIVERVM_UDP);
		if (port < 0 || env->ops->peer_start(env, at_once) < 0)
			return -EIO;
		return env->ops->wait_port(env, DRIVERVM_PEER, DRIVERVM_UDP, (unsigned int)port,
					   20000);
	}
	if (is(env, "setup-sample"))
		env->ops->sample(env, "value", "1", 1);
	return 0;
}

static int run_commands(struct drivervm_env *env)
{
	static const char *const fails[] = { "sh", "-c", "echo first; echo last words; exit 7",
					     NULL };
	static const char *const lacks[] = { "/no/such/command", NULL };

	if (is(env, "hang"))
		return env->ops->client_exec(env, sleeper, 100, NULL);
	if (is(env, "exit-code"))
		return env->ops->peer_exec(env, fails, 5000, NULL) == 7 ? -EIO : 0;
	if (is(env, "no-command"))
		return env->ops->peer_exec(env, lacks, 5000, NULL);
	return 0;
}

static int run(struct drivervm_env *env, void *state)
{
	const struct drivervm_host_ops *ops = env->ops;
	int err;

	if ((intptr_t)state != 15 || ops->option_uint(env, "number") < 10)
		return -EPROTO;
	err = run_commands(env);
	if (err < 0)
		return err;
	if (is(env, "undeclared"))
		ops->option(env, "nothing");
	if (!is(env, "no-metric"))
		ops->sample(env, "value", "1", 42);
	if (is(env, "twice"))
		ops->sample(env, "value", "1", 43);
	if (is(env, "per-device") || is(env, "device-twice")) {
		ops->device_sample(env, "disk0", "value", "1", 1);
		ops->device_sample(env, is(env, "per-device") ? "disk1" : "disk0", "value", "1", 2);
	}
	if (is(env, "curve") || is(env, "point-twice")) {
		ops->point(env, -10, "value", "1", 1);
		ops->point(env, is(env, "curve") ? 2.5 : -10, "value", "1", 2);
	}
	if (is(env, "nan"))
		ops->sample(env, "more", "1", NAN);
	if (is(env, "infinite"))
		ops->sample(env, "more", "1", -INFINITY);
	if (is(env, "bad-metric"))
		ops->sample(env, "More Or Less", "1", 1);
	if (is(env, "no-unit"))
		ops->sample(env, "more", NULL, 1);
	if (is(env, "half-way")) {
		ops->log(env, "ran out of steam");
		return -EIO;
	}
	if (is(env, "silent"))
		return -ENODATA;
	return is(env, "positive") ? 1 : 0;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "faulty",
	.summary = "misbehaves as told",
	.options = options,
	.metric = "value",
	.setup = setup,
	.run = run,
};
