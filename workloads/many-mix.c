// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All devices at once, each with a load of its own: disks with random requests, network cards with
 * messages that the peer sends back. One fio in the client drives them all, one at the peer
 * answers; every device is a job. That of a card is a process, so that it can be killed if its
 * device is dead, and its figures still count.
 */
#include "fio.h"
#include "histogram.h"
#include "shares.h"

#define START_MS 20000 /* for the peer to listen */
/* A dead disk answers nothing: requests fail after that time, and with them the job. */
#define DISK_TIMEOUT_MS 3000
/* The job of a dead card waits for its answer for ever; it is killed so long after the others. */
#define STUCK_S 8
/* fio starts its jobs one after the other, which takes at most so long for each. */
#define START_S 1
/* Messages that fit into one segment: fio takes half of a longer one for the whole. */
#define MESSAGE_MAX 1400
#define DEVICES_MAX 256
#define JOB_FILE "/tmp/many-mix.fio"
#define TEXT_SIZE 64

enum kind { DISK, CARD, N_KINDS };

static const char *const class_of[N_KINDS] = { "blk", "net" };

/* A device, and what it carried in the iteration. */
struct job {
	enum kind kind;
	char name[TEXT_SIZE];
	char target[TEXT_SIZE]; /* its file, or the peer's address on its network */
	unsigned int port; /* cards: where the peer answers */
	double requests;
};

struct mix {
	struct job *jobs; /* all disks before all cards */
	size_t n;
	size_t n_of[N_KINDS];
};

static const char *const classes[] = { "net", "blk", NULL };
static const char *const loads[] = { "fixed", "split", NULL };
static const char *const directions[] = { "read", "write", "turns", NULL };

static const struct drivervm_option options[] = {
	{ .name = "load",
	  .help = "what is offered: rate to each device (fixed), or total to all together (split)",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .def = "fixed",
	  .choices = loads },
	{ .name = "rate",
	  .help = "requests a second of each device; 0: the next as soon as one is answered",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "10",
	  .max = 1000000 },
	{ .name = "total",
	  .help = "requests a second of all; each device has a whole number of them, at least 1",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "100",
	  .min = 1,
	  .max = 1000000 },
	{ .name = "direction",
	  .help = "of disks' requests: read, write, or turns (every other disk writes)",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .def = "turns",
	  .choices = directions },
	{ .name = "block_size",
	  .help = "of a disk's request, bytes",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "4096",
	  .min = 512,
	  .max = 1048576 },
	{ .name = "message",
	  .help = "sent by a card and back, bytes",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "1024",
	  .min = 16,
	  .max = MESSAGE_MAX },
	{ .name = "except",
	  .help = "device that others and others_least leave out: \"net0\", or none",
	  .type = DRIVERVM_OPTION_STRING,
	  .def = "none" },
	{ .name = "duration_ms",
	  .help = "of one iteration, milliseconds",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "10000",
	  .min = 500,
	  .max = 3600000 },
	{ .name = NULL },
};

static uint64_t request_bytes(struct drivervm_env *env, enum kind kind)
{
	return env->ops->option_uint(env, kind == DISK ? "block_size" : "message");
}

/* Requests a second of one device, a whole one, for fio knows no others; 0: as many as it can. */
static unsigned int offered(struct drivervm_env *env, const struct mix *m)
{
	unsigned int total = (unsigned int)env->ops->option_uint(env, "total");
	unsigned int n = (unsigned int)m->n;

	if (strcmp(env->ops->option(env, "load"), "fixed") == 0)
		return (unsigned int)env->ops->option_uint(env, "rate");
	return total < n ? 1 : (total + n / 2) / n;
}

static int add_jobs(struct drivervm_env *env, struct mix *m, enum kind kind)
{
	struct drivervm_device d;
	unsigned int i;

	for (i = 0; env->ops->device(env, class_of[kind], i, &d) == 0; i++) {
		const char *target = kind == DISK ? d.path : d.peer_address;
		struct job *j = &m->jobs[m->n];

		if (m->n == DEVICES_MAX) {
			env->ops->log(env, "more than %d devices", DEVICES_MAX);
			return -E2BIG;
		}
		if (!target) {
			env->ops->log(env, "%s has no file and no address", d.name);
			return -ENODEV;
		}
		j->kind = kind;
		snprintf(j->name, sizeof(j->name), "%s", d.name);
		snprintf(j->target, sizeof(j->target), "%s", target);
		m->n++;
		m->n_of[kind]++;
	}
	return 0;
}

