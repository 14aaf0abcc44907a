// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is what was sent what arrives? A stream of numbers, no two alike, goes over TCP from the client
 * to the peer and then the other way (nuttcp, from pipe to pipe); its MD5 has to be that of what
 * was sent.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "drivervm_workload.h"

#define SETUP_MS 20000
#define LINE 8u /* bytes of a number with its newline */
#define FIRST 1000000u /* all have seven digits */
#define DIGEST 32u

struct verify {
	uint64_t bytes;
	char digest[DIGEST + 1]; /* MD5 of the stream, in hexadecimal */
	char source[64]; /* the command that gives the stream, the same at both ends */
};

static const char *const classes[] = { "net", NULL };
static const char *const client_tools[] = { "nuttcp", NULL };
static const char *const peer_tools[] = { "nuttcp", "md5sum", "seq", NULL };

static const struct drivervm_option options[] = {
	{ .name = "size",
	  .help = "of the stream, KiB",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "2048",
	  .min = 1,
	  .max = 65536 },
	{ .name = "timeout_ms",
	  .help = "for the stream to arrive, milliseconds",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "30000",
	  .min = 100,
	  .max = 3600000 },
	{ .name = NULL },
};

static int run_script(struct drivervm_env *env, enum drivervm_side side, const char *script,
		      unsigned int timeout_ms, char **output)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	if (side == DRIVERVM_CLIENT)
		return env->ops->client_exec(env, argv, timeout_ms, output);
	return env->ops->peer_exec(env, argv, timeout_ms, output);
}

static int make_stream(struct drivervm_env *env, struct verify *v)
{
	char script[160], *output = NULL;
	int err;

	v->bytes = env->ops->option_uint(env, "size") * 1024;
	snprintf(v->source, sizeof(v->source), "seq %u %" PRIu64, FIRST,
		 FIRST + v->bytes / LINE - 1);
	snprintf(script, sizeof(script), "%s | md5sum", v->source);
	err = run_script(env, DRIVERVM_PEER, script, SETUP_MS, &output);
	if (!err && (!output || strlen(output) < DIGEST))
		err = -EIO;
	if (!err)
		snprintf(v->digest, sizeof(v->digest), "%.*s", (int)DIGEST, output);
	free(output);
	/* Making it takes an emulated client longer than sending it. */
	snprintf(script, sizeof(script), "%s >/tmp/net-verify", v->source);
	if (!err)
		err = run_script(env, DRIVERVM_CLIENT, script, SETUP_MS, NULL);
	return err > 0 ? -EIO : err;
}

static int verify_setup(struct drivervm_env *env, void **state)
{
	struct verify *v = calloc(1, sizeof(*v));
	int err = v ? make_stream(env, v) : -ENOMEM;

	if (err < 0)
		free(v);
	else
		*state = v;
	return err;
}

/* Sends the stream, as soon as the other end is there to receive it; returns a handle. */
static int start_sender(struct drivervm_env *env, const struct verify *v, enum drivervm_side to,
			const char *nuttcp)
{
	char script[320];
	const char *const argv[] = { "sh", "-c", script, NULL };

	snprintf(script, sizeof(script),
		 "until %s | %s -t -s %s >/dev/null 2>&1; do sleep 0.02; done",
		 to == DRIVERVM_PEER ? "cat /tmp/net-verify" : v->source, nuttcp,
		 to == DRIVERVM_PEER ? env->ops->peer_address(env) : env->ops->client_address(env));
	if (to == DRIVERVM_CLIENT)
		return env->ops->peer_start(env, argv);
	return env->ops->client_start(env, argv);
}

/* The number that wc printed on a line of its own; 0: it did not. */
static uint64_t count_of(const char *said)
{
	const char *line;
	char *end;

	for (line = said; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		uint64_t n = strtoull(line, &end, 10);

		if (end > line && (*end == '\n' || !*end) && end - line < (int)DIGEST)
			return n;
	}
	return 0;
}

/* What wc and md5sum say of what arrived: 0, -EIO (not all of it), -EBADMSG (something else). */
static int check(struct drivervm_env *env, const struct verify *v, const char *said)
{
	if (!said || count_of(said) != v->bytes) {
		env->ops->log(env, "not all of the stream arrived: %.200s", said ? said : "");
		return -EIO;
	}
	if (strstr(said, v->digest))
		return 0;
	env->ops->log(env, "MD5 of what was sent: %s; of what came: %.200s", v->digest, said);
	return -EBADMSG;
}

static int pass(struct drivervm_env *env, const struct verify *v, enum drivervm_side to)
{
	const struct drivervm_host_ops *ops = env->ops;
	char nuttcp[64], script[200], *said = NULL;
	int control, data, sender, err;

	control = ops->free_port(env, to, DRIVERVM_TCP);
	data = control < 0 ? control : ops->free_port(env, to, DRIVERVM_TCP);
	if (data < 0)
		return data;
	snprintf(nuttcp, sizeof(nuttcp), "nuttcp -4 -P %d -p %d", control, data);
	sender = start_sender(env, v, to, nuttcp);
	if (sender < 0)
		return sender;
	snprintf(script, sizeof(script),
		 "{ { %s -r -s 2>/dev/null | tee /proc/self/fd/4 | md5sum >&3; } 4>&1 | wc -c; } "
		 "3>&1",
		 nuttcp);
	err = run_script(env, to, script, (unsigned int)ops->option_uint(env, "timeout_ms"), &said);
	ops->stop(env, sender);
	if (!err)
		err = check(env, v, said);
	free(said);
	return err > 0 ? -EIO : err;
}

static int verify_run(struct drivervm_env *env, void *state)
{
	const struct verify *v = state;
	double begin = now_s(), seconds;
	int err;

	err = pass(env, v, DRIVERVM_PEER);
	if (!err)
		err = pass(env, v, DRIVERVM_CLIENT);
	seconds = now_s() - begin;
	if (err < 0)
		return err;
	env->ops->sample(env, "throughput", "bit/s", 2 * 8 * (double)v->bytes / seconds);
	env->ops->sample(env, "verified", "B", 2 * (double)v->bytes);
	return 0;
}

static void verify_teardown(struct drivervm_env *env, void *state)
{
	(void)env;
	free(state);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.classes = classes,
	.name = "net-verify",
	.summary = "TCP between the client and the peer, both ways, with checksums (nuttcp)",
	.options = options,
	.metric = "throughput",
	.client_tools = client_tools,
	.peer_tools = peer_tools,
	.setup = verify_setup,
	.run = verify_run,
	.teardown = verify_teardown,
};
