// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mail server's benchmark: PostMark on a fresh ext4 on the client's disk. It makes many small
 * files, works on them, and removes them; what counts is how long that takes. The paper's group ran
 * it with 1,000 files of 500 B to 1 MiB and 10,000 transactions.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drivervm_workload.h"

#define MOUNT_POINT "/tmp/postmark"
#define CONFIG "/tmp/postmark.cfg"
#define SETUP_MS 60000
#define TIMEOUT_MS 3600000u

static const char *const classes[] = { "blk", NULL };
static const char *const tools[] = { "postmark", "mke2fs", NULL };

static const struct drivervm_option options[] = {
	{ .name = "files",
	  .help = "that exist at a time",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "1000",
	  .min = 1,
	  .max = 100000 },
	{ .name = "transactions",
	  .help = "on them",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "10000",
	  .min = 1,
	  .max = 10000000 },
	{ .name = "size_min",
	  .help = "of a file, bytes",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "500",
	  .min = 1,
	  .max = 1048576 },
	{ .name = "size_max",
	  .help = "of a file, bytes",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "65536",
	  .min = 1,
	  .max = 10485760 },
	{ .name = NULL },
};

static int postmark_supported(struct drivervm_env *env, char *reason, size_t size)
{
	if (env->ops->device_path(env, "blk"))
		return 0;
	snprintf(reason, size, "the client's disk has no file");
	return -ENODEV;
}

static int shell(struct drivervm_env *env, const char *script, char **output)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	int err = env->ops->client_exec(env, argv, TIMEOUT_MS, output);

	return err > 0 ? -EIO : err;
}

static void postmark_teardown(struct drivervm_env *env, void *state)
{
	(void)state;
	shell(env, "umount " MOUNT_POINT, NULL);
}

static int postmark_setup(struct drivervm_env *env, void **state)
{
	const struct drivervm_host_ops *ops = env->ops;
	const char *disk = ops->device_path(env, "blk");
	char script[768];

	*state = NULL;
	/* Nothing is left for later that would then be measured. */
	snprintf(
		script, sizeof(script),
		"modprobe crc32c_generic && modprobe ext4 && /sbin/mke2fs -q -F -t ext4 -E lazy_itable_init=0,"
		"lazy_journal_init=0 %s && mkdir -p " MOUNT_POINT
		" && mount -t ext4 %s " MOUNT_POINT " && { echo set location " MOUNT_POINT
		"; echo set number %" PRIu64 "; echo set transactions %" PRIu64
		"; echo set size %" PRIu64 " %" PRIu64
		"; echo set report terse; echo run; echo quit; } >" CONFIG,
		disk, disk, ops->option_uint(env, "files"), ops->option_uint(env, "transactions"),
		ops->option_uint(env, "size_min"), ops->option_uint(env, "size_max"));
	return shell(env, script, NULL);
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * PostMark's own clock ticks in seconds, so the time is taken here, and ends when all is on the
 * disk. Its terse report is a line of numbers: total seconds, seconds of transactions, transactions
 * a second, ..., the last two bytes read and written a second.
 */
static int postmark_run(struct drivervm_env *env, void *state)
{
	const struct drivervm_host_ops *ops = env->ops;
	double before = seconds_now(), elapsed;
	char *output = NULL;
	int err;

	(void)state;
	err = shell(env, "postmark " CONFIG " && sync", &output);
	elapsed = seconds_now() - before;
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

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "postmark",
	.summary = "a mail server's small files on the client's disk (PostMark)",
	.classes = classes,
	.options = options,
	.metric = "elapsed",
	.client_image = "client-disk",
	.client_tools = tools,
	.supported = postmark_supported,
	.setup = postmark_setup,
	.run = postmark_run,
	.teardown = postmark_teardown,
};
