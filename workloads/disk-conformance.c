// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a disk do all that an ordinary disk does? Named checks of the client's disk, the same for
 * every driver, wherever that runs: what it says of itself, its bounds, discarding, and writing
 * with checksums that is read back, past the page cache; then a short throughput figure each way.
 * The first check that fails ends it.
 */
#include <stdbool.h>
#include <time.h>

#include "conformance.h"
#include "fio.h"

#define BLOCK_MAX 4096 /* a page: Linux takes no larger logical blocks */
#define DISK_MIN 16 /* MiB; discarding uses the first 9 */
#define MIB 1048576u

/* The checks, and the disk that they are about. */
struct test {
	struct conformance c;
	uint64_t sectors; /* of 512 bytes */
	uint64_t discard_max; /* bytes; 0: it cannot discard */
	unsigned int block; /* logical, bytes */
};

static const struct drivervm_option options[] = {
	{ .name = "size",
	  .help = "of each of the four parts that are written and read back, MiB",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "4",
	  .min = 1,
	  .max = 64 },
	{ .name = "duration_ms",
	  .help = "of each throughput measurement, milliseconds",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "500",
	  .min = 100,
	  .max = 3600000 },
	{ .name = NULL },
};

/* In 512-byte sectors, bytes, and truth values; each file holds one number. */
#define GEOMETRY                                                                       \
	"cd /sys/block/${p##*/} && echo $(cat size ro queue/rotational "               \
	"queue/logical_block_size queue/physical_block_size queue/discard_max_bytes) " \
	"$(blockdev --getsize64 $p)"

/* The last block can be read and written; behind it there is nothing to be read or written. */
#define BOUNDS                                                                                  \
	"last=$((n * 512 / b - 1))\n"                                                           \
	"[ $(dd if=$p bs=$b skip=$last count=1 iflag=direct | wc -c) = $b ] || exit 1\n"        \
	"dd if=/dev/urandom of=$p bs=$b seek=$last count=1 oflag=direct || exit 1\n"            \
	"[ $(dd if=$p bs=$b skip=$((last + 1)) count=1 2>/dev/null | wc -c) = 0 ] || "          \
	"{ echo 'there is something behind its end'; exit 1; }\n"                               \
	"! dd if=/dev/zero of=$p bs=$b seek=$((last + 1)) count=1 oflag=direct 2>/dev/null || " \
	"{ echo 'it can be written behind its end'; exit 1; }"

/* The fifth and sixth MiB are discarded; what is before and behind them must stay. */
#define DISCARD                                                                           \
	"part() { dd if=$p bs=1M skip=$1 count=$2 iflag=direct 2>/dev/null; }\n"          \
	"rest() { { part 0 4; part 6 4; part $((n / 2048 - 1)) 1; } | md5sum; }\n"        \
	"dd if=/dev/urandom of=$p bs=1M seek=1 count=8 oflag=direct || exit 1\n"          \
	"before=$(rest); blkdiscard -o 4194304 -l 2097152 $p || exit 1; after=$(rest)\n"  \
	"[ \"$before\" = \"$after\" ] || { echo 'other blocks have changed'; exit 1; }\n" \
	"[ $(part 4 2 | wc -c) = 2097152 ] || { echo 'it is not readable now'; exit 1; }"

/* What scripts know of the disk. */
static const char *prelude(struct drivervm_env *env, const struct test *t, char *text, size_t size)
{
	snprintf(text, size, "p=%s n=%" PRIu64 " b=%u; ", env->ops->device_path(env, "blk"),
		 t->sectors, t->block);
	return text;
}

static int check_script(struct drivervm_env *env, struct test *t, const char *name,
			const char *script)
{
	char text[256];

	return conformance_check(env, &t->c, name, prelude(env, t, text, sizeof(text)), script);
}

static int check_geometry(struct drivervm_env *env, struct test *t)
{
	unsigned int read_only, rotational, physical;
	const char *why = NULL;
	char text[256];
	uint64_t bytes;
	int err, n;

	err = conformance_script(env, &t->c, prelude(env, t, text, sizeof(text)), GEOMETRY);
	n = sscanf(t->c.said, "%" SCNu64 "%u%u%u%u%" SCNu64 "%" SCNu64, &t->sectors, &read_only,
		   &rotational, &t->block, &physical, &t->discard_max, &bytes);
	if (err || n != 7)
		why = err < 0 ? strerror(-err) : t->c.said;
	else if (bytes != t->sectors * 512)
		why = "its size is one thing in /sys, another to those who open it";
	else if (bytes / MIB < DISK_MIN || bytes / MIB < 2 + 4 * env->ops->option_uint(env, "size"))
		why = "it is too small for this test";
	else if (read_only)
		why = "it is read-only";
	else if (rotational > 1)
		why = "rotational is neither 0 nor 1";
	else if (t->block < 512 || t->block > BLOCK_MAX || (t->block & (t->block - 1)))
		why = "its logical blocks are of an impossible size";
	else if (physical < t->block || physical % t->block || bytes % t->block)
		why = "its size and that of its blocks do not fit";
	return conformance_judge(env, &t->c, "geometry", !why, why);
}

