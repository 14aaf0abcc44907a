/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What run and reproduce do once measuring has ended. */
#ifndef DRIVERVM_CLI_FINISH_H
#define DRIVERVM_CLI_FINISH_H

#include <stdint.h>

#include "experiment/launch.h"

/*
 * Starts what @o asks for, judges the claims, writes the report, says where it is. Returns the
 * verb's exit status.
 */
int launch_and_finish(const struct launch_options *o);
/* "--seed": decimal, less than 2^63. Returns 0 or -EINVAL. */
int parse_seed(const char *text, uint64_t *seed);

#endif
