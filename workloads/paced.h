/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fio that writes at a steady rate, and what is known of it: when each request was answered, how
 * many failed, how much was read back right. Common to disk-service and fs-service, which write to
 * the disk and to files on it.
 */
#ifndef DRIVERVM_WORKLOADS_PACED_H
#define DRIVERVM_WORKLOADS_PACED_H

#include "fio.h"
#include "outage.h"

/* All that can be written together fits into the span that fio's workloads use. */
#define PACED_OPTIONS                                                                    \
	{ .name = "rate",                                                                \
	  .help = "requests a second",                                                   \
	  .type = DRIVERVM_OPTION_UINT,                                                  \
	  .def = "500",                                                                  \
	  .min = 10,                                                                     \
	  .max = 1000 },                                                                 \
		{ .name = "block_size",                                                  \
		  .help = "of each request, bytes",                                      \
		  .type = DRIVERVM_OPTION_UINT,                                          \
		  .def = "4096",                                                         \
		  .min = 512,                                                            \
		  .max = 4096 },                                                         \
		{ .name = "duration_ms",                                                 \
		  .help = "of writing in one iteration, milliseconds, if nothing fails", \
		  .type = DRIVERVM_OPTION_UINT,                                          \
		  .def = "4000",                                                         \
		  .min = 500,                                                            \
		  .max = 16000 },                                                        \
		OUTAGE_OPTION_BIN

/* What is written in an iteration, to @files alike; 1: to the disk itself. */
static inline uint64_t paced_bytes(struct drivervm_env *env, uint64_t files)
{
	const struct drivervm_host_ops *ops = env->ops;
	uint64_t requests =
		ops->option_uint(env, "rate") * ops->option_uint(env, "duration_ms") / 1000;

	return (requests + files - 1) / files * files * ops->option_uint(env, "block_size");
}

struct paced {
	struct answers answers; /* to writes, s since fio began */
	double written, read; /* bytes */
	double failed; /* requests */
};

static inline void paced_free(struct paced *p)
{
	answers_free(&p->answers);
}

/* fio, and after what it says, a line for each write: when it was answered, ms. */
static const char paced_script[] =
	"log=/tmp/paced; rm -f ${log}_*; fio \"$@\" --write_lat_log=$log --log_avg_msec=0; status=$?; "
	"echo; awk -F, '$3 == 1 { print \"@ \" $1 }' ${log}_clat.1.log; exit $status";

static inline int paced_read_answers(const char *output, struct answers *a)
{
	const char *line = output;
	double ms;
	int err = 0;

	while (!err && (line = strstr(line, "\n@ "))) {
		line += strlen("\n@ ");
		if (sscanf(line, "%lf", &ms) != 1)
			return -EPROTO;
		err = answers_add(a, ms / 1000);
	}
	return err;
}

static inline int paced_parse(struct drivervm_env *env, const char *output, struct paced *p)
{
	json_t *jobs = fio_jobs(env, output);
	const json_t *job = json_array_get(jobs, 0);

	p->written = fio_number(job, "write", "io_bytes", NULL);
	p->read = fio_number(job, "read", "io_bytes", NULL);
	p->failed = json_number_value(json_object_get(job, "total_err"));
	json_decref(jobs);
	return jobs ? paced_read_answers(output, &p->answers) : -EIO;
}

/*
 * Runs fio with @more arguments (NULL-terminated) that say where and how. @seed is of what is
 * written, @bytes in all. Requests that fail are counted, and no error. 0 or a negative errno,
 * logged; *@p is to be freed in any case.
 */
static inline int paced_run(struct drivervm_env *env, const char *const *more, unsigned int seed,
			    uint64_t bytes, struct paced *p)
{
	uint64_t ms = env->ops->option_uint(env, "duration_ms");
	char block[32], pace[32], total[40], random[32], *output = NULL;
	const char *argv[FIO_ARGS_MAX] = { "sh",
					   "-c",
					   paced_script,
					   "sh",
					   "--output-format=json",
					   "--name=job",
					   "--thread",
					   "--verify=crc32c",
					   "--verify_fatal=1",
					   "--continue_on_error=io",
					   block,
					   pace,
					   total,
					   random };
	const char *said;
	size_t n = 14;
	int err;

	snprintf(block, sizeof(block), "--bs=%" PRIu64, env->ops->option_uint(env, "block_size"));
	snprintf(pace, sizeof(pace), "--rate_iops=%" PRIu64, env->ops->option_uint(env, "rate"));
	snprintf(total, sizeof(total), "--io_size=%" PRIu64, bytes);
	snprintf(random, sizeof(random), "--randseed=%u", seed);
	while (*more && n < FIO_ARGS_MAX - 1)
		argv[n++] = *more++;
	*p = (struct paced){ 0 };
	err = env->ops->client_exec(env, argv, (unsigned int)ms + FIO_GRACE_MS, &output);
	said = err > 0 ? fio_complaint(output) : NULL;
	if (said)
		env->ops->log(env, "%.*s", (int)strcspn(said, "\n"), said);
	if (err > 0)
		err = fio_failure(said);
	if (!err)
		err = paced_parse(env, output, p);
	free(output);
	return err;
}

/* Was all read back that was written? 0 or -EIO, logged. */
static inline int paced_check_read(struct drivervm_env *env, const struct paced *p)
{
	if (p->written > 0 && p->read >= p->written)
		return 0;
	env->ops->log(env, "fio wrote %.0f bytes and read %.0f of them back", p->written, p->read);
	return -EIO;
}

/* Gives the samples. fio ends with the last answer, so there is one. */
static inline int paced_give(struct drivervm_env *env, struct paced *p)
{
	double last = 0;
	size_t i;

	for (i = 0; i < p->answers.n; i++)
		last = fmax(last, p->answers.at[i]);
	if (last <= 0) {
		env->ops->log(env, "fio logged no request");
		return -EIO;
	}
	env->ops->sample(env, "throughput", "B/s", p->written / last);
	env->ops->sample(env, "answered", "1", (double)p->answers.n);
	env->ops->sample(env, "failed", "1", p->failed);
	env->ops->sample(env, "verified", "B", p->read);
	give_outage(env, &p->answers, 0, last);
	return 0;
}

#endif
