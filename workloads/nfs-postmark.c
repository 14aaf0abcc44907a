// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file server at work, the paper's application benchmark: the client exports a fresh ext4 on its
 * disk by NFS, a machine at the other end of its network mounts that and runs PostMark on it. So
 * every request goes through the driver of the card, and what it asks for through that of the disk.
 *
 * NFS 4.2, hard mounted, exported "sync" (what a client was told is written is on the disk), with
 * requests of 4 KiB as in the paper's group's scripts.
 */
#include "postmark.h"

#define EXPORT "/tmp/export"
#define MOUNT_POINT "/tmp/postmark"
#define NFSD "/proc/fs/nfsd/"
#define STATE "/var/lib/nfs/"

static const char *const classes[] = { "net", "blk", NULL };
static const char *const client_tools[] = { "mke2fs", "exportfs", "rpc.mountd", NULL };
static const char *const peer_tools[] = { "postmark", NULL };

static const struct drivervm_option options[] = {
	POSTMARK_OPTIONS,
	{ .name = "io_size",
	  .help = "of the largest read and write over NFS (rsize, wsize), bytes",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "4096",
	  .min = 1024,
	  .max = 1048576 },
	{ .name = "threads",
	  .help = "of the server",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "8",
	  .min = 1,
	  .max = 64 },
	{ .name = NULL },
};

static int in_client(struct drivervm_env *env, const char *script)
{
	return postmark_shell(env, env->ops->client_exec, script, NULL);
}

static int at_peer(struct drivervm_env *env, const char *script)
{
	return postmark_shell(env, env->ops->peer_exec, script, NULL);
}

static int make_file_system(struct drivervm_env *env)
{
	const char *disk = env->ops->device_path(env, "blk");
	char script[512];

	snprintf(script, sizeof(script),
		 "modprobe crc32c_generic && modprobe ext4 && " POSTMARK_MKFS
		 "%s && mkdir -p " EXPORT " && mount -t ext4 %s " EXPORT,
		 disk, disk);
	return in_client(env, script);
}

/*
 * Of NFS only version 4, which needs no port mapper. rpc.mountd returns once it answers the kernel
 * when that asks what a client may have. A server that starts waits 90 seconds for clients of
 * before, unless it is told that there are none; it can be told only if it has where to note them.
 */
static int start_server(struct drivervm_env *env)
{
	char script[768];

	snprintf(script, sizeof(script),
		 "modprobe nfsd && mkdir -p " STATE "v4recovery && touch /etc/exports " STATE
		 "etab && { [ -e " NFSD "threads ] || mount -t nfsd nfsd " NFSD
		 "; } && exportfs -o rw,sync,no_root_squash,no_subtree_check,fsid=0 '*:" EXPORT
		 "' && echo -2 -3 +4 +4.1 +4.2 >" NFSD "versions && rpc.mountd -N 2 -N 3 && "
		 "echo tcp 2049 >" NFSD "portlist && echo %" PRIu64 " >" NFSD
		 "threads && echo Y >" NFSD "v4_end_grace",
		 env->ops->option_uint(env, "threads"));
	return in_client(env, script);
}

/* What mount.nfs would say to the kernel. */
static int mount_at_peer(struct drivervm_env *env)
{
	const struct drivervm_host_ops *ops = env->ops;
	uint64_t size = ops->option_uint(env, "io_size");
	const char *server = ops->client_address(env);
	char script[512];

	snprintf(script, sizeof(script),
		 "modprobe nfsv4 && mkdir -p " MOUNT_POINT
		 " && mount -t nfs4 -o vers=4.2,proto=tcp,hard,rsize=%" PRIu64 ",wsize=%" PRIu64
		 ",addr=%s,clientaddr=%s %s:/ " MOUNT_POINT,
		 size, size, server, ops->peer_address(env), server);
	return at_peer(env, script);
}

/* As far as setup came. The server's files are closed only once its threads have ended. */
static void nfs_teardown(struct drivervm_env *env, void *state)
{
	(void)state;
	at_peer(env, "! grep -q ' " MOUNT_POINT " ' /proc/mounts || umount " MOUNT_POINT);
	in_client(env, "[ ! -e " NFSD "threads ] || echo 0 >" NFSD "threads; exportfs -ua; "
		       "killall -q rpc.mountd; "
		       "! grep -q ' " EXPORT " ' /proc/mounts || umount " EXPORT);
}

static int nfs_setup(struct drivervm_env *env, void **state)
{
	int err;

	*state = NULL;
	err = make_file_system(env);
	if (!err)
		err = start_server(env);
	if (!err)
		err = mount_at_peer(env);
	if (!err)
		err = postmark_configure(env, env->ops->peer_exec, MOUNT_POINT);
	if (err)
		nfs_teardown(env, NULL);
	return err;
}

static int nfs_run(struct drivervm_env *env, void *state)
{
	(void)state;
	return postmark_measure(env, env->ops->peer_exec);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "nfs-postmark",
	.summary = "a remote machine's small files on the client's disk, by NFS (PostMark)",
	.classes = classes,
	.options = options,
	.metric = "elapsed",
	.client_image = "client-nfs",
	.client_tools = client_tools,
	.peer_image = "remote-nfs",
	.peer_tools = peer_tools,
	.supported = postmark_has_disk,
	.setup = nfs_setup,
	.run = nfs_run,
	.teardown = nfs_teardown,
};
