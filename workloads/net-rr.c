// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Request and response: how long a small message takes to the peer and back, one at a time.
 * sockperf's ping-pong; the whole round trip, not the half of it that sockperf shows by itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivervm_workload.h"

#define START_MS 10000 /* for a server to listen */
#define GRACE_MS 20000 /* sockperf may take that much longer than the exchange */
#define UNCOUNTED_MS 450 /* what sockperf leaves out at both ends of its run */

struct rr {
	int server; /* handle, 0: not running */
	unsigned int port;
};

static const char *const protocols[] = { "udp", "tcp", NULL };
static const char *const tools[] = { "sockperf", NULL };

static const char *const classes[] = { "net", NULL };

static const struct drivervm_option options[] = {
	{ .name = "protocol",
	  .help = "udp or tcp",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .def = "udp",
	  .choices = protocols },
	{ .name = "size",
	  .help = "of a message, bytes of payload",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "64",
	  .min = 14, /* sockperf's header */
	  .max = 65000 },
	{ .name = "duration_ms",
	  .help = "of what counts in one iteration, milliseconds (rounded up to seconds)",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "5000",
	  .min = 500,
	  .max = 3600000 },
	{ .name = NULL },
};

/* Metrics, where sockperf's output has them: after @before, the number follows. */
static const struct {
	const char *metric;
	const char *unit;
	const char *before;
} wanted[] = {
	{ "rtt_median", "us", "percentile 50.000 =" },
	{ "rtt_p90", "us", "percentile 90.000 =" },
	{ "rtt_p99", "us", "percentile 99.000 =" },
	{ "rtt_p999", "us", "percentile 99.900 =" },
	{ "rtt_mean", "us", "avg-rtt=" },
	{ "count", "1", "ReceivedMessages=" }, /* of the valid duration: the last one */
	{ "dropped", "1", "# dropped messages = " },
};

static int is_tcp(struct drivervm_env *env)
{
	return strcmp(env->ops->option(env, "protocol"), "tcp") == 0;
}

static int server_start(struct drivervm_env *env, struct rr *rr)
{
	const struct drivervm_host_ops *ops = env->ops;
	enum drivervm_proto proto = is_tcp(env) ? DRIVERVM_TCP : DRIVERVM_UDP;
	char port[16];
	const char *const argv[] = {
		"sockperf",
		"server",
		"-i",
		ops->peer_address(env),
		"-p",
		port,
		is_tcp(env) ? "--tcp" : NULL,
		NULL,
	};
	int free_port, err;

	rr->server = 0;
	free_port = ops->free_port(env, DRIVERVM_PEER, proto);
	if (free_port < 0)
		return free_port;
	rr->port = (unsigned int)free_port;
	snprintf(port, sizeof(port), "%u", rr->port);
	rr->server = ops->peer_start(env, argv);
	if (rr->server < 0)
		return rr->server;
	err = ops->wait_port(env, DRIVERVM_PEER, proto, rr->port, START_MS);
	if (err < 0) {
		ops->stop(env, rr->server);
		rr->server = 0;
	}
	return err;
}

static int rr_setup(struct drivervm_env *env, void **state)
{
	struct rr *rr = calloc(1, sizeof(*rr));
	int err;

	if (!rr)
		return -ENOMEM;
	err = server_start(env, rr);
	if (err < 0) {
		free(rr);
		return err;
	}
	*state = rr;
	return 0;
}

/* The number after the last occurrence of @before. */
static int number_after(const char *text, const char *before, double *value)
{
	const char *found = NULL, *p = text;
	char *end;

	while ((p = strstr(p, before))) {
		p += strlen(before);
		found = p;
	}
	if (!found)
		return -ENOENT;
	*value = strtod(found, &end);
	return end > found && *value >= 0 ? 0 : -EINVAL;
}

/*
 * sockperf times by the processor's time stamp counter, and ends its run by the kernel's clock: if
 * it has run for as long as it was told to by the one, it can be believed by the other. (Its
 * --no-rdtsc is no way out: version 3.7 then confuses the two clocks' rates.)
 */
static int check_clock(struct drivervm_env *env, const char *text, double seconds)
{
	double ran = 0;

	if (number_after(text, "[Total Run] RunTime=", &ran) == 0 && ran > seconds * 0.9 - 0.2 &&
	    ran < seconds * 1.1 + 0.2)
		return 0;
	env->ops->log(env, "sockperf's clock is wrong: it ran for %g s and counted %g s", seconds,
		      ran);
	return -EIO;
}

/* sockperf's own words on what went wrong, up to the end of the line; "" if it says nothing. */
static const char *complaint(const char *text, int *len)
{
	static const char *const marks[] = { "ERROR: ", "No messages", "No valid" };
	const char *found = "";
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]) && !*found; i++)
		if (strstr(text, marks[i]))
			found = strstr(text, marks[i]);
	*len = (int)strcspn(found, "\n\033");
	return found;
}

/* sockperf exits with 0 whatever happened: what it printed decides. */
static int report(struct drivervm_env *env, const char *text, double seconds)
{
	const struct drivervm_host_ops *ops = env->ops;
	double values[sizeof(wanted) / sizeof(wanted[0])];
	const char *why;
	size_t i;
	int len;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (number_after(text, wanted[i].before, &values[i]) == 0)
			continue;
		why = complaint(text, &len);
		ops->log(env, "sockperf gave no %s: %.*s", wanted[i].metric, len, why);
		return -EIO;
	}
	if (check_clock(env, text, seconds) < 0)
		return -EIO;
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ops->sample(env, wanted[i].metric, wanted[i].unit, values[i]);
	return 0;
}

static int exchange(struct drivervm_env *env, struct rr *rr)
{
	const struct drivervm_host_ops *ops = env->ops;
	uint64_t seconds = (ops->option_uint(env, "duration_ms") + UNCOUNTED_MS + 999) / 1000;
	char port[16], size[32], time[32];
	const char *const argv[] = {
		"sockperf", "ping-pong", "-i",	       ops->peer_address(env),
		"-p",	    port,	 "-m",	       size,
		"-t",	    time,	 "--full-rtt", is_tcp(env) ? "--tcp" : NULL,
		NULL
	};
	char *output = NULL;
	int err;

	snprintf(port, sizeof(port), "%u", rr->port);
	snprintf(size, sizeof(size), "%" PRIu64, ops->option_uint(env, "size"));
	snprintf(time, sizeof(time), "%" PRIu64, seconds);
	err = ops->client_exec(env, argv, (unsigned int)seconds * 1000 + GRACE_MS, &output);
	if (err > 0)
		err = -EIO;
	else if (err == 0)
		err = report(env, output, (double)seconds);
	free(output);
	return err;
}

static int rr_run(struct drivervm_env *env, void *state)
{
	struct rr *rr = state;
	int err;

	if (rr->server <= 0) {
		err = server_start(env, rr);
		if (err < 0)
			return err;
	}
	err = exchange(env, rr);
	if (err < 0) {
		/* A server whose client was killed in the middle is not to be trusted. */
		env->ops->stop(env, rr->server);
		rr->server = 0;
	}
	return err;
}

static void rr_teardown(struct drivervm_env *env, void *state)
{
	struct rr *rr = state;

	if (rr->server > 0)
		env->ops->stop(env, rr->server);
	free(rr);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.classes = classes,
	.name = "net-rr",
	.summary = "round trip of a small request and its response (sockperf)",
	.options = options,
	.metric = "rtt_median",
	.client_tools = tools,
	.peer_tools = tools,
	.setup = rr_setup,
	.run = rr_run,
	.teardown = rr_teardown,
};
