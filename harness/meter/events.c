// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The software events of a process: context switches, migrations, page faults. perf counts the same
 * occurrences, but its counters make every context switch of the measured thread about half as long
 * again (docs/meters.md); the kernel's own counters in /proc are kept anyway.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "meter/parts.h"

/* The number after "name" and blanks and a colon; false if there is none. */
static bool number_of(const char *text, const char *name, uint64_t *value)
{
	const char *p = strstr(text, name);
	unsigned long long v;

	if (!p)
		return false;
	p += strlen(name);
	p += strspn(p, " \t:");
	if (sscanf(p, "%llu", &v) != 1)
		return false;
	*value = v;
	return true;
}

static void read_thread(pid_t pid, struct event_thread *t)
{
	uint64_t voluntary, forced;
	char path[64], *text;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, t->tid);
	if (file_read(path, &text, NULL) < 0)
		return;
	t->has_switches = number_of(text, "\nvoluntary_ctxt_switches", &voluntary) &&
			  number_of(text, "\nnonvoluntary_ctxt_switches", &forced);
	if (t->has_switches)
		t->switches = voluntary + forced;
	free(text);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/sched", pid, t->tid);
	if (file_read(path, &text, NULL) < 0)
		return; /* a kernel without CONFIG_SCHED_DEBUG */
	t->has_migrations = number_of(text, "se.nr_migrations", &t->migrations);
	free(text);
}

static int read_faults(pid_t pid, uint64_t *faults)
{
	unsigned long long minor, major;
	char path[64], *text, *p;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	err = file_read(path, &text, NULL);
	if (err < 0)
		return err;
	/* Its name, in parentheses, may hold anything. minflt and majflt are fields 10 and 12. */
	p = strrchr(text, ')');
	if (p && sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %llu %*u %llu", &minor, &major) == 2)
		*faults = minor + major;
	else
		err = -EINVAL;
	free(text);
	return err;
}

int events_read(pid_t pid, struct event_counts *counts)
{
	struct dirent *e;
	char path[64];
	DIR *dir;
	int err;

	memset(counts, 0, sizeof(*counts));
	err = read_faults(pid, &counts->faults);
	if (err < 0)
		return err;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -ESRCH;
	while ((e = readdir(dir))) {
		struct event_thread t = { .tid = atoi(e->d_name) };

		if (t.tid <= 0)
			continue;
		read_thread(pid, &t);
		counts->threads = xreallocarray(counts->threads, counts->n_threads + 1, sizeof(t));
		counts->threads[counts->n_threads++] = t;
	}
	closedir(dir);
	return 0;
}

void events_free(struct event_counts *counts)
{
	free(counts->threads);
	memset(counts, 0, sizeof(*counts));
}

static const struct event_thread *find(const struct event_counts *counts, pid_t tid)
{
	size_t i;

	for (i = 0; i < counts->n_threads; i++)
		if (counts->threads[i].tid == tid)
			return &counts->threads[i];
	return NULL;
}

void events_emit(const struct event_counts *from, const struct event_counts *to, meter_emit_fn emit,
		 void *arg, const char *vm)
{
	static const struct event_thread none = { 0 };
	uint64_t switches = 0, migrations = 0;
	bool has_switches = to->n_threads > 0, has_migrations = to->n_threads > 0;
	size_t i;

	for (i = 0; i < to->n_threads; i++) {
		const struct event_thread *now = &to->threads[i];
		const struct event_thread *then = find(from, now->tid);

		/* Started since, perhaps under the number of one that has ended. */
		if (!then || then->switches > now->switches)
			then = &none;
		has_switches = has_switches && now->has_switches;
		has_migrations = has_migrations && now->has_migrations;
		switches += now->switches - then->switches;
		if (now->migrations > then->migrations)
			migrations += now->migrations - then->migrations;
	}
	if (has_switches)
		emit(arg, "perf.context-switches", "1", (double)switches, vm, "");
	if (has_migrations)
		emit(arg, "perf.cpu-migrations", "1", (double)migrations, vm, "");
	if (to->faults >= from->faults)
		emit(arg, "perf.page-faults", "1", (double)(to->faults - from->faults), vm, "");
}
