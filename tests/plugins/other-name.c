// SPDX-License-Identifier: GPL-2.0-or-later
/* A plugin whose name is not its file's. */
#include "drivervm_workload.h"

static int run(struct drivervm_env *env, void *state)
{
	(void)state;
	return env->ops->sample(env, "value", "1", 1);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "another",
	.summary = "bears another name than its file",
	.metric = "value",
	.run = run,
};
