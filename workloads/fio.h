/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the workloads that use fio have in common: one job on the client's disk, past the page
 * cache, and what its JSON says.
 */
#ifndef DRIVERVM_WORKLOADS_FIO_H
#define DRIVERVM_WORKLOADS_FIO_H

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivervm_workload.h"

#define FIO_GRACE_MS 60000 /* fio may take that much longer than it was told to run */
#define FIO_ARGS_MAX 32

/* Part of the disk that is used, MiB: small enough to be written in no time before the start. */
#define FIO_SPAN_MIB 64u

/* The client's image that has fio. */
#define FIO_IMAGE "client-disk"

static const char *const fio_classes[] = { "blk", NULL };
static const char *const fio_tools[] = { "fio", NULL };

static inline int fio_supported(struct drivervm_env *env, char *reason, size_t size)
{
	if (env->ops->device_path(env, "blk"))
		return 0;
	snprintf(reason, size, "the client's disk has no file");
	return -ENODEV;
}

/* The same for what uses the span: a disk kept in a file of the user's may be smaller. */
static inline int fio_span_supported(struct drivervm_env *env, char *reason, size_t size)
{
	const char *argv[] = { "blockdev", "--getsize64", NULL, NULL };
	int err = fio_supported(env, reason, size);
	char *output = NULL;
	uint64_t mib;

	if (err)
		return err;
	argv[2] = env->ops->device_path(env, "blk");
	err = env->ops->client_exec(env, argv, FIO_GRACE_MS, &output);
	mib = output ? strtoull(output, NULL, 10) >> 20 : 0;
	free(output);
	if (err) {
		snprintf(reason, size, "the client does not know the size of its disk");
		return -EIO;
	}
	if (mib < FIO_SPAN_MIB) {
		snprintf(reason, size, "the client's disk has %" PRIu64 " MiB; %u are used", mib,
			 FIO_SPAN_MIB);
		return -ENOSPC;
	}
	return 0;
}

/* Writes all of the span once, so that what is read, or written again, is there. */
static inline int fio_fill(struct drivervm_env *env, unsigned int mib)
{
	char of[64], count[24];
	const char *const argv[] = { "dd", "if=/dev/zero", of, "bs=1M", count, "conv=fsync", NULL };
	int err;

	snprintf(of, sizeof(of), "of=%s", env->ops->device_path(env, "blk"));
	snprintf(count, sizeof(count), "count=%u", mib);
	err = env->ops->client_exec(env, argv, FIO_GRACE_MS, NULL);
	return err > 0 ? -EIO : err;
}

/* Where fio says what is wrong, up to the end of the line; NULL if it does not. */
static inline const char *fio_complaint(const char *output)
{
	const char *said = output ? strstr(output, "verify: ") : NULL;

	return said || !output ? said : strstr(output, "fio: ");
}

/* What a run that failed and @said so comes to: -EBADMSG, if data are not what they were. */
static inline int fio_failure(const char *said)
{
	return said && strncmp(said, "verify: ", 8) == 0 ? -EBADMSG : -EIO;
}

/* The jobs in fio's output, as a new reference. Warnings may stand before the JSON. */
static inline json_t *fio_jobs(struct drivervm_env *env, const char *output)
{
	const char *start = output ? strstr(output, "{\n") : NULL;
	json_error_t where;
	json_t *root = start ? json_loads(start, JSON_DISABLE_EOF_CHECK, &where) : NULL;
	json_t *jobs = json_object_get(root, "jobs");

	if (!json_array_size(jobs)) {
		env->ops->log(env, "fio printed no JSON with a job in it");
		jobs = NULL;
	}
	json_incref(jobs);
	json_decref(root);
	return jobs;
}

/*
 * Runs fio with @more arguments (NULL-terminated) on the client's disk. *@job receives what it says
 * of the job, to be released with json_decref(). 0 or a negative errno, logged.
 */
static inline int fio_run(struct drivervm_env *env, const char *const *more,
			  unsigned int timeout_ms, json_t **job)
{
	const char *argv[FIO_ARGS_MAX] = { "fio",	 "--output-format=json",
					   "--name=job", "--ioengine=libaio",
					   "--direct=1", "--thread" };
	char filename[80], *output = NULL;
	const char *said;
	json_t *jobs;
	size_t n = 6;
	int err;

	snprintf(filename, sizeof(filename), "--filename=%s", env->ops->device_path(env, "blk"));
	argv[n++] = filename;
	while (*more && n < FIO_ARGS_MAX - 1)
		argv[n++] = *more++;
	argv[n] = NULL;
	err = env->ops->client_exec(env, argv, timeout_ms, &output);
	said = err > 0 ? fio_complaint(output) : NULL;
	if (said)
		env->ops->log(env, "%.*s", (int)strcspn(said, "\n"), said);
	if (err > 0)
		err = fio_failure(said);
	if (!err) {
		jobs = fio_jobs(env, output);
		*job = json_incref(json_array_get(jobs, 0));
		json_decref(jobs);
		err = *job ? 0 : -EIO;
	}
	free(output);
	return err;
}

/*
 * A timed job on the span, as the options "direction", "block_size", "iodepth" and "duration_ms"
 * say, which the workload declares. @kind goes before the direction: "" or "rand". As fio_run().
 */
static inline int fio_run_timed(struct drivervm_env *env, const char *kind, json_t **job)
{
	const struct drivervm_host_ops *ops = env->ops;
	uint64_t ms = ops->option_uint(env, "duration_ms");
	char rw[24], bs[32], depth[32], runtime[40], size[24];
	const char *const args[] = { rw, bs, depth, runtime, size, "--time_based", NULL };

	snprintf(rw, sizeof(rw), "--rw=%s%s", kind, ops->option(env, "direction"));
	snprintf(bs, sizeof(bs), "--bs=%" PRIu64, ops->option_uint(env, "block_size"));
	snprintf(depth, sizeof(depth), "--iodepth=%" PRIu64, ops->option_uint(env, "iodepth"));
	snprintf(runtime, sizeof(runtime), "--runtime=%" PRIu64 "ms", ms);
	snprintf(size, sizeof(size), "--size=%um", FIO_SPAN_MIB);
	return fio_run(env, args, (unsigned int)ms + FIO_GRACE_MS, job);
}

/* A number in a job: fio_number(job, "read", "bw_bytes", NULL). -1 if it is not there. */
static inline double fio_number(const json_t *job, const char *a, const char *b, const char *c)
{
	const json_t *v = json_object_get(json_object_get(job, a), b);

	if (c)
		v = json_object_get(v, c);
	return json_is_number(v) ? json_number_value(v) : -1;
}

/* A percentile of the latency of completion, us; -1 if it is not there. */
static inline double fio_percentile(const json_t *job, const char *direction, const char *which)
{
	const json_t *clat = json_object_get(json_object_get(job, direction), "clat_ns");
	const json_t *v = json_object_get(json_object_get(clat, "percentile"), which);

	return json_is_number(v) ? json_number_value(v) / 1000 : -1;
}

#endif
