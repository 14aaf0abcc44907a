/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What run and reproduce do once measuring has ended. */
#ifndef DRIVERVM_CLI_FINISH_H
#define DRIVERVM_CLI_FINISH_H

#include <stdint.h>

#include "experiment/launch.h"

/* What else a run consists of, in its folder @dir. Returns an exit status. */
typedef int (*launch_more_fn)(const struct launch_options *o, const char *dir);

/*
 * Starts what @o asks for, and then @more (NULL: nothing more; not in a dry run), judges the
 * claims, writes the report, says where it is. Returns the verb's exit status.
 */
int launch_and_finish(const struct launch_options *o, launch_more_fn more);
/* "--seed": decimal, less than 2^63. Returns 0 or -EINVAL. */
int parse_seed(const char *text, uint64_t *seed);

#endif
