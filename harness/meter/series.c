// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time series: CPU and memory of each VM, of the host and of the orchestrator as lines of a CSV,
 * at an interval that grows with the number of VMs. Per VM one clock and one small file are read,
 * so it can be left on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "meter/parts.h"

/* The one before, of each process. */
struct last {
	pid_t pid;
	uint64_t cpu_ns;
};

struct series {
	FILE *file;
	sd_event_source *timer;
	meter_targets_fn fn;
	void *arg;
	struct meter_target *targets;
	size_t n_targets;
	struct last *last; /* n_last of them */
	size_t n_last;
	struct last own;
	struct cpu_machine host;
	uint64_t last_us; /* CLOCK_MONOTONIC; 0: nothing read yet */
	uint64_t due_us;
	uint64_t cost_ns;
};

static uint64_t thread_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static uint64_t interval_us(const struct series *s)
{
	return SERIES_INTERVAL_US * (1 + s->n_targets / SERIES_VMS);
}

/* A line for a process; the one before must be of the same process. */
static void write_process(struct series *s, const char *stamp, const char *name, pid_t pid,
			  struct last *last, double seconds)
{
	uint64_t ns, rss;

	if (cpu_read_total(pid, &ns) < 0 || mem_read_rss(pid, &rss, NULL) < 0)
		return;
	if (last->pid == pid && seconds > 0)
		fprintf(s->file, "%s,%s,%.4f,%ju\n", stamp, name,
			(double)(ns - last->cpu_ns) / 1e9 / seconds, (uintmax_t)rss);
	last->pid = pid;
	last->cpu_ns = ns;
}

static void write_host(struct series *s, const char *stamp, double seconds)
{
	struct cpu_machine now;

	if (cpu_read_machine(&now) < 0)
		return;
	if (seconds > 0)
		fprintf(s->file, "%s,host,%.4f,\n", stamp,
			(double)(now.busy - s->host.busy) * cpu_tick_seconds() / seconds);
	s->host = now;
}

static void write_all(struct series *s)
{
	uint64_t now = now_us();
	double seconds = s->last_us ? (double)(now - s->last_us) / 1e6 : 0;
	struct timespec ts;
	char stamp[32];
	size_t i;

	clock_gettime(CLOCK_REALTIME, &ts);
	snprintf(stamp, sizeof(stamp), "%jd.%03ld", (intmax_t)ts.tv_sec, ts.tv_nsec / 1000000);
	s->fn(s->arg, &s->targets, &s->n_targets);
	if (s->n_targets > s->n_last) {
		s->last = xreallocarray(s->last, s->n_targets, sizeof(*s->last));
		memset(s->last + s->n_last, 0, (s->n_targets - s->n_last) * sizeof(*s->last));
		s->n_last = s->n_targets;
	}
	for (i = 0; i < s->n_targets; i++)
		write_process(s, stamp, s->targets[i].name, s->targets[i].pid, &s->last[i],
			      seconds);
	write_process(s, stamp, "drivervm", getpid(), &s->own, seconds);
	write_host(s, stamp, seconds);
	fflush(s->file);
	s->last_us = now;
}

static int on_timer(sd_event_source *timer, uint64_t usec, void *data)
{
	struct series *s = data;
	uint64_t begin = thread_ns();

	(void)usec;
	write_all(s);
	/* Late ticks are left out, not made up for. */
	do
		s->due_us += interval_us(s);
	while (s->due_us <= now_us());
	sd_event_source_set_time(timer, s->due_us);
	sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
	s->cost_ns += thread_ns() - begin;
	return 0;
}

int series_open(struct series **out, struct loop *loop, const char *path, meter_targets_fn fn,
		void *arg)
{
	struct series *s = xcalloc(1, sizeof(*s));
	int err;

	s->fn = fn;
	s->arg = arg;
	s->file = fopen(path, "we");
	if (!s->file) {
		err = -errno;
		goto fail;
	}
	fputs("time,vm,cpu,rss\n", s->file);
	write_all(s);
	s->due_us = now_us() + interval_us(s);
	err = sd_event_add_time(loop->event, &s->timer, CLOCK_MONOTONIC, s->due_us, 1000, on_timer,
				s);
	if (err < 0)
		goto fail;
	*out = s;
	return 0;
fail:
	pr_err("%s: %s", path, strerror(-err));
	series_close(s);
	return err;
}

uint64_t series_cost_ns(const struct series *s)
{
	return s->cost_ns;
}

void series_close(struct series *s)
{
	if (!s)
		return;
	sd_event_source_unref(s->timer);
	if (s->file)
		fclose(s->file);
	free(s->targets);
	free(s->last);
	free(s);
}
