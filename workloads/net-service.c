// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service at the peer, and a client of it that asks at a steady rate, whatever becomes of the
 * requests before: what it sees if the network fails and comes back. sockperf's messages, each with
 * a number, sent over UDP and sent back; what is lost stays lost, and nothing waits for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drivervm_workload.h"
#include "outage.h"

#define START_MS 10000 /* for the server to listen */
#define GRACE_MS 30000 /* sockperf may take that much longer than the exchange */
#define UNCOUNTED_MS 450 /* what sockperf leaves out at both ends of its run */
#define LOG "/tmp/net-service.csv"

struct service {
	int server; /* handle; 0: not running */
	unsigned int port;
};

static const char *const classes[] = { "net", NULL };
static const char *const tools[] = { "sockperf", NULL };

static const struct drivervm_option options[] = {
	{ .name = "rate",
	  .help = "requests a second",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "1000",
	  .min = 10,
	  .max = 2000 }, /* a minute's log has to pass the agent */
	{ .name = "size",
	  .help = "of a request and of its answer, bytes of payload",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "64",
	  .min = 14, /* sockperf's header */
	  .max = 1400 },
	{ .name = "duration_ms",
	  .help = "of what counts in one iteration, milliseconds (rounded up to seconds)",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "4000",
	  .min = 500,
	  .max = 60000 },
	OUTAGE_OPTION_BIN,
	{ .name = NULL },
};

static int server_start(struct drivervm_env *env, struct service *s)
{
	const struct drivervm_host_ops *ops = env->ops;
	char port[16];
	const char *const argv[] = { "sockperf", "server", "-i", ops->peer_address(env),
				     "-p",	 port,	   NULL };
	int found = ops->free_port(env, DRIVERVM_PEER, DRIVERVM_UDP), err;

	s->server = 0;
	if (found < 0)
		return found;
	s->port = (unsigned int)found;
	snprintf(port, sizeof(port), "%u", s->port);
	s->server = ops->peer_start(env, argv);
	if (s->server < 0)
		return s->server;
	err = ops->wait_port(env, DRIVERVM_PEER, DRIVERVM_UDP, s->port, START_MS);
	if (err < 0) {
		ops->stop(env, s->server);
		s->server = 0;
	}
	return err;
}

static int service_setup(struct drivervm_env *env, void **state)
{
	struct service *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = server_start(env, s);
	if (err < 0)
		free(s);
	else
		*state = s;
	return err;
}

/*
 * In the client: sockperf, what it says in two lines, and of its log, a line for each answered
 * request, when it was answered, in microseconds since the first of them was sent.
 */
static const char client_script[] =
	"rm -f " LOG "; sockperf under-load -i $1 -p $2 -t $3 --mps $4 -m $5 --reply-every 1 "
	"--full-log " LOG " >/tmp/net-service.txt 2>&1; "
	"grep -E 'Total Run|Valid Duration|ERROR|No messages' /tmp/net-service.txt; "
	"awk -F, '/^[0-9]/ { if (!n++) first = $2; "
	"printf \"@ %d\\n\", ($3 - first) * 1e6 }' " LOG;

static uint64_t run_seconds(struct drivervm_env *env)
{
	return (env->ops->option_uint(env, "duration_ms") + UNCOUNTED_MS + 999) / 1000;
}

/*
 * sockperf times by the processor's time stamp counter, and ends its run by the kernel's clock: if
 * it has run for as long as it was told to by the one, it can be believed by the other.
 */
static int check_clock(struct drivervm_env *env, const char *text)
{
	const char *total = strstr(text, "[Total Run] RunTime=");
	double told = (double)run_seconds(env), ran = 0;

	if (total && sscanf(total, "[Total Run] RunTime=%lf", &ran) == 1 &&
	    fabs(ran - told) < told * 0.1 + 0.2)
		return 0;
	env->ops->log(env, "sockperf's clock is wrong: it ran for %g s and counted %g s", told,
		      ran);
	return -EIO;
}

