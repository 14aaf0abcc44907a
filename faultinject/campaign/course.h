/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of one trial, from which its record is written. Internal to campaign/. */
#ifndef DRIVERVM_CAMPAIGN_COURSE_H
#define DRIVERVM_CAMPAIGN_COURSE_H

#include "faultinject/campaign/load.h"
#include "faultinject/campaign/outcome.h"
#include "faultinject/campaign/rig.h"

struct course {
	struct rig *rig;
	const struct trial *trial;
	uint64_t start_us; /* of the trial, CLOCK_MONOTONIC */
	struct rng rng; /* the fault's */
	struct fault_site site;
	char **pairs; /* the fault's "key=value"s, NULL-terminated; owned, as are they */
	struct fault_values *values; /* of them */
	struct fault_shot shot;
	bool injected; /* inject() was successful; end() has to be called, or has been */
	char *why; /* why it was not, or NULL; owned */
	struct load load; /* the one that the fault struck */
	size_t log_from; /* where the client's kernel log ended before the trial */
	size_t first_recovery; /* of the supervisor's, the first that is this trial's */
	bool extended; /* the time for the service to return, after a late recovery */
	struct evidence evidence;
	char *complaint; /* the line in which the client's kernel complained; owned, or NULL */
	char service_why[256]; /* why the workload does not work, if it does not */
};

/* The record of a trial that came to its end. A new reference. */
json_t *course_record(const struct course *c);
/* The record of a trial that could not be carried out. */
json_t *course_failed_record(const struct rig *rig, const struct trial *t, const char *reason);
/*
 * Injects the fault. 0, -EINTR; -EOPNOTSUPP: there is nothing to break; or why the harness failed.
 * c->why says more.
 */
int course_inject(struct course *c);
/* The first recovery of the trial that was not asked for; NULL: none. */
const struct recovery *course_recovery(const struct course *c);

#endif
