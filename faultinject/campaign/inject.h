/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign from the request to its records: what the verb inject does. */
#ifndef DRIVERVM_CAMPAIGN_INJECT_H
#define DRIVERVM_CAMPAIGN_INJECT_H

#include "faultinject/campaign/run.h"

/* What is asked for. All borrowed. */
struct inject_options {
	const char *campaign; /* a name or a path; NULL with resume */
	const char *resume; /* a run, or NULL */
	const char *name; /* of the run's folder; NULL: the date */
	const char *within; /* put it into this folder, that of a run; NULL: into results/ */
	const char *accel; /* "kvm", "tcg", "auto"; NULL: auto */
	bool quick;
	unsigned int trials; /* for each target; 0: as described */
	unsigned int jobs; /* 0: INJECT_JOBS, or as the run was begun */
	bool have_seed;
	uint64_t seed; /* less than 2^63 */
	unsigned int shard, shards; /* shards 0: all */
	bool single; /* only: */
	size_t trial;
};

#define INJECT_JOBS 1
#define INJECT_JOBS_MAX 256

/*
 * Checks everything and makes @run of it: a new one without a folder, or the one to be resumed.
 * 0, or -EINVAL, -ENOENT and the like, reported; @run is then empty.
 */
int inject_prepare(struct campaign_run *run, const struct inject_options *o);
/* Prints what would be done. */
void inject_print_plan(const struct campaign_run *run);
/*
 * Does it: makes the folder, unless there is one, and carries out what has no record yet. 0, -EINTR
 * (interrupted: it can be resumed), or another negative errno, reported.
 */
int inject_carry_out(struct campaign_run *run, const struct inject_options *o);

#endif
