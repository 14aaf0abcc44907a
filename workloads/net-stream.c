// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bulk TCP: how much of it gets through. nuttcp (the successor of TTCP) or iperf3, in either
 * direction; what counts is what arrived at the receiver.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivervm_workload.h"

#define START_MS 10000 /* for a server to listen */
#define GRACE_MS 20000 /* a tool may take that much longer than the transfer */

struct stream {
	int server; /* handle, 0: not running */
	unsigned int control_port;
	unsigned int data_port; /* nuttcp only */
};

/* One measured transfer. */
struct transfer {
	double bits_per_second;
	double bytes;
	double retransmits; /* negative: the tool did not say */
};

static const char *const directions[] = { "send", "receive", NULL };
static const char *const tools[] = { "nuttcp", "iperf3", NULL };

static const char *const classes[] = { "net", NULL };

static const struct drivervm_option options[] = {
	{ .name = "direction",
	  .help = "of the data, as the client sees it: send or receive",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .def = "send",
	  .choices = directions },
	{ .name = "tool",
	  .help = "what sends and receives: nuttcp or iperf3",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .def = "nuttcp",
	  .choices = tools },
	{ .name = "duration_ms",
	  .help = "of one transfer, milliseconds (iperf3: rounded up to seconds)",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "5000",
	  .min = 200,
	  .max = 3600000 },
	{ .name = "buffer",
	  .help = "bytes given to each write and read",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "131072",
	  .min = 1,
	  .max = 1048576 },
	{ .name = "window",
	  .help = "bytes of socket buffer; 0: the kernel decides",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "0",
	  .max = 1u << 30 },
	{ .name = NULL },
};

static int is_iperf3(struct drivervm_env *env)
{
	return strcmp(env->ops->option(env, "tool"), "iperf3") == 0;
}

static int server_start(struct drivervm_env *env, struct stream *s)
{
	const struct drivervm_host_ops *ops = env->ops;
	char port[16];
	const char *const nuttcp[] = { "nuttcp", "-S", "--nofork", "-P", port, NULL };
	const char *const iperf3[] = { "iperf3", "-s", "-p", port, NULL };
	int control, data, err;

	s->server = 0;
	control = ops->free_port(env, DRIVERVM_PEER, DRIVERVM_TCP);
	if (control < 0)
		return control;
	data = ops->free_port(env, DRIVERVM_PEER, DRIVERVM_TCP);
	if (data < 0)
		return data;
	s->control_port = (unsigned int)control;
	s->data_port = (unsigned int)data;
	snprintf(port, sizeof(port), "%d", control);
	s->server = ops->peer_start(env, is_iperf3(env) ? iperf3 : nuttcp);
	if (s->server < 0)
		return s->server;
	err = ops->wait_port(env, DRIVERVM_PEER, DRIVERVM_TCP, s->control_port, START_MS);
	if (err < 0) {
		ops->stop(env, s->server);
		s->server = 0;
	}
	return err;
}

static int stream_setup(struct drivervm_env *env, void **state)
{
	struct stream *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = server_start(env, s);
	if (err < 0) {
		free(s);
		return err;
	}
	*state = s;
	return 0;
}

/* Value of "key=" in nuttcp's line of such words; 0 or -ENOENT, -EINVAL. */
static int parse_key(const char *line, const char *key, double *value)
{
	size_t len = strlen(key);
	const char *p = line;
	char *end;

	while ((p = strstr(p, key))) {
		if ((p == line || strchr(" \n", p[-1])) && p[len] == '=') {
			*value = strtod(p + len + 1, &end);
			return end > p + len + 1 && *value >= 0 ? 0 : -EINVAL;
		}
		p += len;
	}
	return -ENOENT;
}

static int nuttcp_parse(const char *text, struct transfer *t)
{
	double mbit, mib;

	if (parse_key(text, "rate_Mbps", &mbit) < 0 || parse_key(text, "megabytes", &mib) < 0)
		return -EINVAL;
	if (parse_key(text, "retrans", &t->retransmits) < 0)
		t->retransmits = -1;
	t->bits_per_second = mbit * 1e6;
	t->bytes = mib * 1048576; /* nuttcp's megabyte has 2^20 bytes, its megabit 10^6 bits */
	return 0;
}

