// SPDX-License-Identifier: GPL-2.0-or-later
/* The workers of a campaign. */
#include "faultinject/campaign/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/proc.h"
#include "core/progress.h"
#include "core/util.h"
#include "faultinject/campaign/estimate.h"
#include "faultinject/campaign/lines.h"
#include "results/run_dir.h"

/* A trial that takes longer hangs, with all that it may have to bring up. */
#define TRIAL_US (600 * USEC_PER_SEC)
/* How often is looked for one that does. */
#define LOOK_US USEC_PER_SEC

struct worker {
	struct pool *pool;
	unsigned int number;
	struct proc *proc; /* NULL: none is running */
	struct lines lines;
	bool busy; /* with: */
	struct trial trial;
	uint64_t since_us;
	json_t *answer; /* its record, to be taken */
};

struct pool {
	struct loop *loop;
	const struct campaign_run *run;
	struct records *records;
	struct record_writer *writer;
	struct worker *workers;
	size_t *pending; /* trials that nobody has begun, in their order */
	size_t n_pending;
	size_t n_all; /* of this run, done ones included */
	unsigned int failures; /* one after the other */
};

static void on_line(void *arg, json_t *json)
{
	struct worker *w = arg;

	json_decref(w->answer);
	w->answer = json;
}

static bool is_gone(const struct worker *w)
{
	return w->lines.closed || w->proc->exited;
}

static bool is_overdue(const struct worker *w)
{
	return w->busy && now_us() - w->since_us > TRIAL_US;
}

static void stop_worker(struct worker *w)
{
	if (!w->proc)
		return;
	lines_close(&w->lines);
	proc_free(w->proc);
	w->proc = NULL;
	json_decref(w->answer);
	w->answer = NULL;
	w->busy = false;
}

static int spawn(struct worker *w, int fd)
{
	const char *dir = w->pool->run->dir;
	char *log = run_dir_path(dir, "logs/worker%u.log", w->number);
	char *socket = xasprintf("%d", fd), *number = xasprintf("%u", w->number);
	const char *argv[] = { "/proc/self/exe", "inject", "--worker", socket,
			       "--number",	 number,   dir,	       NULL };
	struct proc_spec spec = {
		.argv = argv,
		.netns_fd = -1,
		.keep_fds = &fd,
		.n_keep_fds = 1,
		.log_path = log,
	};
	int err = proc_spawn(&w->proc, w->pool->loop, &spec);

	free(number);
	free(socket);
	free(log);
	return err;
}

static int start_worker(struct worker *w)
{
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		err = -errno;
	} else {
		err = spawn(w, fds[1]);
		fd_close(&fds[1]);
		w->lines = (struct lines){ .line = on_line, .arg = w };
		if (err < 0)
			fd_close(&fds[0]);
		else
			err = lines_open(&w->lines, w->pool->loop, fds[0]);
	}
	if (err < 0)
		pr_err("a worker cannot be started: %s", strerror(-err));
	return err;
}

static const struct campaign_target *target_of(const struct pool *p, size_t pending)
{
	struct trial t;

	trial_draw(&t, p->run->campaign, p->run->seed, p->pending[pending]);
	return t.target;
}

/* Is another worker at work on that target? */
static bool is_taken(const struct pool *p, const struct worker *w,
		     const struct campaign_target *target)
{
	unsigned int i;

	for (i = 0; i < p->run->jobs; i++)
		if (&p->workers[i] != w && p->workers[i].trial.target == target)
			return true;
	return false;
}

/*
 * Which trial is next for @w: one of the target that it has up, or else, of one that no other
 * worker has, or else the first. What costs time is bringing targets up.
 */
static size_t choose(const struct pool *p, const struct worker *w)
{
	size_t i, free_one = p->n_pending;

	for (i = 0; i < p->n_pending; i++) {
		const struct campaign_target *target = target_of(p, i);

		if (target == w->trial.target)
			return i;
		if (free_one == p->n_pending && !is_taken(p, w, target))
			free_one = i;
	}
	return free_one < p->n_pending ? free_one : 0;
}

static int hand_out(struct pool *p, struct worker *w)
{
	size_t i = choose(p, w), index = p->pending[i];
	json_t *json;
	int err = 0;

	if (!w->proc)
		err = start_worker(w);
	if (err < 0)
		return err;
	memmove(p->pending + i, p->pending + i + 1, (--p->n_pending - i) * sizeof(*p->pending));
	trial_draw(&w->trial, p->run->campaign, p->run->seed, index);
	w->busy = true;
	w->since_us = now_us();
	json = json_pack("{s:I}", "trial", (json_int_t)index);
	/* If it cannot be told, it is gone, which is seen to next. */
	lines_send(&w->lines, json);
	json_decref(json);
	return 0;
}

