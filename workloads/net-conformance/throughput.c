// SPDX-License-Identifier: GPL-2.0-or-later
/* Speed, each way, by nuttcp: a figure to go with the checks. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net-conformance.h"

#define START_MS 10000 /* for the server to listen */

/* nuttcp's "rate_Mbps=", in bit/s; negative if it is not there. */
static double parse_rate(const char *text)
{
	const char *rate = strstr(text, "rate_Mbps=");

	return rate ? strtod(rate + strlen("rate_Mbps="), NULL) * 1e6 : -1;
}

static int transfer(struct drivervm_env *env, struct net_conformance *c, char direction,
		    const char *metric)
{
	uint64_t ms = env->ops->option_uint(env, "duration_ms");
	char script[160];
	double rate;
	int err;

	snprintf(script, sizeof(script), "%s -%c -fparse -T%" PRIu64 ".%03" PRIu64 " %s", c->nuttcp,
		 direction, ms / 1000, ms % 1000, env->ops->peer_address(env));
	err = net_script(env, c, DRIVERVM_CLIENT, script);
	rate = parse_rate(c->said);
	if (!err && rate > 0)
		return env->ops->sample(env, metric, "bit/s", rate);
	env->ops->log(env, "no %s: %s", metric, err < 0 ? strerror(-err) : c->said);
	return err < 0 ? err : -EIO;
}

int net_throughput(struct drivervm_env *env, struct net_conformance *c)
{
	const struct drivervm_host_ops *ops = env->ops;
	char port[16];
	const char *const argv[] = { "nuttcp", "-S", "--nofork", "-P", port, NULL };
	int server, err;

	snprintf(port, sizeof(port), "%u", c->control_port);
	server = ops->peer_start(env, argv);
	if (server < 0)
		return server;
	err = ops->wait_port(env, DRIVERVM_PEER, DRIVERVM_TCP, c->control_port, START_MS);
	if (!err)
		err = transfer(env, c, 't', "throughput_send");
	if (!err)
		err = transfer(env, c, 'r', "throughput_receive");
	ops->stop(env, server);
	return err;
}
