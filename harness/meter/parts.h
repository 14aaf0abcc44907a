/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The single meters. Internal to meter/ and its tests. Each returns 0 or a negative errno. */
#ifndef DRIVERVM_METER_PARTS_H
#define DRIVERVM_METER_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "meter/extra.h"
#include "meter/meter.h"

/* Of more VMs, some things are read of the first so many only, or in a cheaper way. */
#define METER_FEW 8

/* Fills *@targets (which it may reallocate) and *@n with what is there now. */
typedef void (*meter_targets_fn)(void *arg, struct meter_target **targets, size_t *n);

/* meters_open() for any processes. */
int meters_open_targets(struct meters **m, struct loop *loop, meter_targets_fn fn, void *arg,
			const char *series_path);

/* -- cpu.c -- */

enum cpu_thread_kind {
	CPU_THREAD_VCPU,
	CPU_THREAD_IO, /* QEMU's main loop and its I/O threads */
	CPU_THREAD_OTHER,
};

/* CPU time since its start, nanoseconds. */
struct cpu_process {
	uint64_t total; /* threads that have ended included */
	uint64_t vcpu;
	uint64_t io;
};

/* CPU time since boot, in ticks of sysconf(_SC_CLK_TCK). */
struct cpu_machine {
	uint64_t busy; /* all but idle, iowait and steal */
	uint64_t steal;
};

/* By the name that QEMU gave the thread; @leader: it is the process's first. */
enum cpu_thread_kind cpu_thread_kind(const char *comm, bool leader);
/* -ESRCH: it is gone. */
int cpu_read_process(pid_t pid, struct cpu_process *cpu);
/* CPU time of a process alone, nanoseconds. */
int cpu_read_total(pid_t pid, uint64_t *ns);
/* Parses /proc/stat, a guest's or the host's. */
int cpu_parse_machine(const char *stat, struct cpu_machine *cpu);
int cpu_read_machine(struct cpu_machine *cpu);
double cpu_tick_seconds(void);
/* CPU time of our children, dead or alive, and of theirs, nanoseconds, but for @targets. */
int cpu_read_children(const struct meter_target *targets, size_t n, uint64_t *ns);

/* -- guest_view.c -- */

struct guest_view { /* CPU time by the guest's own account */
	double busy_s; /* since it booted */
	double uptime_s; /* when it said so; 0: it was asked, just now */
};

/* Asks its agent. */
int guest_view_ask(struct vm *vm, struct guest_view *view);
/* Its last heartbeat. */
int guest_view_heard(const struct vm *vm, struct guest_view *view);
/*
 * What it used in an interval of @wall_s seconds between two views, both asked or both heard: then
 * what it used between two heartbeats, scaled to the interval. -ENODATA: there were not two.
 */
int guest_view_used(const struct guest_view *from, const struct guest_view *to, double wall_s,
		    double *used_s);

/* -- mem.c -- */

struct mem_reading { /* bytes */
	uint64_t pss;
	uint64_t rss;
	uint64_t private_dirty;
};

int mem_read(pid_t pid, struct mem_reading *mem);
int mem_parse(const char *smaps_rollup, struct mem_reading *mem);
/*
 * RSS alone, which costs far less. @own may be NULL: RSS without pages of files and of memory that
 * others can have, too. A clone's pages are its template's file's until it writes to them.
 */
int mem_read_rss(pid_t pid, uint64_t *bytes, uint64_t *own);

/* -- guest_ram.c -- */

/* Where guest memory of @size bytes begins in its QEMU; -ENOENT: nowhere. */
int guest_ram_find(pid_t pid, uint64_t size, uint64_t *start);
/* The same in the text of /proc/PID/maps. */
int guest_ram_parse(const char *maps, uint64_t size, uint64_t *start);

/* -- accessed.c -- */

struct accessed { /* of one mapping, since accessed_clear() */
	uint64_t bytes; /* touched */
	uint64_t huge; /* mapped by huge pages, of which every one touched counts whole */
};

/* Would accessed_clear() work on this host? */
int accessed_probe(void);
/* Marks all pages of a process as not touched. */
int accessed_clear(pid_t pid);
/* Of the mapping that begins at @start; -ENOENT: there is none. */
int accessed_read(pid_t pid, uint64_t start, struct accessed *a);
/* The same from the text of /proc/PID/smaps. */
int accessed_parse(FILE *smaps, uint64_t start, struct accessed *a);
/* Splits the huge pages of a range; those of a file that others map as well stay. */
int accessed_split_huge(pid_t pid, uint64_t start, uint64_t size);

/* -- events.c -- */

struct event_thread { /* since the thread's start */
	pid_t tid;
	bool has_switches, has_migrations;
	uint64_t switches;
	uint64_t migrations;
};

struct event_counts {
	uint64_t faults; /* of the process since its start, threads that have ended included */
	struct event_thread *threads; /* owned */
	size_t n_threads;
};

int events_read(pid_t pid, struct event_counts *counts);
/* What occurred between two readings. */
void events_emit(const struct event_counts *from, const struct event_counts *to, meter_emit_fn emit,
		 void *arg, const char *vm);
void events_free(struct event_counts *counts);

/* -- perf.c -- */

struct perf_set;

/*
 * Counts the hardware events that the host has, for all threads of @pid and those they start. *@set
 * is NULL if there are none.
 */
int perf_open(struct perf_set **set, pid_t pid);
/* NULL is allowed in both. */
void perf_emit(struct perf_set *set, meter_emit_fn emit, void *arg, const char *vm);
void perf_close(struct perf_set *set);

/* -- series.c -- */

/* Between two lines of a VM; once more for each SERIES_VMS of them. */
#define SERIES_INTERVAL_US 250000u
#define SERIES_VMS 16

struct series;

/* Appends to @path until closed. */
int series_open(struct series **series, struct loop *loop, const char *path, meter_targets_fn fn,
		void *arg);
/* CPU time that the series has cost so far, nanoseconds. */
uint64_t series_cost_ns(const struct series *series);
/* NULL is allowed. */
void series_close(struct series *series);

#endif
