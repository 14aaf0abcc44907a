// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No load at all, for a time: what a system costs that only stands there, the meters tell. It waits
 * on the host, so that nothing wakes a guest.
 */
#include <errno.h>
#include <stdio.h>

#include "clock.h"
#include "drivervm_workload.h"

#define GRACE_MS 30000

static const struct drivervm_option options[] = {
	{ .name = "duration_ms",
	  .help = "how long to wait",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "5000",
	  .min = 1,
	  .max = 3600000 },
	{ .name = NULL },
};

static const char *const peer_tools[] = { "sleep", NULL };

static int idle_run(struct drivervm_env *env, void *state)
{
	unsigned int ms = (unsigned int)env->ops->option_uint(env, "duration_ms");
	const char *argv[] = { "sleep", NULL, NULL };
	double begin = now_s();
	char seconds[24];
	int err;

	(void)state;
	snprintf(seconds, sizeof(seconds), "%u.%03u", ms / 1000, ms % 1000);
	argv[1] = seconds;
	err = env->ops->peer_exec(env, argv, ms + GRACE_MS, NULL);
	if (err != 0)
		return err < 0 ? err : -EIO;
	return env->ops->sample(env, "elapsed", "s", now_s() - begin);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "idle",
	.summary = "wait, so that the meters see what an idle system costs",
	.whole_system = true,
	.options = options,
	.metric = "elapsed",
	.peer_tools = peer_tools,
	.run = idle_run,
};
