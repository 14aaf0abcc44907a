/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A workload that runs beside the program, again and again, until it is told to stop or fails. It
 * runs as a task, so that what hangs can be cut short. Internal to campaign/.
 */
#ifndef DRIVERVM_CAMPAIGN_LOAD_H
#define DRIVERVM_CAMPAIGN_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "workload/workload.h"

struct load {
	struct loop *loop;
	struct workload_run *run; /* borrowed, and set up */
	const char *metric; /* the workload's main one */
	struct task *task;
	bool stop; /* after the iteration that runs, or the next, if that is the first to count */
	bool cut; /* it did not end by itself */
	int err; /* of the iteration that ended it; 0: none failed */
	uint64_t since_us; /* only iterations that begin after it are counted; 0: all */
	unsigned int n; /* iterations counted, failed ones too */
	double sum; /* of their main metric; a failed one adds nothing */
};

/* Starts it. 0 or a negative errno, reported. */
int load_start(struct load *l, struct loop *loop, struct workload_run *run, const char *metric);
/* Has it end after the iteration under way. Returns at once. */
void load_stop(struct load *l);
bool load_has_ended(const struct load *l);
/*
 * Has it end after the iteration under way, and waits for that until @deadline_us (CLOCK_MONOTONIC)
 * and no longer: then it is cut short. Its result is final. -EINTR: the user interrupted; it has
 * ended, too.
 */
int load_finish(struct load *l, uint64_t deadline_us);
/* The main metric's mean over the iterations counted; 0 if there is none. */
double load_value(const struct load *l);
/* One iteration, of which @deadline_us is the end. 0, -EINTR, or why it did not succeed. */
int load_once(struct load *l, struct loop *loop, struct workload_run *run, const char *metric,
	      uint64_t deadline_us);

#endif
