// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A workload to copy: it pings the client from the peer and reports the round trip. Every hook is
 * here, each with a comment that says whether it is required. Copy it to workloads/NAME.c, change
 * .name to NAME, build with `make workloads`: the harness finds it by its place.
 * docs/writing-a-workload.md walks through it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivervm_workload.h"

/* Between two pings, seconds: the least that ping allows to ordinary users. */
#define PING_INTERVAL "0.2"
#define PING_INTERVAL_MS 200

/* Deadlines are long: under emulation everything may take ten times what you are used to. */
#define GRACE_MS 30000

/*
 * Optional. Options are declared, and the harness checks what users write against this before
 * anything starts: a name, a help line with the unit, a type, a default. They become axes or
 * constants of an experiment's description.
 */
static const struct drivervm_option options[] = {
	{ .name = "count",
	  .help = "pings in one iteration",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "10",
	  .min = 1,
	  .max = 10000 },
	{ .name = "size",
	  .help = "of a ping, bytes of payload",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "56",
	  .min = 16, /* less leaves no room for ping's time stamp, so no round trip */
	  .max = 65507 },
	{ .name = NULL },
};

/*
 * Optional. Commands that must be there; the harness looks and tells the user what is missing.
 * .client_tools lists those of the client image (vm-images/), .peer_tools those of the host.
 */
static const char *const peer_tools[] = { "ping", NULL };

/*
 * Optional. Classes of devices that it uses in the client: the systems it is measured on are
 * brought up with these alone.
 */
static const char *const classes[] = { "net", NULL };

/* What setup() leaves for run() and teardown(). A plugin has no global variables. */
struct skeleton {
	char count[24];
	char size[24];
	unsigned int timeout_ms;
};

/*
 * Optional. May it run in this system? Called once per system, before setup(). For what .classes
 * or a list of tools cannot say. 0, or a negative errno with a reason for the user, who then sees
 * the workload skipped and why.
 */
static int skeleton_supported(struct drivervm_env *env, char *reason, size_t size)
{
	if (env->ops->client_address(env))
		return 0;
	snprintf(reason, size, "there is no client to ping");
	return -ENODEV;
}

/*
 * Optional. Called once per set of option values, before its iterations: starts servers (see
 * net-stream.c: free_port(), peer_start(), wait_port()), makes files. If it fails, whatever it
 * had started is killed, and teardown() is not called.
 */
static int skeleton_setup(struct drivervm_env *env, void **state)
{
	const struct drivervm_host_ops *ops = env->ops;
	struct skeleton *s = calloc(1, sizeof(*s));
	uint64_t count = ops->option_uint(env, "count");

	if (!s)
		return -ENOMEM;
	snprintf(s->count, sizeof(s->count), "%" PRIu64, count);
	snprintf(s->size, sizeof(s->size), "%" PRIu64, ops->option_uint(env, "size"));
	s->timeout_ms = (unsigned int)count * PING_INTERVAL_MS + GRACE_MS;
	*state = s;
	return 0;
}

/* ping's last line: "rtt min/avg/max/mdev = 0.030/0.050/0.080/0.010 ms". */
static int parse(const char *text, unsigned int *received, double *average_ms)
{
	const char *packets = strstr(text, "packets transmitted, ");
	const char *rtt = strstr(text, "rtt min/avg/max/mdev = ");

	if (!packets || sscanf(packets, "packets transmitted, %u received", received) != 1)
		return -EINVAL;
	if (!rtt || sscanf(rtt, "rtt min/avg/max/mdev = %*f/%lf/", average_ms) != 1)
		return -EINVAL;
	return 0;
}

/*
 * Required. One iteration: puts the load on, turns what the tools print into samples. The meters
 * run around it, so what it need not do here it does in setup(). Check everything that a tool
 * prints: a workload that cannot tell fails, with a line that says why, and never guesses.
 */
static int skeleton_run(struct drivervm_env *env, void *state)
{
	const struct drivervm_host_ops *ops = env->ops;
	struct skeleton *s = state;
	const char *const argv[] = {
		"ping", "-n",	       "-q", "-c",    s->count,
		"-i",	PING_INTERVAL, "-s", s->size, ops->client_address(env),
		NULL,
	};
	unsigned int received;
	double average_ms;
	char *output;
	int err;

	/* An exit code other than 0 is logged by the harness, with the last line of the output. */
	err = ops->peer_exec(env, argv, s->timeout_ms, &output);
	if (err > 0) {
		err = -EIO;
	} else if (err == 0 && parse(output, &received, &average_ms) < 0) {
		/* The last line logged is the reason that the report shows. */
		ops->log(env, "ping printed no round trip");
		err = -EIO;
	}
	free(output);
	if (err < 0)
		return err;
	ops->sample(env, "rtt", "us", average_ms * 1000);
	ops->sample(env, "received", "1", received);
	return 0;
}

/*
 * Optional. Undoes setup(); called once if setup() succeeded, whatever run() did. What is left
 * running after it is killed by the harness.
 */
static void skeleton_teardown(struct drivervm_env *env, void *state)
{
	(void)env;
	free(state);
}

/* Required: the one symbol that the harness looks for. Comments there: drivervm_workload.h. */
extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI, /* required */
	.classes = classes,
	.name = "skeleton", /* required; as the file */
	.summary = "ping the client from the peer; a plugin to copy", /* required */
	.options = options,
	.metric = "rtt", /* required: a metric that run() always gives */
	.peer_tools = peer_tools,
	.supported = skeleton_supported,
	.setup = skeleton_setup,
	.run = skeleton_run, /* required */
	.teardown = skeleton_teardown,
};
