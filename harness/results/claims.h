/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims: judged against a run's samples; claims.json; the table of verdicts. */
#ifndef DRIVERVM_RESULTS_CLAIMS_H
#define DRIVERVM_RESULTS_CLAIMS_H

#include <stdint.h>
#include <stdio.h>

#include "experiment/desc.h"
#include "results/samples.h"
#include "stats/stats.h"

enum verdict {
	VERDICT_REPRODUCED, /* the whole interval meets what is expected */
	VERDICT_NOT_REPRODUCED, /* it does not, or not as a whole */
	VERDICT_NOT_APPLICABLE, /* this run did not measure it, or not often enough to tell */
};

struct judgement {
	const struct experiment *experiment; /* borrowed */
	const struct experiment_claim *claim; /* borrowed */
	enum verdict verdict;
	bool measured; /* the estimate holds */
	struct estimate estimate; /* n counts pairs */
	char why[256];
};

const char *verdict_name(enum verdict v);

/* Judges one claim; @seed is the run's. */
void claim_judge(const struct experiment *exp, const struct experiment_claim *claim,
		 const struct samples *samples, uint64_t seed, struct judgement *out);

/* The experiments of a run, as copied into its folder when it was made. */
int run_experiments_load(const char *dir, struct experiment ***exps, size_t *n);
void run_experiments_free(struct experiment **exps, size_t n);

/*
 * Judges all claims of a run and writes DIR/claims.json. @table (may be NULL) receives a table.
 * *@failed (may be NULL) is the number of claims not reproduced. Returns 0 or a negative errno,
 * reported.
 */
int claims_write(const char *dir, FILE *table, unsigned int *failed);

#endif
