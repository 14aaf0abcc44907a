/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Meters: what a system consumed while a workload ran. CPU of each QEMU process, split by kind of
 * thread, of the whole host and of the peer's tools, and the guest's own view beside it; memory
 * from smaps_rollup; perf's events where the host has them. What each reads, its error and its
 * cost: docs/meters.md.
 */
#ifndef DRIVERVM_METER_METER_H
#define DRIVERVM_METER_METER_H

#include "core/loop.h"
#include "system/system.h"

struct meters;

/*
 * One reading. @vm: a VM's name, that and ".spare" (which stands by for it, or did at the
 * interval's beginning), "host" (the whole machine), "peer" (the peer's processes) or "drivervm"
 * (the orchestrator). @thread: "vcpu", "io", "other", or "" for all of the process.
 * What cannot be measured (a VM that died in between, an event that the host lacks) is not
 * reported.
 *
 *	metric		unit	vm		what
 *	cpu		s	all of them	CPU time used in the interval; VMs: by thread, too
 *	guest_cpu	s	VM		the same, as the guest counts it
 *	steal		s	host		CPU time that a hypervisor below took from the host
 *	wall		s	host		length of the interval
 *	meter_cpu	s	drivervm	what the meters themselves used of "cpu"
 *	pss, rss,	B	VM		memory at the interval's end
 *	private_dirty
 *	rss		B	drivervm	the same
 *	those of extra	any	any	see each one's file and docs/meters.md
 *	meters
 *	perf.EVENT	1	VM		events as perf names them: context-switches,
 *					cpu-migrations, page-faults, and those of the
 *					hardware that the host lets us count
 */
typedef void (*meter_emit_fn)(void *arg, const char *metric, const char *unit, double value,
			      const char *vm, const char *thread);

/*
 * Opens the meters of @sys (all VMs). @series_path: CSV for the time series, or NULL for none.
 * Returns 0 or a negative errno, reported.
 */
int meters_open(struct meters **m, struct loop *loop, struct system *sys, const char *series_path);
/*
 * Adds meters that cost something (see extra.h), called @names. @folder, for files of theirs, is
 * borrowed until meters_close(). Returns 0 or a negative errno, reported. Once only.
 */
int meters_add(struct meters *m, const char *folder, const char *const *names, size_t n);
/* Begins an interval; a round trip to each agent, if they are few, and some file reads per VM. */
void meters_start(struct meters *m);
/* Ends it and reports every meter's reading. Without meters_start() before: nothing. */
void meters_stop(struct meters *m, meter_emit_fn emit, void *arg);
/* NULL is allowed. */
void meters_close(struct meters *m);

/*
 * Which events are counted on this host, and why others are not, as one line for the environment's
 * record: "context-switches cpu-migrations page-faults (cycles: No such file or directory)". The
 * caller frees it.
 */
char *meters_perf_events(void);

#endif
