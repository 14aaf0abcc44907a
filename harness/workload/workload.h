/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The harness's side of workload plugins: finds and checks them, holds their option values, runs
 * them against a system that is up. The plugins' own interface is drivervm_workload.h.
 */
#ifndef DRIVERVM_WORKLOAD_WORKLOAD_H
#define DRIVERVM_WORKLOAD_WORKLOAD_H

#include "drivervm_workload.h"

#include "core/loop.h"
#include "system/system.h"

/*
 * Finds a workload by name in DRIVERVM_WORKLOAD_PATH (colon-separated) and build/workloads/.
 * Reports why not: no such file, another ABI version, a field missing. 0, -ENOENT, -EINVAL.
 * Loaded once; never unloaded.
 */
int workload_find(const struct drivervm_workload **w, const char *name);
/* All that can be found, sorted by name; the caller frees the array. Bad ones are reported. */
int workload_find_all(const struct drivervm_workload ***list, size_t *n);

/* Does @w declare option @key, and would @value do? 0, -ENOENT, -EINVAL with @why filled. */
int workload_option_check(const struct drivervm_workload *w, const char *key, const char *value,
			  char *why, size_t size);

struct workload_run;

/* One measured value. Strings are valid while it is handed over. */
struct workload_sample {
	const char *device; /* by name; "": of all */
	const char *t; /* of a point of a curve, milliseconds, a number; "": it is none */
	const char *metric;
	const char *unit;
	double value;
};

/* @arg is the caller's. */
typedef void (*workload_sample_fn)(void *arg, const struct workload_sample *sample);

/*
 * A workload about to run on @sys. @log_path receives its log lines, the commands it ran and what
 * they printed; NULL: nowhere. Never fails.
 */
struct workload_run *workload_open(const struct drivervm_workload *w, struct loop *loop,
				   struct system *sys, const char *log_path);
/* Sets an option that workload_option_check() accepted. */
void workload_set(struct workload_run *run, const char *key, const char *value);
/* 0, or a negative errno and the reason in @reason. */
int workload_supported(struct workload_run *run, char *reason, size_t size);
/* 0 or a negative errno; nothing is left running then. */
int workload_setup(struct workload_run *run);
/*
 * One iteration. Calls @fn for each sample once the iteration has succeeded; one that failed gives
 * none. A negative errno: the plugin failed, a sample was refused, the main metric is missing, or
 * a VM of the system died; workload_last_log() says which.
 */
int workload_iterate(struct workload_run *run, workload_sample_fn fn, void *arg);
/* Teardown; kills what the plugin left running. Safe to call without setup. */
void workload_teardown(struct workload_run *run);
/* The reason of the last failure: the last line logged; "" if none. Valid until the next call. */
const char *workload_last_log(const struct workload_run *run);
/* Tears down if need be; frees all. NULL is allowed. */
void workload_close(struct workload_run *run);

#endif
