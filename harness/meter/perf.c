// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * perf's hardware counters on the threads of a process. Which events there are, and whether we may
 * count what happens in the kernel, differs from host to host: both are found out once, by trying.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "meter/parts.h"

static const struct event {
	const char *name; /* as perf calls it */
	uint64_t config;
} events[] = {
	{ "cycles", PERF_COUNT_HW_CPU_CYCLES },
	{ "instructions", PERF_COUNT_HW_INSTRUCTIONS },
	{ "cache-references", PERF_COUNT_HW_CACHE_REFERENCES },
	{ "cache-misses", PERF_COUNT_HW_CACHE_MISSES },
	{ "branch-misses", PERF_COUNT_HW_BRANCH_MISSES },
};

/* What trying each event has shown. */
static struct {
	bool done;
	bool any; /* there is one that can be counted */
	struct {
		int err; /* 0: it can be counted */
		bool user_only; /* but not in the kernel */
	} event[ARRAY_SIZE(events)];
} host;

struct perf_set {
	int *fds[ARRAY_SIZE(events)]; /* one per thread */
	size_t n_threads;
};

static int open_event(const struct event *e, bool user_only, pid_t tid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = e->config,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
		.inherit = 1, /* threads started later count, too */
		.exclude_kernel = user_only,
		.exclude_hv = user_only,
	};
	long fd = syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static void probe(void)
{
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(events) && !host.done; i++) {
		fd = open_event(&events[i], false, 0);
		if (fd == -EACCES || fd == -EPERM) {
			host.event[i].user_only = true;
			fd = open_event(&events[i], true, 0);
		}
		host.event[i].err = fd < 0 ? fd : 0;
		host.any = host.any || fd >= 0;
		fd_close(&fd);
	}
	host.done = true;
}

/* As perf shows it: ":u" if only user mode is counted. */
static void event_name(size_t i, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s", events[i].name, host.event[i].user_only ? ":u" : "");
}

char *meters_perf_events(void)
{
	char *line = xstrdup("context-switches cpu-migrations page-faults"), *longer;
	char name[64];
	size_t i;

	probe();
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		event_name(i, name, sizeof(name));
		if (host.event[i].err)
			longer = xasprintf("%s (%s: %s)", line, events[i].name,
					   strerror(-host.event[i].err));
		else
			longer = xasprintf("%s %s", line, name);
		free(line);
		line = longer;
	}
	return line;
}

static int open_thread(struct perf_set *set, pid_t tid)
{
	size_t n = set->n_threads, i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		set->fds[i] = xreallocarray(set->fds[i], n + 1, sizeof(int));
		set->fds[i][n] = -1;
		if (host.event[i].err || err)
			continue;
		set->fds[i][n] = open_event(&events[i], host.event[i].user_only, tid);
		if (set->fds[i][n] < 0)
			err = set->fds[i][n];
	}
	set->n_threads++;
	/* It has ended since we saw it. */
	return err == -ESRCH ? 0 : err;
}

int perf_open(struct perf_set **out, pid_t pid)
{
	struct perf_set *set;
	struct dirent *e;
	char path[64];
	int err = 0;
	DIR *dir;

	*out = NULL;
	probe();
	if (!host.any)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -ESRCH;
	set = xcalloc(1, sizeof(*set));
	while ((e = readdir(dir)) && !err)
		if (e->d_name[0] != '.')
			err = open_thread(set, atoi(e->d_name));
	closedir(dir);
	if (err < 0) {
		pr_debug("perf events of process %d: %s", pid, strerror(-err));
		perf_close(set);
		return err;
	}
	*out = set;
	return 0;
}

/*
 * One counter, scaled up where it shared the hardware with others and so ran a part of the time
 * only. False if it never ran although its thread did.
 */
static bool read_counter(int fd, double *value)
{
	uint64_t r[3]; /* value, time enabled, time running */

	if (read(fd, r, sizeof(r)) != sizeof(r))
		return false;
	if (r[2] == 0)
		return r[0] == 0 && r[1] == 0;
	*value += (double)r[0] * (double)r[1] / (double)r[2];
	return true;
}

void perf_emit(struct perf_set *set, meter_emit_fn emit, void *arg, const char *vm)
{
	char name[64], metric[80];
	double value;
	size_t i, t;
	bool good;

	for (i = 0; set && i < ARRAY_SIZE(events); i++) {
		good = !host.event[i].err;
		value = 0;
		for (t = 0; good && t < set->n_threads; t++)
			if (set->fds[i][t] >= 0)
				good = read_counter(set->fds[i][t], &value);
		if (!good)
			continue;
		event_name(i, name, sizeof(name));
		snprintf(metric, sizeof(metric), "perf.%s", name);
		emit(arg, metric, "1", value, vm, "");
	}
}

void perf_close(struct perf_set *set)
{
	size_t i, t;

	if (!set)
		return;
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		for (t = 0; t < set->n_threads; t++)
			fd_close(&set->fds[i][t]);
		free(set->fds[i]);
	}
	free(set);
}
