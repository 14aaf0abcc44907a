// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The meter "working-set": how many pages of its memory does a guest touch in 90 ms? Intervals and
 * their number are those of the L4Ka group's measurements of driver VMs. What is not seen and what
 * it costs: docs/meters.md.
 *
 * The marks of touched pages are per mapping. A huge page has one for all its 512, so huge pages
 * are split when they are met, and an interval that had some does not count.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "meter/parts.h"
#include "stats/stats.h"

#define INTERVAL_US 90000u
/* An interval that differs by more, because the orchestrator was late, does not count. */
#define SLACK_US 9000u
#define SAMPLES 200
/* Each takes 2 to 5 ms of every interval, so of a fleet only the first ones are looked at. */
#define VMS_MAX 4

struct watched {
	struct meter_target target;
	uint64_t start; /* of its memory, in QEMU */
	uint64_t cleared_us; /* CLOCK_MONOTONIC; 0: not, so there is no interval */
	double pages[SAMPLES];
	size_t n;
	size_t n_huge; /* intervals that do not count because it had huge pages */
	int huge_err; /* why they were not split the last time; 0: they were, or need not be */
};

struct working_set {
	struct loop *loop;
	FILE *csv; /* NULL: none */
	sd_event_source *timer;
	uint64_t due_us;
	struct watched vms[VMS_MAX];
	size_t n_vms;
	uint64_t cost_ns; /* since the start */
};

static uint64_t thread_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void keep(struct working_set *ws, struct watched *w, uint64_t us, uint64_t bytes)
{
	uint64_t pages = bytes / (uint64_t)sysconf(_SC_PAGESIZE);
	struct timespec ts;

	w->pages[w->n++] = (double)pages;
	if (!ws->csv)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	fprintf(ws->csv, "%jd.%03ld,%s,%.4f,%ju\n", (intmax_t)ts.tv_sec, ts.tv_nsec / 1000000,
		w->target.name, (double)us / 1e6, (uintmax_t)pages);
}

static void split(struct watched *w)
{
	w->n_huge++;
	w->huge_err = accessed_split_huge(w->target.pid, w->start, w->target.memory);
}

/* Ends an interval of a VM, and begins the next. One that has died has no more. */
static void sample(struct working_set *ws, struct watched *w)
{
	uint64_t us = now_us() - w->cleared_us;
	bool begun = w->cleared_us != 0;
	struct accessed a;

	w->cleared_us = 0;
	if (w->n == SAMPLES || accessed_read(w->target.pid, w->start, &a) < 0)
		return;
	if (a.huge)
		split(w);
	else if (begun && us >= INTERVAL_US - SLACK_US && us <= INTERVAL_US + SLACK_US)
		keep(ws, w, us, a.bytes);
	if (accessed_clear(w->target.pid) == 0)
		w->cleared_us = now_us();
}

static void sample_all(struct working_set *ws)
{
	uint64_t begin = thread_ns();
	size_t i;

	for (i = 0; i < ws->n_vms; i++)
		sample(ws, &ws->vms[i]);
	ws->cost_ns += thread_ns() - begin;
}

static int on_timer(sd_event_source *timer, uint64_t usec, void *data)
{
	struct working_set *ws = data;

	(void)usec;
	sample_all(ws);
	/* Late ticks are left out, not made up for. */
	do
		ws->due_us += INTERVAL_US;
	while (ws->due_us <= now_us());
	sd_event_source_set_time(timer, ws->due_us);
	sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
	return 0;
}

static void close_working_set(void *state)
{
	struct working_set *ws = state;

	sd_event_source_unref(ws->timer);
	if (ws->csv)
		fclose(ws->csv);
	free(ws);
}

static int open_csv(struct working_set *ws, const char *folder)
{
	char *path = xasprintf("%s/working-set.csv", folder);
	int err = 0;

	ws->csv = fopen(path, "we");
	if (ws->csv) {
		fputs("time,vm,interval,pages\n", ws->csv);
	} else {
		err = -errno;
		pr_err("%s: %s", path, strerror(-err));
	}
	free(path);
	return err;
}

