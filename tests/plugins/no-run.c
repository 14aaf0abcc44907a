// SPDX-License-Identifier: GPL-2.0-or-later
/* A plugin without a required hook. */
#include "drivervm_workload.h"

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "no-run",
	.summary = "lacks run()",
	.metric = "value",
};
