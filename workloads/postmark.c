// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mail server's benchmark: PostMark on a fresh ext4 on the client's disk. It makes many small
 * files, works on them, and removes them; what counts is how long that takes. The paper's group ran
 * it with 1,000 files of 500 B to 1 MiB and 10,000 transactions.
 */
#include "postmark.h"

#define MOUNT_POINT "/tmp/postmark"

static const char *const classes[] = { "blk", NULL };
static const char *const tools[] = { "postmark", "mke2fs", NULL };

static const struct drivervm_option options[] = {
	POSTMARK_OPTIONS,
	{ .name = NULL },
};

static void postmark_teardown(struct drivervm_env *env, void *state)
{
	(void)state;
	postmark_shell(env, env->ops->client_exec, "umount " MOUNT_POINT, NULL);
}

static int postmark_setup(struct drivervm_env *env, void **state)
{
	const struct drivervm_host_ops *ops = env->ops;
	const char *disk = ops->device_path(env, "blk");
	char script[512];
	int err;

	*state = NULL;
	snprintf(script, sizeof(script),
		 "modprobe crc32c_generic && modprobe ext4 && " POSTMARK_MKFS
		 "%s && mkdir -p " MOUNT_POINT " && mount -t ext4 %s " MOUNT_POINT,
		 disk, disk);
	err = postmark_shell(env, ops->client_exec, script, NULL);
	return err ? err : postmark_configure(env, ops->client_exec, MOUNT_POINT);
}

static int postmark_run(struct drivervm_env *env, void *state)
{
	(void)state;
	return postmark_measure(env, env->ops->client_exec);
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
	.supported = postmark_has_disk,
	.setup = postmark_setup,
	.run = postmark_run,
	.teardown = postmark_teardown,
};
