// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load: one fio in the client drives all devices, one at the peer answers; every device is a
 * job. That of a card is a process, so that it can be killed if its device is dead, and its figures
 * still count.
 */
#include "fio.h"
#include "many-mix.h"

#define START_MS 20000 /* for the peer to listen */
/* The job of a dead card waits for its answer for ever; it is killed so long after the others. */
#define STUCK_S 8
/* fio starts its jobs one after the other, which takes at most so long for each. */
#define START_S 1
#define JOB_FILE "/tmp/many-mix.fio"

/* -- the peer -- */

static int find_ports(struct drivervm_env *env, struct mix *m)
{
	size_t i;
	int port;

	for (i = m->n_of[MIX_DISK]; i < m->n; i++) {
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

	for (i = m->n_of[MIX_DISK]; i < m->n && !err; i++)
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
		mix_request_bytes(env, MIX_CARD));
	for (i = m->n_of[MIX_DISK]; i < m->n; i++)
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

int mix_start_peer(struct drivervm_env *env, struct mix *m)
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
	const struct mix_job *j = &m->jobs[i];

	fprintf(out, "[%s]\nbs=%" PRIu64 "\n", j->name, mix_request_bytes(env, j->kind));
	if (j->kind == MIX_DISK)
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
	unsigned int rate = mix_offered(env, m);
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

int mix_drive(struct drivervm_env *env, const struct mix *m, char **output)
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
