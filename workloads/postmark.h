/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the workloads that run PostMark have in common, wherever they run it: its options, its
 * orders, and what its time is.
 */
#ifndef DRIVERVM_WORKLOADS_POSTMARK_H
#define DRIVERVM_WORKLOADS_POSTMARK_H

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "drivervm_workload.h"

#define POSTMARK_CONFIG "/tmp/postmark.cfg"
#define POSTMARK_TIMEOUT_MS 3600000u

/* mke2fs that leaves nothing for later that would then be measured. */
#define POSTMARK_MKFS "/sbin/mke2fs -q -F -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 "

/* Entries of a workload's array of options. */
#define POSTMARK_OPTIONS                                                                      \
	{ .name = "files",                                                                    \
	  .help = "that exist at a time",                                                     \
	  .type = DRIVERVM_OPTION_UINT,                                                       \
	  .def = "1000",                                                                      \
	  .min = 1,                                                                           \
	  .max = 100000 },                                                                    \
		{ .name = "transactions",                                                     \
		  .help = "on them",                                                          \
		  .type = DRIVERVM_OPTION_UINT,                                               \
		  .def = "10000",                                                             \
		  .min = 1,                                                                   \
		  .max = 10000000 },                                                          \
		{ .name = "size_min",                                                         \
		  .help = "of a file, bytes",                                                 \
		  .type = DRIVERVM_OPTION_UINT,                                               \
		  .def = "500",                                                               \
		  .min = 1,                                                                   \
		  .max = 1048576 },                                                           \
	{                                                                                     \
		.name = "size_max", .help = "of a file, bytes", .type = DRIVERVM_OPTION_UINT, \
		.def = "65536", .min = 1, .max = 10485760                                     \
	}

/* client_exec or peer_exec of the host ops. */
typedef int (*postmark_exec_fn)(struct drivervm_env *env, const char *const *argv,
				unsigned int timeout_ms, char **output);

/* A shell script that must end with 0. */
static inline int postmark_shell(struct drivervm_env *env, postmark_exec_fn exec,
				 const char *script, char **output)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	int err = exec(env, argv, POSTMARK_TIMEOUT_MS, output);

	return err > 0 ? -EIO : err;
}

static inline int postmark_has_disk(struct drivervm_env *env, char *reason, size_t size)
{
	if (env->ops->device_path(env, "blk"))
		return 0;
	snprintf(reason, size, "the client's disk has no file");
	return -ENODEV;
}

/* Writes PostMark's orders, to work in folder @location. */
static inline int postmark_configure(struct drivervm_env *env, postmark_exec_fn exec,
				     const char *location)
{
	const struct drivervm_host_ops *ops = env->ops;
	char script[512];

	snprintf(script, sizeof(script),
		 "{ echo set location %s; echo set number %" PRIu64
		 "; echo set transactions %" PRIu64 "; echo set size %" PRIu64 " %" PRIu64
		 "; echo set report terse; echo run; echo quit; } >" POSTMARK_CONFIG,
		 location, ops->option_uint(env, "files"), ops->option_uint(env, "transactions"),
		 ops->option_uint(env, "size_min"), ops->option_uint(env, "size_max"));
	return postmark_shell(env, exec, script, NULL);
}

/*
 * Runs it and gives its samples. PostMark's own clock ticks in seconds, so the time is taken here,
 * and ends when all is where it belongs. Its terse report is a line of numbers: total seconds,
 * seconds of transactions, transactions a second, ..., the last two bytes read and written a
 * second.
 */
static inline int postmark_measure(struct drivervm_env *env, postmark_exec_fn exec)
{
	const struct drivervm_host_ops *ops = env->ops;
	double before = now_s(), elapsed;
	char *output = NULL;
	int err;

	err = postmark_shell(env, exec, "postmark " POSTMARK_CONFIG " && sync", &output);
	elapsed = now_s() - before;
	if (!err && (!output || !strstr(output, "Deleting files...Done"))) {
		ops->log(env, "PostMark did not come to its end: %.200s", output ? output : "");
		err = -EIO;
	}
	free(output);
	if (err < 0)
		return err;
	ops->sample(env, "elapsed", "s", elapsed);
	ops->sample(env, "transaction_rate", "1/s",
		    (double)ops->option_uint(env, "transactions") / elapsed);
	return 0;
}

#endif