/* Of what sockperf counts: requests, and for how long they were sent, s. */
struct period {
	unsigned int sent;
	double seconds;
};

static int read_period(struct drivervm_env *env, const char *text, struct period *p)
{
	const char *valid = strstr(text, "[Valid Duration] RunTime=");
	const char *said = strstr(text, "ERROR");

	if (valid && sscanf(valid, "[Valid Duration] RunTime=%lf sec; SentMessages=%u", &p->seconds,
			    &p->sent) == 2)
		return check_clock(env, text);
	said = said ? said : text;
	env->ops->log(env, "sockperf counted nothing: %.*s", (int)strcspn(said, "\n\033"), said);
	return -EIO;
}

static int read_answers(const char *text, struct answers *a)
{
	const char *line = strstr(text, "@ ");
	double answered;
	int err = 0;

	for (; line && !err; line = strstr(line + 1, "\n@ ")) {
		if (sscanf(line + strspn(line, "\n"), "@ %lf", &answered) != 1)
			return -EPROTO;
		err = answers_add(a, answered / 1e6);
	}
	return err;
}

/*
 * The log tells of answered requests only. The first of them is taken for the period's beginning:
 * if none of those before was answered, that time without an answer is seen at its end.
 */
static int report(struct drivervm_env *env, const char *text)
{
	const struct drivervm_host_ops *ops = env->ops;
	struct answers a = { 0 };
	struct period p;
	int err = read_period(env, text, &p);

	if (!err)
		err = read_answers(text, &a);
	if (!err && (!a.n || a.n > p.sent || p.seconds <= 0)) {
		ops->log(env, "sockperf sent %u messages in %g s and logged %zu answers", p.sent,
			 p.seconds, a.n);
		err = -EPROTO;
	}
	if (!err) {
		ops->sample(env, "throughput", "1/s", (double)a.n / p.seconds);
		ops->sample(env, "answered", "1", (double)a.n);
		ops->sample(env, "lost", "1", (double)p.sent - (double)a.n);
		give_outage(env, &a, 0, p.seconds);
	}
	answers_free(&a);
	return err;
}

static int ask(struct drivervm_env *env, const struct service *s)
{
	const struct drivervm_host_ops *ops = env->ops;
	char port[16], seconds[24], rate[24], size[24];
	const char *const argv[] = { "sh", "-c",    client_script, "sh", ops->peer_address(env),
				     port, seconds, rate,	   size, NULL };
	char *output = NULL;
	int err;

	snprintf(port, sizeof(port), "%u", s->port);
	snprintf(seconds, sizeof(seconds), "%" PRIu64, run_seconds(env));
	snprintf(rate, sizeof(rate), "%" PRIu64, ops->option_uint(env, "rate"));
	snprintf(size, sizeof(size), "%" PRIu64, ops->option_uint(env, "size"));
	err = ops->client_exec(env, argv, (unsigned int)run_seconds(env) * 1000 + GRACE_MS,
			       &output);
	if (err > 0)
		err = -EIO;
	if (!err)
		err = report(env, output ? output : "");
	free(output);
	return err;
}

static int service_run(struct drivervm_env *env, void *state)
{
	struct service *s = state;
	int err = s->server > 0 ? 0 : server_start(env, s);

	if (err)
		return err;
	err = ask(env, s);
	if (err) {
		env->ops->stop(env, s->server);
		s->server = 0;
	}
	return err;
}

static void service_teardown(struct drivervm_env *env, void *state)
{
	struct service *s = state;

	if (s->server > 0)
		env->ops->stop(env, s->server);
	free(s);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "net-service",
	.summary = "requests to the peer at a steady rate, whatever fails meanwhile (sockperf)",
	.classes = classes,
	.options = options,
	.metric = "throughput",
	.client_tools = tools,
	.peer_tools = tools,
	.setup = service_setup,
	.run = service_run,
	.teardown = service_teardown,
};
