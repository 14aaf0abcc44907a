/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a campaign is: one description, faultinject/campaigns/NAME.yaml. It says which faults are
 * injected into which targets, and how often; docs/campaigns.md says what becomes of it.
 */
#ifndef DRIVERVM_CAMPAIGN_CAMPAIGN_H
#define DRIVERVM_CAMPAIGN_CAMPAIGN_H

#include <stdint.h>

#include "experiment/desc.h"
#include "fault/fault.h"

/* Whom faults are injected into: the driver of one device, in one system, under one load. */
struct campaign_target {
	char *name; /* unique: "isolated-e1000" */
	char *system; /* of harness/systems/; the device's driver may be the client's own (native)
		       */
	char *driver; /* of harness/drivers.yaml */
	char *workload; /* runs all the while; its class of devices is the driver's */
	char *device; /* of the system; NULL: the client's first of the driver's class */
	struct dimset options; /* of the workload, and settings of devices */
	unsigned int every; /* it has part in one of so many rounds; 1: in all, the default */
	const char *class; /* of its driver; static; set once the campaign is checked */
	bool replaceable; /* its driver has a VM of its own; set once the campaign is checked */
};

/* In the value of a fault's parameter: the campaign's folder below results/. */
#define CAMPAIGN_RUN_WORD "$RUN"

/* A fault that trials draw from. */
struct campaign_fault {
	char *fault; /* a name of faultinject/: "bit-flip" */
	struct dimset values; /* of its parameters; a value may begin with CAMPAIGN_RUN_WORD */
	unsigned int weight; /* how often it is drawn, against the others; at least 1 */
	const struct fault *model; /* the fault; set once the campaign is checked */
};

/* What a claim's share is of. */
enum campaign_among {
	AMONG_ACTIVATED, /* trials whose fault had an effect; the default */
	AMONG_ALL, /* all trials */
};

/* A statement about a share of trials, judged by its whole 95 % interval. */
struct campaign_claim {
	char *id;
	char *statement;
	char *source; /* whose figure it is, and whether it was read or is recalled */
	char **of; /* outcomes that count */
	unsigned int n_of;
	enum campaign_among among;
	struct dimset where; /* of target, system, driver, class, fault, family; all must hold */
	char *expect; /* ">= 0.99" or "<= 0.01" */
};

/* What --quick changes; absent members (0) change nothing. */
struct campaign_quick {
	unsigned int trials;
	char **targets; /* names */
	unsigned int n_targets;
};

/* Which `drivervm reproduce` it is part of. */
enum campaign_part {
	PART_OF_NONE, /* the default */
	PART_OF_FULL,
	PART_OF_QUICK,
};

struct campaign {
	char *name; /* equals the file's name */
	char *title;
	char *question;
	char *strategy; /* of recovery, where the driver is in a VM of its own; harness/supervise */
	struct campaign_target *targets;
	unsigned int n_targets;
	unsigned int n_used; /* of them trials go to so many, the first ones: all, unless quick */
	struct campaign_fault *faults;
	unsigned int n_faults;
	unsigned int trials; /* for each target that has part in all rounds: the rounds */
	unsigned int watch_ms; /* after the injection, the load running */
	unsigned int patience_ms; /* then, for the service to return; 0: CAMPAIGN_PATIENCE_MS */
	struct campaign_quick *quick;
	enum campaign_part reproduce;
	struct campaign_claim *claims;
	unsigned int n_claims;
	char *path; /* the file it came from */
	char hash[17]; /* of its text, in hexadecimal: are two runs of the same campaign? */
};

/* Longer than supervisors take to call a driver stuck, plus a boot under emulation. */
#define CAMPAIGN_PATIENCE_MS 8000

/*
 * Loads NAME of faultinject/campaigns/, or a path ending in .yaml, and checks what can be checked
 * without looking elsewhere. 0, -ENOENT or -EINVAL, reported with file and line.
 */
int campaign_load(struct campaign **c, const char *name);
void campaign_free(struct campaign *c);
/*
 * Checks it against this tree: faults and their values, systems, drivers, workloads, options,
 * strategy. Not needed to judge or report a run. 0, -EINVAL or -ENOENT, reported.
 */
int campaign_check(struct campaign *c);
/* Applies what --quick changes. */
void campaign_make_quick(struct campaign *c);
/* All names in faultinject/campaigns/, sorted; the caller frees each and the array. */
int campaign_names(char ***names, size_t *n);

/* How many trials there are, of all targets. */
size_t campaign_n_trials(const struct campaign *c);

/*
 * Trial number @index, a pure function of the campaign, the seed and the number. A round is one
 * fault with its random numbers, and a trial of it in each target that has part in it: so what is
 * done to a driver VM is done to the native driver, too.
 */
struct trial {
	size_t index;
	const struct campaign_target *target;
	const struct campaign_fault *fault;
	uint64_t delay_us; /* from the start of the load to the injection */
	uint64_t seed; /* of the fault's random numbers */
};

void trial_draw(struct trial *t, const struct campaign *c, uint64_t seed, size_t index);

#endif
