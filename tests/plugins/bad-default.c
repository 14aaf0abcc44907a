// SPDX-License-Identifier: GPL-2.0-or-later
/* A plugin with an option whose default is no good value. */
#include "drivervm_workload.h"

static const struct drivervm_option options[] = {
	{ .name = "count",
	  .help = "out of its own range",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "5",
	  .min = 10,
	  .max = 20 },
	{ .name = NULL },
};

static int run(struct drivervm_env *env, void *state)
{
	(void)state;
	return env->ops->sample(env, "value", "1", 1);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "bad-default",
	.summary = "its option's default is out of range",
	.options = options,
	.metric = "value",
	.run = run,
};