static int nuttcp_run(struct drivervm_env *env, struct stream *s, uint64_t ms, char **output)
{
	const struct drivervm_host_ops *ops = env->ops;
	uint64_t window = ops->option_uint(env, "window");
	char control[16], data[16], length[32], seconds[32], win[32];
	const char *argv[14];
	size_t n = 0;

	snprintf(control, sizeof(control), "%u", s->control_port);
	snprintf(data, sizeof(data), "%u", s->data_port);
	snprintf(length, sizeof(length), "-l%" PRIu64, ops->option_uint(env, "buffer"));
	snprintf(seconds, sizeof(seconds), "-T%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
	snprintf(win, sizeof(win), "-w%" PRIu64, (window + 1023) / 1024);
	argv[n++] = "nuttcp";
	argv[n++] = strcmp(ops->option(env, "direction"), "send") == 0 ? "-t" : "-r";
	argv[n++] = "-fparse";
	argv[n++] = "-P";
	argv[n++] = control;
	argv[n++] = "-p";
	argv[n++] = data;
	argv[n++] = length;
	argv[n++] = seconds;
	if (window)
		argv[n++] = win;
	argv[n++] = ops->peer_address(env);
	argv[n] = NULL;
	return ops->client_exec(env, argv, (unsigned int)ms + GRACE_MS, output);
}

static int iperf3_parse(struct drivervm_env *env, const char *text, struct transfer *t)
{
	const char *error = NULL;
	json_error_t where;
	json_t *root;
	int err;

	root = json_loads(text, 0, &where);
	if (!root) {
		env->ops->log(env, "iperf3 printed no JSON: line %d: %s", where.line, where.text);
		return -EINVAL;
	}
	t->retransmits = -1;
	err = json_unpack(root, "{s:{s:{s:F,s:F}}}", "end", "sum_received", "bits_per_second",
			  &t->bits_per_second, "bytes", &t->bytes);
	/* Sent by the peer or without TCP's help, there may be no such number. */
	json_unpack(root, "{s:{s:{s:F}}}", "end", "sum_sent", "retransmits", &t->retransmits);
	json_unpack(root, "{s:s}", "error", &error);
	if (error)
		env->ops->log(env, "iperf3: %s", error);
	else if (err < 0)
		env->ops->log(env, "iperf3's JSON has no sum_received");
	json_decref(root);
	return err < 0 || error ? -EINVAL : 0;
}

static int iperf3_run(struct drivervm_env *env, struct stream *s, uint64_t ms, char **output)
{
	const struct drivervm_host_ops *ops = env->ops;
	uint64_t window = ops->option_uint(env, "window");
	char port[16], length[32], seconds[32], win[32];
	const char *argv[16];
	size_t n = 0;

	ms = (ms + 999) / 1000 * 1000;
	snprintf(port, sizeof(port), "%u", s->control_port);
	snprintf(length, sizeof(length), "%" PRIu64, ops->option_uint(env, "buffer"));
	snprintf(seconds, sizeof(seconds), "%" PRIu64, ms / 1000);
	snprintf(win, sizeof(win), "%" PRIu64, window);
	argv[n++] = "iperf3";
	argv[n++] = "--json";
	argv[n++] = "-c";
	argv[n++] = ops->peer_address(env);
	argv[n++] = "-p";
	argv[n++] = port;
	argv[n++] = "-t";
	argv[n++] = seconds;
	argv[n++] = "-l";
	argv[n++] = length;
	if (window) {
		argv[n++] = "-w";
		argv[n++] = win;
	}
	if (strcmp(ops->option(env, "direction"), "receive") == 0)
		argv[n++] = "-R";
	argv[n] = NULL;
	return ops->client_exec(env, argv, (unsigned int)ms + GRACE_MS, output);
}

static int measure(struct drivervm_env *env, struct stream *s, struct transfer *t)
{
	uint64_t ms = env->ops->option_uint(env, "duration_ms");
	char *output = NULL;
	int err;

	if (is_iperf3(env)) {
		err = iperf3_run(env, s, ms, &output);
		/* On failure too, JSON with the reason in it. */
		if (err >= 0 && output && (iperf3_parse(env, output, t) < 0 || err > 0))
			err = -EIO;
	} else {
		err = nuttcp_run(env, s, ms, &output);
		if (err > 0) {
			err = -EIO;
		} else if (err == 0 && nuttcp_parse(output, t) < 0) {
			env->ops->log(env, "nuttcp printed no rate: %.100s", output);
			err = -EIO;
		}
	}
	free(output);
	return err;
}

static int stream_run(struct drivervm_env *env, void *state)
{
	const struct drivervm_host_ops *ops = env->ops;
	struct transfer t = { 0 };
	struct stream *s = state;
	int err;

	/* A server whose last client failed may still wait for it. */
	if (s->server <= 0) {
		err = server_start(env, s);
		if (err < 0)
			return err;
	}
	err = measure(env, s, &t);
	if (err < 0) {
		ops->stop(env, s->server);
		s->server = 0;
		return err;
	}
	if (t.bytes <= 0) {
		ops->log(env, "nothing was transferred");
		return -EIO;
	}
	ops->sample(env, "throughput", "bit/s", t.bits_per_second);
	ops->sample(env, "transferred", "B", t.bytes);
	if (t.retransmits >= 0)
		ops->sample(env, "retransmits", "1", t.retransmits);
	return 0;
}

static void stream_teardown(struct drivervm_env *env, void *state)
{
	struct stream *s = state;

	if (s->server > 0)
		env->ops->stop(env, s->server);
	free(s);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.classes = classes,
	.name = "net-stream",
	.summary = "bulk TCP between the client and the peer (nuttcp, iperf3)",
	.options = options,
	.metric = "throughput",
	.client_tools = tools,
	.peer_tools = tools,
	.setup = stream_setup,
	.run = stream_run,
	.teardown = stream_teardown,
};
