// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the host let a process run? A VM whose threads wait for a processor is silent, and has not
 * failed. The kernel counts a thread's wait (schedstat) only when it is over, so one that is still
 * waiting is told by its state: it could run, and neither runs nor has waited.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "supervise/supervisor-private.h"

/* One look at all threads. */
struct look {
	uint64_t run_ns, wait_ns;
	bool could_run;
};

/* "run wait slices", nanoseconds. */
static void read_schedstat(struct look *l, const char *task)
{
	char *path = xasprintf("%s/schedstat", task), *text;
	uint64_t run, wait;

	if (file_read(path, &text, NULL) == 0) {
		if (sscanf(text, "%" SCNu64 " %" SCNu64, &run, &wait) == 2) {
			l->run_ns += run;
			l->wait_ns += wait;
		}
		free(text);
	}
	free(path);
}

/* "tid (name) state ...", and the name may hold anything. */
static void read_state(struct look *l, const char *task)
{
	char *path = xasprintf("%s/stat", task), *text;
	const char *end;

	if (file_read(path, &text, NULL) == 0) {
		end = strrchr(text, ')');
		l->could_run |= end && strncmp(end, ") R", 3) == 0;
		free(text);
	}
	free(path);
}

static struct look look_at(pid_t pid)
{
	char *tasks = xasprintf("/proc/%d/task", (int)pid), *task;
	DIR *dir = opendir(tasks);
	struct look l = { 0 };
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		task = xasprintf("%s/%s", tasks, e->d_name);
		read_schedstat(&l, task);
		read_state(&l, task);
		free(task);
	}
	if (dir)
		closedir(dir);
	free(tasks);
	return l;
}

/* Of @elapsed: what threads waited, or all of it if one that could run still waits. */
static uint64_t taken(const struct look *l, uint64_t run, uint64_t wait, uint64_t elapsed)
{
	if (l->could_run && run + wait < elapsed / 2)
		return elapsed;
	return wait < elapsed ? wait : elapsed;
}

void turns_look(struct turns *t, pid_t pid, uint64_t now_us)
{
	struct look l = look_at(pid);
	uint64_t run = l.run_ns / 1000, wait = l.wait_ns / 1000;

	/* Threads that have ended take their times with them. */
	if (t->at_us && run >= t->run_us && wait >= t->wait_us)
		t->taken_us += taken(&l, run - t->run_us, wait - t->wait_us, now_us - t->at_us);
	t->at_us = now_us;
	t->run_us = run;
	t->wait_us = wait;
}
