// SPDX-License-Identifier: GPL-2.0-or-later
/* A plugin that wants a VM for its peer, and uses no network at whose other end that could be. */
#include "drivervm_workload.h"

static const char *const classes[] = { "blk", NULL };

static int run(struct drivervm_env *env, void *state)
{
	(void)state;
	return env->ops->sample(env, "value", "1", 1);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "no-place",
	.summary = "its peer has no place",
	.classes = classes,
	.peer_image = "client",
	.metric = "value",
	.run = run,
};
