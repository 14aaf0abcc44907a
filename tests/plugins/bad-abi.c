// SPDX-License-Identifier: GPL-2.0-or-later
/* A plugin of another ABI version: nothing after the number may be looked at. */
#include "drivervm_workload.h"

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI + 1,
	.name = (const char *)1,
};
