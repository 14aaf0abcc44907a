// SPDX-License-Identifier: GPL-2.0-or-later
/* A workload that runs beside the program. */
#include "faultinject/campaign/load.h"

#include <errno.h>
#include <string.h>

#include "core/log.h"
#include "core/task.h"
#include "core/util.h"

static void on_sample(void *arg, const struct workload_sample *sample)
{
	struct load *l = arg;

	if (!*sample->device && !*sample->t && streq(sample->metric, l->metric))
		l->sum += sample->value;
}

/* One that began before the fault says little of it, and does not count unless it failed. */
static void iterate(void *arg)
{
	struct load *l = arg;

	do {
		uint64_t begun_us = now_us();
		double before = l->sum;

		l->err = workload_iterate(l->run, on_sample, l);
		if (begun_us >= l->since_us)
			l->n++;
		else
			l->sum = before;
	} while (!l->err && !(l->stop && l->n));
}

bool load_has_ended(const struct load *l)
{
	return task_done(l->task);
}

static bool has_ended(void *arg)
{
	return load_has_ended(arg);
}

void load_stop(struct load *l)
{
	l->stop = true;
}

int load_start(struct load *l, struct loop *loop, struct workload_run *run, const char *metric)
{
	int err;

	*l = (struct load){ .loop = loop, .run = run, .metric = metric };
	err = task_start(&l->task, loop, iterate, l);
	if (err < 0)
		pr_err("the workload cannot be started: %s", strerror(-err));
	return err;
}

int load_finish(struct load *l, uint64_t deadline_us)
{
	uint64_t now = now_us();
	int err = 0;

	load_stop(l);
	if (!task_done(l->task))
		err = loop_wait(l->loop, has_ended, l, deadline_us > now ? deadline_us - now : 1);
	l->cut = !task_done(l->task);
	task_free(l->task);
	l->task = NULL;
	/* Whatever it said when it was cut short: nobody has interrupted it. */
	if (l->cut)
		l->err = -ETIMEDOUT;
	return err == -EINTR ? err : 0;
}

double load_value(const struct load *l)
{
	return l->n ? l->sum / l->n : 0;
}

int load_once(struct load *l, struct loop *loop, struct workload_run *run, const char *metric,
	      uint64_t deadline_us)
{
	int err = load_start(l, loop, run, metric);

	if (!err)
		err = load_finish(l, deadline_us);
	return err ? err : l->err;
}
