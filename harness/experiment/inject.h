/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults in the middle of an iteration: settings that every experiment can make, whatever its
 * workload. A task injects the fault while the workload runs.
 *
 *	fault		name of a fault; "none": nothing is broken, the default
 *	fault_at	ms from the start of the iteration, and up to a tenth of a second more, by
 *			chance: that faults strike at any time between two heartbeats; and until the
 *			device carries load, if a link shows that, but at most 3 s more
 *	fault_every	s from one injection to the next; 0, the default: there is one;
 *			"never": there is none, for comparison with those that have some
 *	fault_device	of the system; "first", the default: the first of the workload's classes
 */
#ifndef DRIVERVM_EXPERIMENT_INJECT_H
#define DRIVERVM_EXPERIMENT_INJECT_H

#include "core/task.h"
#include "experiment/readings.h"
#include "fault/fault.h"
#include "supervise/supervisor.h"

/* Of one cell. Begins with injection_init(). */
struct injection {
	const struct fault *fault; /* NULL: none */
	double at_ms, every_s;
	bool never;
	char device[64]; /* "": the first */
	/* From injection_open() on; borrowed: */
	struct loop *loop;
	struct system *sys;
	struct supervisor *supervisor; /* NULL: what breaks stays broken */
	struct fault_values *values;
	struct rng rng;
	/* Of the iteration: */
	struct task *task; /* NULL: there is nothing to inject */
	struct fault_site site;
	struct fault_shot shot;
	bool lasts; /* the shot is to be ended */
	unsigned int n; /* injections */
	size_t first_recovery; /* the number of the first that belongs to the iteration */
	int err; /* of the injection that failed */
	char *why;
};

/* Is @key such a setting, and would @value do? 0, -ENOENT, or -EINVAL with @why filled. */
int injection_check(const char *key, const char *value, char *why, size_t size);

void injection_init(struct injection *in);
/* Makes a setting that injection_check() accepted. */
void injection_set(struct injection *in, const char *key, const char *value);
/*
 * Looks for the device among those of @sys: without a name, its first of one of @classes
 * (NULL-terminated, or NULL). 0; -EOPNOTSUPP (the fault does not apply there) or -EINVAL, with @why
 * filled. @seed: of what is left to chance.
 */
int injection_open(struct injection *in, struct loop *loop, struct system *sys,
		   struct supervisor *supervisor, const char *const *classes, uint64_t seed,
		   char *why, size_t size);
/* Before and after the workload's iteration. */
void injection_start(struct injection *in);
/* Ends the fault. 0, or a negative errno with @why filled: it was not injected. */
int injection_stop(struct injection *in, char *why, size_t size);
/*
 * What came of the iteration's faults, once the system is well again:
 * - faults (1): injections;
 * - recovery.count, recovery.failed, recovery.others (1): driver VMs replaced, attempts to that
 *   failed, and those of VMs that no fault was injected into;
 * - recovery (s, with the dimension phase): from the fault until it was detected, isolated, ...;
 * see recovery_phase_text(). The mean of the iteration's that succeeded;
 * - detected_by_exit, ... (1): how they were found out.
 * Without a fault and a supervisor: nothing.
 */
void injection_readings(const struct injection *in, struct readings *out);
void injection_close(struct injection *in);

#endif
