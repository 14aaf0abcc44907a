// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All devices at once, each with a load of its own: disks with random requests, network cards with
 * messages that the peer sends back. The load itself is in load.c, what it comes to in samples.c.
 */
#include "fio.h"
#include "many-mix.h"

/* A dead disk answers nothing: requests fail after that time, and with them the job. */
#define DISK_TIMEOUT_MS 3000
/* Messages that fit into one segment: fio takes half of a longer one for the whole. */
#define MESSAGE_MAX 1400

static const char *const class_of[MIX_KINDS] = { "blk", "net" };

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

uint64_t mix_request_bytes(struct drivervm_env *env, enum mix_kind kind)
{
	return env->ops->option_uint(env, kind == MIX_DISK ? "block_size" : "message");
}

unsigned int mix_offered(struct drivervm_env *env, const struct mix *m)
{
	unsigned int total = (unsigned int)env->ops->option_uint(env, "total");
	unsigned int n = (unsigned int)m->n;

	if (strcmp(env->ops->option(env, "load"), "fixed") == 0)
		return (unsigned int)env->ops->option_uint(env, "rate");
	return total < n ? 1 : (total + n / 2) / n;
}

static int add_jobs(struct drivervm_env *env, struct mix *m, enum mix_kind kind)
{
	struct drivervm_device d;
	unsigned int i;

	for (i = 0; env->ops->device(env, class_of[kind], i, &d) == 0; i++) {
		const char *target = kind == MIX_DISK ? d.path : d.peer_address;
		struct mix_job *j = &m->jobs[m->n];

		if (m->n == MIX_DEVICES_MAX) {
			env->ops->log(env, "more than %d devices", MIX_DEVICES_MAX);
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
	enum mix_kind kind;
	int err = 0;

	if (!m)
		return -ENOMEM;
	m->jobs = calloc(MIX_DEVICES_MAX, sizeof(*m->jobs));
	if (!m->jobs)
		err = -ENOMEM;
	for (kind = 0; kind < MIX_KINDS && !err; kind++)
		err = add_jobs(env, m, kind);
	if (!err)
		err = shorten_timeouts(env);
	if (err)
		mix_teardown(env, m);
	else
		*state = m;
	return err;
}

static int mix_run(struct drivervm_env *env, void *state)
{
	struct mix *m = state;
	int server = mix_start_peer(env, m), err;
	char *output = NULL;
	json_t *jobs;

	if (server < 0)
		return server;
	err = mix_drive(env, m, &output);
	env->ops->stop(env, server);
	/* The exit code tells of dead devices; what the others did counts all the same. */
	jobs = err < 0 ? NULL : fio_jobs(env, output);
	if (err >= 0)
		err = jobs ? mix_give_samples(env, m, jobs) : -EIO;
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
