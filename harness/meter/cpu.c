// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPU time. Of a process: its CPU clock, which is exact to the nanosecond and keeps the time of
 * threads that have ended; of its threads: schedstat; of a machine: /proc/stat, in ticks.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/util.h"
#include "meter/parts.h"

/* A process tree deeper than this is not ours. */
#define DEPTH_MAX 16

enum cpu_thread_kind cpu_thread_kind(const char *comm, bool leader)
{
	/* "CPU 0/TCG", "CPU 1/KVM"; all in one thread: "ALL CPUs/TCG" */
	if (strncmp(comm, "CPU ", 4) == 0 || strncmp(comm, "ALL CPUs", 8) == 0)
		return CPU_THREAD_VCPU;
	if (leader || strncmp(comm, "IO ", 3) == 0)
		return CPU_THREAD_IO;
	return CPU_THREAD_OTHER;
}

int cpu_read_total(pid_t pid, uint64_t *ns)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
		return -ESRCH;
	*ns = (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	return 0;
}

/* A thread's run time and kind. A thread that has just ended is no error: it counts in total. */
static void read_thread(pid_t pid, const char *tid, struct cpu_process *cpu)
{
	enum cpu_thread_kind kind;
	char path[64], *text;
	uint64_t ns;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/comm", pid, tid);
	if (file_read(path, &text, NULL) < 0)
		return;
	kind = cpu_thread_kind(text, atoi(tid) == pid);
	free(text);
	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, tid);
	if (file_read(path, &text, NULL) < 0)
		return;
	ns = strtoull(text, NULL, 10);
	free(text);
	if (kind == CPU_THREAD_VCPU)
		cpu->vcpu += ns;
	else if (kind == CPU_THREAD_IO)
		cpu->io += ns;
}

int cpu_read_process(pid_t pid, struct cpu_process *cpu)
{
	struct dirent *e;
	char path[64];
	DIR *dir;

	memset(cpu, 0, sizeof(*cpu));
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -ESRCH;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.')
			read_thread(pid, e->d_name, cpu);
	closedir(dir);
	return cpu_read_total(pid, &cpu->total);
}

int cpu_parse_machine(const char *stat, struct cpu_machine *cpu)
{
	/* user nice system idle iowait irq softirq steal; guest time is part of user and nice */
	unsigned long long t[8] = { 0 };

	if (sscanf(stat, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3],
		   &t[4], &t[5], &t[6], &t[7]) != 8)
		return -EINVAL;
	cpu->busy = t[0] + t[1] + t[2] + t[5] + t[6];
	cpu->steal = t[7];
	return 0;
}

int cpu_read_machine(struct cpu_machine *cpu)
{
	char *text;
	int err;

	err = file_read("/proc/stat", &text, NULL);
	if (err < 0)
		return err;
	err = cpu_parse_machine(text, cpu);
	free(text);
	return err;
}

double cpu_tick_seconds(void)
{
	return 1.0 / (double)sysconf(_SC_CLK_TCK);
}

static bool is_target(const struct meter_target *targets, size_t n, pid_t pid)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (targets[i].pid == pid)
			return true;
	return false;
}

/* What a process has inherited from children that it has waited for, nanoseconds. */
static uint64_t reaped_by(pid_t pid)
{
	unsigned long long user, sys;
	char path[64], *text, *p;
	uint64_t ns = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read(path, &text, NULL) < 0)
		return 0;
	/* Its name, in parentheses, may hold anything. cutime and cstime are fields 16 and 17. */
	p = strrchr(text, ')');
	if (p && sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu %llu",
			&user, &sys) == 2)
		ns = (uint64_t)((double)(user + sys) * cpu_tick_seconds() * 1e9);
	free(text);
	return ns;
}

static int read_children_of(pid_t pid, const struct meter_target *targets, size_t n, uint64_t *ns,
			    int depth)
{
	char path[64], *text, *p, *end;
	uint64_t own;
	long child;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	err = file_read(path, &text, NULL);
	if (err < 0)
		return err;
	for (p = text; (child = strtol(p, &end, 10)) > 0; p = end) {
		if (is_target(targets, n, (pid_t)child) || cpu_read_total((pid_t)child, &own) < 0)
			continue;
		*ns += own + reaped_by((pid_t)child);
		if (depth < DEPTH_MAX)
			read_children_of((pid_t)child, targets, n, ns, depth + 1);
	}
	free(text);
	return 0;
}

int cpu_read_children(const struct meter_target *targets, size_t n, uint64_t *ns)
{
	struct rusage ru;

	if (getrusage(RUSAGE_CHILDREN, &ru) < 0)
		return -errno;
	*ns = ((uint64_t)ru.ru_utime.tv_sec + (uint64_t)ru.ru_stime.tv_sec) * NSEC_PER_SEC +
	      ((uint64_t)ru.ru_utime.tv_usec + (uint64_t)ru.ru_stime.tv_usec) * 1000;
	return read_children_of(getpid(), targets, n, ns, 0);
}
