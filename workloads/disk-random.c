// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random access: how many small requests the client's disk carries out, and how long each takes.
 * fio on the raw device, past the page cache.
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
	  .def = "4096",
	  .min = 512,
	  .max = 1048576 },
	{ .name = "iodepth",
	  .help = "requests that are under way at a time",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "1",
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

/* Metrics, and where fio's percentiles have them. */
static const struct {
	const char *metric;
	const char *percentile;
} latencies[] = {
	{ "latency_median", "50.000000" },
	{ "latency_p90", "90.000000" },
	{ "latency_p99", "99.000000" },
	{ "latency_p999", "99.900000" },
};

static int random_setup(struct drivervm_env *env, void **state)
{
	*state = NULL;
	return fio_fill(env, FIO_SPAN_MIB);
}

static int take_samples(struct drivervm_env *env, const json_t *job, const char *direction)
{
	double iops = fio_number(job, direction, "iops", NULL);
	double bytes = fio_number(job, direction, "io_bytes", NULL);
	size_t i;

	if (iops <= 0 || bytes <= 0) {
		env->ops->log(env, "fio transferred nothing");
		return -EIO;
	}
	env->ops->sample(env, "iops", "1/s", iops);
	env->ops->sample(env, "transferred", "B", bytes);
	for (i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++) {
		double us = fio_percentile(job, direction, latencies[i].percentile);

		if (us < 0) {
			env->ops->log(env, "fio's JSON has no percentile %s",
				      latencies[i].percentile);
			return -EIO;
		}
		env->ops->sample(env, latencies[i].metric, "us", us);
	}
	return 0;
}

static int random_run(struct drivervm_env *env, void *state)
{
	const char *direction = env->ops->option(env, "direction");
	json_t *job;
	int err;

	(void)state;
	err = fio_run_timed(env, "rand", &job);
	if (err < 0)
		return err;
	err = take_samples(env, job, direction);
	json_decref(job);
	return err;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "disk-random",
	.summary = "small random requests to the client's disk, with percentiles (fio)",
	.classes = fio_classes,
	.options = options,
	.metric = "iops",
	.client_image = FIO_IMAGE,
	.client_tools = fio_tools,
	.supported = fio_span_supported,
	.setup = random_setup,
	.run = random_run,
};
