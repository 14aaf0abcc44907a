// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing to the client's disk at a steady rate, past the page cache, whatever fails meanwhile, and
 * then reading all of it back: how long no request was answered, and is everything there that was
 * said to be written? fio, which notes when each request was answered.
 */
#include <time.h>

#include "paced.h"

static const struct drivervm_option options[] = {
	PACED_OPTIONS,
	{ .name = "iodepth",
	  .help = "requests that are under way at a time",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "4",
	  .min = 1,
	  .max = 64 },
	{ .name = NULL },
};

/* Failed requests are counted; what is read back wrong ends fio. */
static int service_run(struct drivervm_env *env, void *state)
{
	char depth[32], size[24], filename[80];
	const char *const args[] = { "--ioengine=libaio", "--direct=1",	   filename, size, depth,
				     "--rw=randwrite",	  "--do_verify=1", NULL };
	struct paced p;
	int err;

	(void)state;
	snprintf(filename, sizeof(filename), "--filename=%s", env->ops->device_path(env, "blk"));
	snprintf(size, sizeof(size), "--size=%um", FIO_SPAN_MIB);
	snprintf(depth, sizeof(depth), "--iodepth=%" PRIu64, env->ops->option_uint(env, "iodepth"));
	err = paced_run(env, args, (unsigned int)time(NULL), paced_bytes(env, 1), &p);
	if (!err)
		err = paced_check_read(env, &p);
	if (!err)
		err = paced_give(env, &p);
	paced_free(&p);
	return err;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "disk-service",
	.summary =
		"writing the client's disk at a steady rate, whatever fails, and reading it back (fio)",
	.classes = fio_classes,
	.options = options,
	.metric = "throughput",
	.client_image = FIO_IMAGE,
	.client_tools = fio_tools,
	.supported = fio_span_supported,
	.run = service_run,
};