/* What is left to say of a trial whose worker did not live to tell. */
static json_t *lost_record(const struct worker *w)
{
	const struct trial *t = &w->trial;
	char *why = is_overdue(w) ? xstrdup("the trial did not come to an end") :
				    xasprintf("the worker ended with status %d in the middle of it",
					      proc_exit_code(w->proc));
	json_t *json = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:i,s:i,s:f}", "trial",
				 (json_int_t)t->index, "target", t->target->name, "system",
				 t->target->system, "driver", t->target->driver, "fault",
				 t->fault->fault, "family", t->fault->model->family, "outcome",
				 outcome_text(OUTCOME_HARNESS_FAILED), "reason", why, "seed",
				 (json_int_t)w->pool->run->seed, "shard", (int)w->pool->run->shard,
				 "worker", (int)w->number, "seconds",
				 (double)(now_us() - w->since_us) / USEC_PER_SEC);

	free(why);
	return json;
}

static void say_progress(const struct pool *p, const struct record *r)
{
	double each = trial_seconds(p->run->campaign) / p->run->jobs;

	progress_at((double)(p->n_all - p->n_pending) * each, "trial %zu, %s into %s: %s", r->trial,
		    record_text(r, "fault"), record_text(r, "target"), outcome_text(r->outcome));
}

/* Takes @json over. */
static int keep(struct pool *p, json_t *json)
{
	struct record r;
	int err = record_of_json(&r, json);

	if (err < 0)
		pr_err("a worker's answer is no record");
	else
		err = record_append(p->writer, json);
	if (err < 0) {
		json_decref(json);
		return err;
	}
	records_add(p->records, &r);
	say_progress(p, &r);
	p->failures = r.outcome == OUTCOME_HARNESS_FAILED ? p->failures + 1 : 0;
	if (p->failures < POOL_FAILURES_MAX)
		return 0;
	pr_err("%u trials one after the other could not be carried out: %s", p->failures,
	       record_text(&r, "reason"));
	return -EIO;
}

/* Has it something for us? */
static bool wants(const struct worker *w)
{
	return w->proc && (w->answer || is_gone(w) || is_overdue(w));
}

static bool any_wants(void *arg)
{
	const struct pool *p = arg;
	unsigned int i;

	for (i = 0; i < p->run->jobs; i++)
		if (wants(&p->workers[i]))
			return true;
	return false;
}

static int attend(struct pool *p, struct worker *w)
{
	json_t *answer = w->answer;
	int err = 0;

	w->answer = NULL;
	if (answer) {
		w->busy = false;
		return keep(p, answer);
	}
	/* The socket closes before the process has been seen to end. */
	if (!is_overdue(w))
		proc_wait(w->proc, LOOK_US);
	if (p->loop->interrupted)
		return -EINTR;
	if (w->busy)
		err = keep(p, lost_record(w));
	stop_worker(w);
	return err;
}

static bool any_busy(const struct pool *p)
{
	unsigned int i;

	for (i = 0; i < p->run->jobs; i++)
		if (p->workers[i].busy)
			return true;
	return false;
}

static int run_all(struct pool *p)
{
	unsigned int i;
	int err = 0;

	do {
		for (i = 0; i < p->run->jobs && !err; i++) {
			struct worker *w = &p->workers[i];

			if (wants(w))
				err = attend(p, w);
			if (!err && !w->busy && p->n_pending)
				err = hand_out(p, w);
		}
		if (!err && any_busy(p))
			err = loop_wait(p->loop, any_wants, p, LOOK_US);
		if (err == -ETIMEDOUT)
			err = 0;
	} while (!err && any_busy(p));
	return p->loop->interrupted ? -EINTR : err;
}

static void find_pending(struct pool *p)
{
	size_t n = campaign_n_trials(p->run->campaign), i;

	p->pending = xcalloc(n, sizeof(*p->pending));
	for (i = 0; i < n; i++) {
		if (!campaign_run_has(p->run, i))
			continue;
		p->n_all++;
		if (!records_find(p->records, i))
			p->pending[p->n_pending++] = i;
	}
}

int pool_run(struct loop *loop, const struct campaign_run *run, struct records *records)
{
	struct pool p = { .loop = loop, .run = run, .records = records };
	unsigned int i;
	int err = record_writer_open(&p.writer, run->dir);

	if (err < 0)
		return err;
	find_pending(&p);
	p.workers = xcalloc(run->jobs, sizeof(*p.workers));
	for (i = 0; i < run->jobs; i++) {
		p.workers[i].pool = &p;
		p.workers[i].number = i;
	}
	progress_begin((double)p.n_all * trial_seconds(run->campaign) / run->jobs);
	err = p.n_pending ? run_all(&p) : 0;
	for (i = 0; i < run->jobs; i++)
		stop_worker(&p.workers[i]);
	progress_end();
	free(p.workers);
	free(p.pending);
	record_writer_close(p.writer);
	return err;
}
