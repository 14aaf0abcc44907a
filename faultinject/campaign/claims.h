/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judging the claims of a campaign by its records. */
#ifndef DRIVERVM_CAMPAIGN_CLAIMS_H
#define DRIVERVM_CAMPAIGN_CLAIMS_H

#include "faultinject/campaign/campaign.h"
#include "faultinject/campaign/store.h"
#include "results/claims.h"

struct campaign_judgement {
	const struct campaign_claim *claim; /* borrowed */
	enum verdict verdict;
	size_t hits, n; /* trials of the outcomes claimed, of how many */
	double value, low, high; /* the share, with its exact 95 % interval; valid if n > 0 */
	char why[256];
};

/* A claim is reproduced if its whole interval meets what is expected. */
void campaign_judge(const struct campaign_claim *claim, const struct records *records,
		    struct campaign_judgement *out);
/*
 * Judges all claims of the campaign's folder and writes DIR/claims.json. @table (may be NULL)
 * receives a table. *@failed (may be NULL) is the number of claims not reproduced. 0 or a negative
 * errno, reported.
 */
int campaign_claims_write(const char *dir, FILE *table, unsigned int *failed);

#endif
