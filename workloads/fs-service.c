// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file system on the client's disk that stays mounted whatever fails meanwhile: files grow at a
 * steady rate, each write being on the disk when it is answered. Then e2fsck must find nothing
 * wrong, and all that was said to be written must be there, read from the disk and not from the
 * page cache. fio on ext4.
 */
#include <time.h>

#include "paced.h"

#define MOUNT_POINT "/tmp/fs-service"
#define STEP_MS 60000 /* for making, checking or mounting the file system */

static const char *const tools[] = { "fio", "mke2fs", "e2fsck", NULL };

static const struct drivervm_option options[] = {
	PACED_OPTIONS,
	{ .name = "files",
	  .help = "that are written to by turns",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "8",
	  .min = 1,
	  .max = 64 },
	{ .name = NULL },
};

static int shell(struct drivervm_env *env, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, "sh", env->ops->device_path(env, "blk"),
				     NULL };
	int err = env->ops->client_exec(env, argv, STEP_MS, NULL);

	return err > 0 ? -EIO : err;
}

/* By their paths: the shell has a mke2fs of its own. */
static const char make_script[] =
	"modprobe crc32c_generic && modprobe ext4 && /sbin/mke2fs -q -F -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 $1 && mkdir -p " MOUNT_POINT;
static const char mount_script[] = "mount -t ext4 $1 " MOUNT_POINT;
/* The last line says what is wrong; of a clean one e2fsck prints a summary and exits with 0. */
static const char check_script[] = "umount " MOUNT_POINT " && /sbin/e2fsck -fn $1 2>&1";

static int service_setup(struct drivervm_env *env, void **state)
{
	int err = shell(env, make_script);

	*state = NULL;
	return err ? err : shell(env, mount_script);
}

static void service_teardown(struct drivervm_env *env, void *state)
{
	(void)state;
	shell(env, "umount " MOUNT_POINT);
}

/* fio on the files; @how: arguments, NULL-terminated. */
static int with_files(struct drivervm_env *env, const char *const *how, unsigned int seed,
		      struct paced *p)
{
	char files[32], size[40];
	const char *args[FIO_ARGS_MAX] = { "--ioengine=psync", "--directory=" MOUNT_POINT,
					   "--file_service_type=roundrobin", files, size };
	uint64_t n_files = env->ops->option_uint(env, "files"), bytes = paced_bytes(env, n_files);
	size_t n = 5;

	snprintf(files, sizeof(files), "--nrfiles=%" PRIu64, n_files);
	snprintf(size, sizeof(size), "--size=%" PRIu64, bytes);
	while (*how && n < FIO_ARGS_MAX - 1)
		args[n++] = *how++;
	args[n] = NULL;
	return paced_run(env, args, seed, bytes, p);
}

/* Each write extends a file, so that the journal has work too. */
static const char *const writing[] = { "--rw=write", "--sync=1", "--fallocate=none",
				       "--do_verify=0", NULL };
static const char *const reading[] = { "--rw=read", NULL };

static int check(struct drivervm_env *env, unsigned int seed, struct paced *written)
{
	struct paced read = { 0 };
	int err = shell(env, check_script);

	if (!err)
		err = shell(env, mount_script);
	if (!err)
		err = with_files(env, reading, seed, &read);
	written->read = read.read;
	paced_free(&read);
	return err ? err : paced_check_read(env, written);
}

static int service_run(struct drivervm_env *env, void *state)
{
	unsigned int seed = (unsigned int)time(NULL);
	struct paced written;
	int err = with_files(env, writing, seed, &written);

	(void)state;
	if (!err)
		err = check(env, seed, &written);
	if (!err)
		err = paced_give(env, &written);
	if (!err)
		err = shell(env, "rm -f " MOUNT_POINT "/job.*");
	paced_free(&written);
	return err;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "fs-service",
	.summary =
		"files that grow at a steady rate, whatever fails, and are checked then (fio on ext4)",
	.classes = fio_classes,
	.options = options,
	.metric = "throughput",
	.client_image = FIO_IMAGE,
	.client_tools = tools,
	.supported = fio_span_supported,
	.setup = service_setup,
	.run = service_run,
	.teardown = service_teardown,
};