/* One of fio's jobs that write and read back; @complaint is what fio said first. */
static int check_job(struct drivervm_env *env, struct test *t, const json_t *job,
		     const char *complaint)
{
	const char *name = json_string_value(json_object_get(job, "jobname"));
	bool failed = json_integer_value(json_object_get(job, "error"));
	double written = fio_number(job, "write", "io_bytes", NULL);
	double read = fio_number(job, "read", "io_bytes", NULL);
	char why[256];

	if (failed && complaint)
		snprintf(why, sizeof(why), "%.*s", (int)strcspn(complaint, "\n"), complaint);
	else
		snprintf(why, sizeof(why), "fio wrote %.0f bytes and read %.0f", written, read);
	return conformance_judge(env, &t->c, name, !failed && written > 0 && read >= written, why);
}

static int emit_rate(struct drivervm_env *env, const json_t *job, const char *direction,
		     const char *metric)
{
	double rate = fio_number(job, direction, "bw_bytes", NULL);

	if (rate > 0)
		return env->ops->sample(env, metric, "B/s", rate);
	env->ops->log(env, "fio transferred nothing: %s", metric);
	return -EIO;
}

#define VERIFY "--verify=crc32c", "--verify_fatal=1"
#define VERIFY_JOBS 6 /* the first so many, each on a part of its own, all at once */
/* Then the throughput of all of the four large parts. */
#define RATE "--bs=64k", part[0], all, runtime, "--stonewall", "--time_based"

/* All of it in one go, since fio takes long to start. */
static int run_fio(struct drivervm_env *env, const struct test *t, char **output)
{
	const struct drivervm_host_ops *ops = env->ops;
	unsigned int ms = (unsigned int)ops->option_uint(env, "duration_ms"), i;
	unsigned int mib = (unsigned int)ops->option_uint(env, "size");
	char filename[80], block[24], range[32], end[48], seed[40], runtime[40];
	char part[4][24], size[24], all[24];
	/* clang-format off */
	const char *const argv[] = {
		"fio", "--output-format=json", "--name=global", filename, "--ioengine=libaio",
		"--direct=1", "--thread", "--iodepth=8", seed, "--verify_state_save=0",
		/* Single blocks, each forced to the medium, at both ends of the disk. */
		"--name=start", "--rw=write", block, "--size=64k", "--sync=dsync", VERIFY,
		"--name=end", "--rw=write", block, end, "--size=64k", "--sync=dsync", VERIFY,
		/* With flushes in between. */
		"--name=sequential", "--rw=write", "--bs=64k", part[0], size, "--fsync=16", VERIFY,
		/* Read back while others are written. */
		"--name=random", "--rw=randwrite", range, part[1], size, "--verify_backlog=32",
		VERIFY,
		"--name=mixed", "--rw=randrw", range, part[2], size, VERIFY,
		/* Larger than any request may be. */
		"--name=large", "--rw=randwrite", "--bs=1m", part[3], size, VERIFY,
		"--name=read", "--rw=read", RATE,
		"--name=write", "--rw=write", RATE,
		NULL,
	};
	/* clang-format on */

	snprintf(filename, sizeof(filename), "--filename=%s", ops->device_path(env, "blk"));
	snprintf(block, sizeof(block), "--bs=%u", t->block);
	snprintf(range, sizeof(range), "--bsrange=%u-64k", t->block);
	snprintf(end, sizeof(end), "--offset=%" PRIu64, t->sectors * 512 - 65536);
	/* Other contents each time, or what an earlier run left would do. */
	snprintf(seed, sizeof(seed), "--randseed=%lld", (long long)time(NULL));
	snprintf(runtime, sizeof(runtime), "--runtime=%ums", ms);
	for (i = 0; i < 4; i++)
		snprintf(part[i], sizeof(part[i]), "--offset=%um", 1 + i * mib);
	snprintf(size, sizeof(size), "--size=%um", mib);
	snprintf(all, sizeof(all), "--size=%um", 4 * mib);
	return ops->client_exec(env, argv, 2 * ms + CONFORMANCE_MS, output);
}

static int check_data(struct drivervm_env *env, struct test *t)
{
	const char *complaint;
	json_t *jobs = NULL;
	char *output;
	int code, err;
	size_t i;

	code = run_fio(env, t, &output);
	complaint = fio_complaint(output);
	if (code >= 0)
		jobs = fio_jobs(env, output);
	err = jobs ? 0 : code < 0 ? code : -EIO;
	for (i = 0; i < VERIFY_JOBS && !err; i++)
		err = check_job(env, t, json_array_get(jobs, i), complaint);
	if (!err)
		err = emit_rate(env, json_array_get(jobs, i), "read", "throughput_read");
	if (!err)
		err = emit_rate(env, json_array_get(jobs, i + 1), "write", "throughput_write");
	json_decref(jobs);
	free(output);
	return !err && code ? -EIO : err;
}

static int conformance_run(struct drivervm_env *env, void *state)
{
	struct test t = { 0 };
	int err;

	(void)state;
	err = check_geometry(env, &t);
	if (!err)
		err = check_script(env, &t, "bounds", BOUNDS);
	if (!err && t.discard_max)
		err = check_script(env, &t, "discard", DISCARD);
	if (!err)
		err = check_data(env, &t);
	return err ? err : env->ops->sample(env, "checks", "1", t.c.passed);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "disk-conformance",
	.summary = "does a disk do all that one should? named checks, then throughput (fio)",
	.classes = fio_classes,
	.options = options,
	.metric = "checks",
	.client_image = FIO_IMAGE,
	.client_tools = fio_tools,
	.supported = fio_supported,
	.run = conformance_run,
};
