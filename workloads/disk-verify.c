// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is what was written what is read? fio writes blocks of random sizes in random order, each with a
 * checksum and its place in it, over all of a part of the client's disk, flushes, and reads all of
 * them back.
 */
#include <time.h>

#include "fio.h"

#define TIMEOUT_MS 3600000u

static const struct drivervm_option options[] = {
	{ .name = "size",
	  .help = "of the part of the disk that is written, MiB",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "64",
	  .min = 1,
	  .max = 1024 },
	{ .name = "iodepth",
	  .help = "requests that are under way at a time",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "16",
	  .min = 1,
	  .max = 256 },
	{ .name = "passes",
	  .help = "of writing all and reading it back, in one iteration",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "1",
	  .min = 1,
	  .max = 100000 },
	{ .name = NULL },
};

/* A failed comparison ends fio with an error, so whoever gets here has read what was written. */
static int verify_run(struct drivervm_env *env, void *state)
{
	const struct drivervm_host_ops *ops = env->ops;
	char depth[32], size[32], loops[32], seed[40];
	const char *const args[] = {
		"--rw=randwrite",
		"--bsrange=4k-64k",
		"--verify=crc32c",
		"--verify_fatal=1",
		"--do_verify=1",
		"--end_fsync=1",
		depth,
		size,
		loops,
		seed,
		NULL,
	};
	double written, read;
	json_t *job;
	int err;

	(void)state;
	snprintf(depth, sizeof(depth), "--iodepth=%" PRIu64, ops->option_uint(env, "iodepth"));
	snprintf(size, sizeof(size), "--size=%" PRIu64 "m", ops->option_uint(env, "size"));
	snprintf(loops, sizeof(loops), "--loops=%" PRIu64, ops->option_uint(env, "passes"));
	/* Other contents each time, or what an earlier pass left would do. */
	snprintf(seed, sizeof(seed), "--randseed=%lld", (long long)time(NULL));
	err = fio_run(env, args, TIMEOUT_MS, &job);
	if (err < 0)
		return err;
	written = fio_number(job, "write", "io_bytes", NULL);
	read = fio_number(job, "read", "io_bytes", NULL);
	json_decref(job);
	if (written <= 0 || read < written) {
		ops->log(env, "fio wrote %.0f bytes and read %.0f of them back", written, read);
		return -EIO;
	}
	ops->sample(env, "verified", "B", read);
	ops->sample(env, "transferred", "B", written + read);
	return 0;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "disk-verify",
	.summary = "writing the client's disk and reading it back with checksums (fio)",
	.classes = fio_classes,
	.options = options,
	.metric = "verified",
	.client_image = FIO_IMAGE,
	.client_tools = fio_tools,
	.supported = fio_supported,
	.run = verify_run,
};
