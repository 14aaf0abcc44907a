/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target that is up: its system, the supervisor of its driver VM (where the driver has one), its
 * workload, and what that does when nothing is broken. Trials are carried out on it one after the
 * other; between them the driver VM is replaced by a fresh one, so that they have nothing to do
 * with one another.
 */
#ifndef DRIVERVM_CAMPAIGN_RIG_H
#define DRIVERVM_CAMPAIGN_RIG_H

#include <jansson.h>

#include "faultinject/campaign/campaign.h"
#include "supervise/supervisor.h"
#include "workload/workload.h"

struct rig {
	struct loop *loop;
	const struct campaign *campaign;
	const struct campaign_target *target;
	const char *accel; /* "kvm", "tcg" */
	const char *run_dir; /* of the campaign */
	char *log_dir; /* owned: the system's logs */
	const struct drivervm_workload *workload;
	double baseline; /* median of the main metric without a fault; 0: not measured yet */
	uint64_t iteration_us; /* the longest that an iteration took then */
	/* While it is up: */
	struct system_desc *desc;
	struct system *sys;
	struct supervisor *supervisor; /* NULL: the driver is in the client */
	struct workload_run *run;
	char *device; /* owned */
};

/* All borrowed but @log_dir, which is copied. Nothing is brought up yet. 0 or -errno, reported. */
int rig_init(struct rig *rig, struct loop *loop, const struct campaign *c,
	     const struct campaign_target *target, const char *accel, const char *run_dir,
	     const char *log_dir);
/* Brings it up, unless it is, and measures the baseline the first time. 0 or -errno, reported. */
int rig_up(struct rig *rig);
/* Takes it down; rig_up() may follow. */
void rig_down(struct rig *rig);
/* Has the driver VM replaced by a fresh one. What fails with that is taken down. */
void rig_renew(struct rig *rig);
/* Opens the workload anew: what it had left running was cut short. 0 or -errno, reported. */
int rig_reopen_workload(struct rig *rig);
void rig_free(struct rig *rig);

/*
 * Carries a trial of the rig's target out. *@record receives its record, a new reference: also if
 * the rig could not be brought up, and the trial is then of OUTCOME_HARNESS_FAILED. Returns 0, or
 * -EINTR if the user interrupted; there is then no record.
 */
int rig_trial(struct rig *rig, const struct trial *t, json_t **record);

#endif
