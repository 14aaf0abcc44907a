// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streaming: how fast the client reads or writes its disk from one end to the other. fio on the raw
 * device, past the page cache; the paper's group streamed with blocks of 512 B to 64 KiB.
 */
#include "fio.h"

static const char *const directions[] = { "read", "write", NULL };

static const struct drivervm_option options[] = {
	{ .name = "direction",
	  .help = "read or write",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .def = "read",
	  .choices = directions },
	{ .name = "block_size",
	  .help = "of each request, bytes",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "65536",
	  .min = 512,
	  .max = 1048576 },
	{ .name = "iodepth",
	  .help = "requests that are under way at a time",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "8",
	  .min = 1,
	  .max = 256 },
	{ .name = "duration_ms",
	  .help = "of one iteration, milliseconds",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "5000",
	  .min = 100,
	  .max = 3600000 },
	{ .name = NULL },
};

static int stream_setup(struct drivervm_env *env, void **state)
{
	*state = NULL;
	return fio_fill(env, FIO_SPAN_MIB);
}

static int stream_run(struct drivervm_env *env, void *state)
{
	const struct drivervm_host_ops *ops = env->ops;
	const char *direction = ops->option(env, "direction");
	double bytes, rate;
	json_t *job;
	int err;

	(void)state;
	err = fio_run_timed(env, "", &job);
	if (err < 0)
		return err;
	bytes = fio_number(job, direction, "io_bytes", NULL);
	rate = fio_number(job, direction, "bw_bytes", NULL);
	json_decref(job);
	if (bytes <= 0 || rate <= 0) {
		ops->log(env, "fio transferred nothing");
		return -EIO;
	}
	ops->sample(env, "throughput", "B/s", rate);
	ops->sample(env, "transferred", "B", bytes);
	return 0;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "disk-stream",
	.summary = "sequential reading or writing of the client's disk (fio)",
	.classes = fio_classes,
	.options = options,
	.metric = "throughput",
	.client_image = FIO_IMAGE,
	.client_tools = fio_tools,
	.supported = fio_span_supported,
	.setup = stream_setup,
	.run = stream_run,
};