/*
 * For as long as the system is up: nobody else uses it meanwhile. Disks whose driver never gives a
 * request up, virtio-blk's, have none.
 */
static int shorten_timeouts(struct drivervm_env *env)
{
	char script[128];
	const char *const argv[] = { "sh", "-c", script, NULL };
	int err;

	snprintf(script, sizeof(script),
		 "for f in /sys/block/*/queue/io_timeout; do [ ! -e $f ] || echo %d >$f || exit 1; "
		 "done",
		 DISK_TIMEOUT_MS);
	err = env->ops->client_exec(env, argv, FIO_GRACE_MS, NULL);
	return err > 0 ? -EIO : err;
}

static void mix_teardown(struct drivervm_env *env, void *state)
{
	struct mix *m = state;

	(void)env;
	free(m->jobs);
	free(m);
}

static int mix_setup(struct drivervm_env *env, void **state)
{
	struct mix *m = calloc(1, sizeof(*m));
	enum kind kind;
	int err = 0;

	if (!m)
		return -ENOMEM;
	m->jobs = calloc(DEVICES_MAX, sizeof(*m->jobs));
	if (!m->jobs)
		err = -ENOMEM;
	for (kind = 0; kind < N_KINDS && !err; kind++)
		err = add_jobs(env, m, kind);
	if (!err)
		err = shorten_timeouts(env);
	if (err)
		mix_teardown(env, m);
	else
		*state = m;
	return err;
}

/* -- the peer -- */

static int find_ports(struct drivervm_env *env, struct mix *m)
{
	size_t i;
	int port;

	for (i = m->n_of[DISK]; i < m->n; i++) {
		port = env->ops->free_port(env, DRIVERVM_PEER, DRIVERVM_TCP);
		if (port < 0)
			return port;
		m->jobs[i].port = (unsigned int)port;
	}
	return 0;
}

static int wait_ports(struct drivervm_env *env, const struct mix *m)
{
	size_t i;
	int err = 0;

	for (i = m->n_of[DISK]; i < m->n && !err; i++)
		err = env->ops->wait_port(env, DRIVERVM_PEER, DRIVERVM_TCP, m->jobs[i].port,
					  START_MS);
	return err;
}

static void write_peer_jobs(struct drivervm_env *env, const struct mix *m, FILE *out)
{
	size_t i;

	fprintf(out,
		"[global]\nthread\nioengine=net\nprotocol=tcp\nlisten\npingpong\nnodelay=1\n"
		"rw=read\nsize=1t\nbs=%" PRIu64 "\n",
		request_bytes(env, CARD));
	for (i = m->n_of[DISK]; i < m->n; i++)
		fprintf(out, "[%s]\nport=%u\n", m->jobs[i].name, m->jobs[i].port);
}