static int open_working_set(void **state, const struct meter_env *env)
{
	struct working_set *ws;
	int err = accessed_probe();

	if (err < 0) {
		pr_warning("no working sets: /proc/self/clear_refs: %s", strerror(-err));
		return -EOPNOTSUPP;
	}
	ws = xcalloc(1, sizeof(*ws));
	ws->loop = env->loop;
	if (env->folder)
		err = open_csv(ws, env->folder);
	if (!err)
		err = sd_event_add_time(ws->loop->event, &ws->timer, CLOCK_MONOTONIC, 0, 1,
					on_timer, ws);
	if (err >= 0)
		err = sd_event_source_set_enabled(ws->timer, SD_EVENT_OFF);
	if (err < 0) {
		close_working_set(ws);
		return err;
	}
	*state = ws;
	return 0;
}

static void watch(struct working_set *ws, const struct meter_target *t)
{
	struct watched *w = &ws->vms[ws->n_vms];
	int err;

	if (ws->n_vms == VMS_MAX)
		return;
	memset(w, 0, sizeof(*w));
	w->target = *t;
	err = guest_ram_find(t->pid, t->memory, &w->start);
	if (err < 0)
		pr_warning("no working set of VM %s: its memory is not found: %s", t->name,
			   strerror(-err));
	else
		ws->n_vms++;
}

static void start_working_set(void *state, const struct meter_target *targets, size_t n)
{
	struct working_set *ws = state;
	bool any = false;
	size_t i;

	ws->n_vms = 0;
	for (i = 0; i < n; i++)
		any = any || targets[i].driver_vm;
	for (i = 0; i < n; i++)
		if (targets[i].driver_vm || !any)
			watch(ws, &targets[i]);
	sample_all(ws);
	ws->cost_ns = 0;
	ws->due_us = now_us() + INTERVAL_US;
	sd_event_source_set_time(ws->timer, ws->due_us);
	sd_event_source_set_enabled(ws->timer, SD_EVENT_ONESHOT);
}

static void stop_working_set(void *state)
{
	struct working_set *ws = state;

	sd_event_source_set_enabled(ws->timer, SD_EVENT_OFF);
}

static void emit_vm(const struct watched *w, meter_emit_fn emit, void *arg)
{
	const char *vm = w->target.name;
	double v;

	emit(arg, "working_set_samples", "1", (double)w->n, vm, "");
	if (stats_mean(w->pages, w->n, &v) == 0)
		emit(arg, "working_set", "1", v, vm, "");
	if (stats_quantile(w->pages, w->n, 0.5, &v) == 0)
		emit(arg, "working_set_p50", "1", v, vm, "");
	if (stats_quantile(w->pages, w->n, 0.95, &v) == 0)
		emit(arg, "working_set_p95", "1", v, vm, "");
	if (stats_quantile(w->pages, w->n, 1, &v) == 0)
		emit(arg, "working_set_max", "1", v, vm, "");
}

static void emit_working_set(void *state, meter_emit_fn emit, void *arg)
{
	struct working_set *ws = state;
	size_t i;

	for (i = 0; i < ws->n_vms; i++) {
		const struct watched *w = &ws->vms[i];

		if (w->n == 0 && w->n_huge > 1)
			pr_warning("no working set of VM %s: its memory is mapped by huge pages, "
				   "which cannot be split: %s",
				   w->target.name,
				   w->huge_err ? strerror(-w->huge_err) : "others map them, too");
		emit_vm(w, emit, arg);
	}
	if (ws->csv)
		fflush(ws->csv);
}

static uint64_t working_set_cost_ns(const void *state)
{
	const struct working_set *ws = state;

	return ws->cost_ns;
}

static const struct meter_ops working_set = {
	.name = "working-set",
	.help = "pages that driver VMs touch in 90 ms, up to 200 intervals",
	.open = open_working_set,
	.start = start_working_set,
	.stop = stop_working_set,
	.emit = emit_working_set,
	.cost_ns = working_set_cost_ns,
	.close = close_working_set,
};
METER(working_set)
