/* SPDX-License-Identifier: GPL-2.0-or-later */
/* environment.json: the machine, tools and settings that a run was made with. */
#ifndef DRIVERVM_RESULTS_ENVIRONMENT_H
#define DRIVERVM_RESULTS_ENVIRONMENT_H

#include <stdint.h>

#include "core/loop.h"

struct environment {
	const char *accel; /* "kvm" or "tcg" */
	const char *accel_reason;
	uint64_t seed;
	const char *const *tools; /* the host's that workloads use; NULL-terminated */
};

/*
 * Writes DIR/environment.json. What cannot be found out is null. Returns 0 or a negative errno,
 * reported.
 */
int environment_write(struct loop *loop, const char *dir, const struct environment *env);

#endif