/* A description of fio's jobs, which a hundred of do not fit on a command line. To be freed. */
static char *job_file(struct drivervm_env *env, const struct mix *m,
		      void (*write)(struct drivervm_env *env, const struct mix *m, FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	write(env, m, out);
	fclose(out);
	return text;
}

/* What answers, afresh for each iteration: it takes one connection. A handle or an errno. */
static int start_peer(struct drivervm_env *env, struct mix *m)
{
	const char *argv[] = { "sh", "-c", "printf %s \"$1\" | fio -", "sh", NULL, NULL };
	int server, err;
	char *jobs;

	err = find_ports(env, m);
	if (err)
		return err;
	jobs = job_file(env, m, write_peer_jobs);
	if (!jobs)
		return -ENOMEM;
	argv[4] = jobs;
	server = env->ops->peer_start(env, argv);
	free(jobs);
	if (server < 0)
		return server;
	err = wait_ports(env, m);
	if (!err)
		return server;
	env->ops->stop(env, server);
	return err;
}

/* -- the client -- */

static const char *direction_of(struct drivervm_env *env, size_t index)
{
	const char *direction = env->ops->option(env, "direction");

	if (strcmp(direction, "turns") != 0)
		return direction;
	return index % 2 ? "write" : "read";
}

static void write_job(struct drivervm_env *env, const struct mix *m, size_t i, FILE *out)
{
	const struct job *j = &m->jobs[i];

	fprintf(out, "[%s]\nbs=%" PRIu64 "\n", j->name, request_bytes(env, j->kind));
	if (j->kind == DISK)
		fprintf(out,
			"thread\nioengine=libaio\ndirect=1\nnorandommap\nfilename=%s\nrw=rand%s\nsize=%um\n",
			j->target, direction_of(env, i), FIO_SPAN_MIB);
	else
		fprintf(out,
			"ioengine=net\nprotocol=tcp\npingpong\nnodelay=1\nhostname=%s\nport=%u\n"
			"rw=write\nsize=1t\n",
			j->target, j->port);
}

static void write_client_jobs(struct drivervm_env *env, const struct mix *m, FILE *out)
{
	unsigned int rate = offered(env, m);
	size_t i;

	fprintf(out,
		"[global]\nunified_rw_reporting=1\nlat_percentiles=1\nclat_percentiles=0\n"
		"disk_util=0\ntime_based\nruntime=%" PRIu64 "ms\n",
		env->ops->option_uint(env, "duration_ms"));
	if (rate)
		fprintf(out, "rate_iops=%u\n", rate);
	for (i = 0; i < m->n; i++)
		write_job(env, m, i, out);
}

/*
 * Beside fio, what kills those of its children that are still there after $2 seconds, when all
 * should have ended. What fio itself knows of them is in memory that it shares with them.
 */
static const char client_script[] =
	"printf %s \"$1\" >" JOB_FILE
	"; fio --output-format=json+ --eta=never --max-jobs=$3 " JOB_FILE " & fio=$!; "
	"(sleep $2; for d in /proc/[0-9]*; do "
	"read -r pid name state parent rest <$d/stat; [ \"$parent\" = $fio ] && kill -9 $pid; "
	"done) >/dev/null 2>&1 & killer=$!; "
	"wait $fio; status=$?; kill $killer 2>/dev/null; exit $status";

static int drive(struct drivervm_env *env, const struct mix *m, char **output)
{
	unsigned int ms = (unsigned int)env->ops->option_uint(env, "duration_ms");
	unsigned int start_s = (unsigned int)m->n * START_S;
	char *jobs = job_file(env, m, write_client_jobs), deadline[16], n[16];
	const char *const argv[] = { "sh", "-c", client_script, "sh", jobs, deadline, n, NULL };
	int err;

	if (!jobs)
		return -ENOMEM;
	snprintf(deadline, sizeof(deadline), "%u", start_s + ms / 1000 + STUCK_S);
	snprintf(n, sizeof(n), "%zu", m->n + 1);
	err = env->ops->client_exec(env, argv, start_s * 1000 + ms + FIO_GRACE_MS, output);
	free(jobs);
	return err;
}

/* -- what it was -- */

static const json_t *find_job(const json_t *jobs, const char *name)
{
	size_t i;

	for (i = 0; i < json_array_size(jobs); i++) {
		const json_t *job = json_array_get(jobs, i);
		const char *found = json_string_value(json_object_get(job, "jobname"));

		if (found && strcmp(found, name) == 0)
			return job;
	}
	return NULL;
}

/*
 * What the job carried, and how long it took, into @all and the device's samples. Counted is what
 * was answered: the other sums of a job that was killed stay 0.
 */
static int take_job(struct drivervm_env *env, struct job *j, const json_t *jobs,
		    struct histogram *all, double *worst)
{
	const json_t *job = find_job(jobs, j->name);
	json_t *lat = json_object_get(json_object_get(job, "mixed"), "lat_ns");
	struct histogram own = { 0 };
	double p99;
	int err;

	if (!lat) {
		env->ops->log(env, "fio says nothing of %s", j->name);
		return -EIO;
	}
	if (json_integer_value(json_object_get(job, "error")))
		env->ops->log(env, "%s failed: error %" JSON_INTEGER_FORMAT, j->name,
			      json_integer_value(json_object_get(job, "error")));
	err = histogram_add(&own, json_object_get(lat, "bins"));
	if (!err)
		err = histogram_add(all, json_object_get(lat, "bins"));
	j->requests = (double)own.count;
	if (!err && own.count) {
		p99 = histogram_percentile(&own, 0.99);
		if (p99 > *worst)
			*worst = p99;
		env->ops->device_sample(env, j->name, "device_latency_p99", "us", p99);
	}
	histogram_free(&own);
	return err;
}

/* How long the last of them took, s: under more load than can be carried, they end late. */
static double elapsed_s(struct drivervm_env *env, const json_t *jobs)
{
	double longest = (double)env->ops->option_uint(env, "duration_ms"), ms;
	size_t i;

	for (i = 0; i < json_array_size(jobs); i++) {
		ms = fio_number(json_array_get(jobs, i), "mixed", "runtime", NULL);
		if (ms > longest)
			longest = ms;
	}
	return longest / 1000;
}

static void give_throughput(struct drivervm_env *env, const struct mix *m, double seconds)
{
	double requests = 0, bytes = 0, served = 0, of_device;
	unsigned int rate = offered(env, m);
	size_t i;

	for (i = 0; i < m->n; i++) {
		of_device = m->jobs[i].requests * (double)request_bytes(env, m->jobs[i].kind);
		requests += m->jobs[i].requests;
		bytes += of_device;
		served += of_device > 0;
		env->ops->device_sample(env, m->jobs[i].name, "device_throughput", "bit/s",
					of_device * 8 / seconds);
	}
	env->ops->sample(env, "throughput", "bit/s", bytes * 8 / seconds);
	env->ops->sample(env, "transferred", "B", bytes);
	env->ops->sample(env, "request_rate", "1/s", requests / seconds);
	env->ops->sample(env, "served", "1", served / (double)m->n);
	if (rate)
		env->ops->sample(env, "carried", "1",
				 requests / seconds / ((double)rate * (double)m->n));
}

static void give_shares(struct drivervm_env *env, const struct mix *m)
{
	double share[DEVICES_MAX];
	size_t i;

	for (i = 0; i < m->n; i++)
		share[i] = m->jobs[i].requests;
	shares_of(share, m->n_of[DISK]);
	shares_of(share + m->n_of[DISK], m->n_of[CARD]);
	env->ops->sample(env, "fairness", "1", shares_jain(share, m->n));
	env->ops->sample(env, "least_share", "1", shares_least(share, m->n));
}

/* How the devices fared that are not the one which something is done to. */
static void give_others(struct drivervm_env *env, const struct mix *m, double seconds)
{
	const char *except = env->ops->option(env, "except");
	double bytes = 0, least = INFINITY, rate;
	size_t i, n = 0;

	for (i = 0; i < m->n; i++) {
		const struct job *j = &m->jobs[i];

		if (strcmp(j->name, except) == 0)
			continue;
		rate = j->requests / seconds;
		bytes += j->requests * (double)request_bytes(env, j->kind);
		least = fmin(least, rate);
		n++;
	}
	if (n == m->n || !n)
		return;
	env->ops->sample(env, "others", "bit/s", bytes * 8 / seconds);
	env->ops->sample(env, "others_least", "1/s", least);
}

static int take_all(struct drivervm_env *env, struct mix *m, const json_t *jobs)
{
	struct histogram all = { 0 };
	double worst = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < m->n && !err; i++)
		err = take_job(env, &m->jobs[i], jobs, &all, &worst);
	if (!err && !all.count) {
		env->ops->log(env, "no device answered a single request");
		err = -EIO;
	}
	if (!err) {
		give_throughput(env, m, elapsed_s(env, jobs));
		give_others(env, m, elapsed_s(env, jobs));
		give_shares(env, m);
		env->ops->sample(env, "latency_median", "us", histogram_percentile(&all, 0.5));
		env->ops->sample(env, "latency_p99", "us", histogram_percentile(&all, 0.99));
		env->ops->sample(env, "latency_p999", "us", histogram_percentile(&all, 0.999));
		env->ops->sample(env, "latency_p99_worst", "us", worst);
	}
	histogram_free(&all);
	return err;
}

static int mix_run(struct drivervm_env *env, void *state)
{
	struct mix *m = state;
	int server = start_peer(env, m), err;
	char *output = NULL;
	json_t *jobs;

	if (server < 0)
		return server;
	err = drive(env, m, &output);
	env->ops->stop(env, server);
	/* The exit code tells of dead devices; what the others did counts all the same. */
	jobs = err < 0 ? NULL : fio_jobs(env, output);
	if (err >= 0)
		err = jobs ? take_all(env, m, jobs) : -EIO;
	json_decref(jobs);
	free(output);
	return err;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "many-mix",
	.summary = "all disks and network cards at once, each with a load of its own (fio)",
	.classes = classes,
	.options = options,
	.metric = "throughput",
	.client_image = FIO_IMAGE,
	.client_tools = fio_tools,
	.peer_tools = fio_tools,
	.setup = mix_setup,
	.run = mix_run,
	.teardown = mix_teardown,
};
