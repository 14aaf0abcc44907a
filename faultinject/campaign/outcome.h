/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came of a trial, in one word. The first that fits, in this order, is what is recorded;
 * docs/campaigns.md says the same at length.
 */
#ifndef DRIVERVM_CAMPAIGN_OUTCOME_H
#define DRIVERVM_CAMPAIGN_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

enum outcome {
	/*
	 * The client's kernel complained of itself (an oops, a warning, a stall), its QEMU ended,
	 * or its agent answers no more.
	 */
	OUTCOME_CLIENT_HARMED,
	/* What the client read was not what had been written, and nobody told it so. */
	OUTCOME_DATA_CORRUPTED,
	/* The fault was not seen to have any effect: what it changed was never run or used. */
	OUTCOME_NOT_ACTIVATED,
	/* A driver VM was found to have failed, and the service did not return in time. */
	OUTCOME_FAILED,
	/* It was found to have failed, was replaced, and the service returned with its data. */
	OUTCOME_RECOVERED,
	/* The service does not work, to the end of the trial, and nothing noticed. */
	OUTCOME_SILENT,
	/* Nothing was replaced, and the throughput was below half of the baseline. */
	OUTCOME_DEGRADED,
	/* The fault was activated, and nobody could tell. */
	OUTCOME_NO_EFFECT,
	/* No trial at all: the harness, or the host, failed. In no table but that of failures. */
	OUTCOME_HARNESS_FAILED,
	OUTCOME_COUNT
};

/* Of the baseline: less is degraded. */
#define OUTCOME_DEGRADED_SHARE 0.5

/* All that a trial's outcome is told by. */
struct evidence {
	bool client_lives; /* its QEMU runs and its agent answers */
	const char *complaint; /* of the client's kernel of itself; NULL: none */
	bool corrupted; /* the workload read what nobody had written */
	bool activated; /* the fault said so */
	bool detected; /* a supervisor found a VM to have failed since the injection */
	bool service; /* the workload works at the end */
	double throughput; /* of the workload's main metric, during the fault */
	double baseline; /* the same without a fault; 0: not known */
};

/* Never OUTCOME_HARNESS_FAILED. A failure that was found is an activation, too. */
enum outcome outcome_of(const struct evidence *e);

/* "client-harmed", ... */
const char *outcome_text(enum outcome o);
/* OUTCOME_COUNT: there is none of that name. */
enum outcome outcome_find(const char *text);
/* Did the fault have an effect, so that the trial counts? */
bool outcome_activated(enum outcome o);
/* Was whoever uses the device spared: nothing happened, or it was put right? */
bool outcome_covered(enum outcome o);

#endif
