/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of a campaign's report; for report.c only. */
#ifndef DRIVERVM_CAMPAIGN_SECTIONS_H
#define DRIVERVM_CAMPAIGN_SECTIONS_H

#include "faultinject/campaign/run.h"
#include "faultinject/campaign/tally.h"
#include "report/doc.h"

struct campaign_report {
	struct campaign_run run;
	struct records records;
	struct values_seen systems, faults, targets;
};

/* Outcomes by fault and by target, and what share of the activated faults was covered. */
void campaign_section_outcomes(struct doc *d, const struct campaign_report *r);
/* How failures were found, and how long recovery took. */
void campaign_section_recovery(struct doc *d, const struct campaign_report *r);
/* Every trial that did harm, and every one that could not be carried out. */
void campaign_section_harm(struct doc *d, const struct campaign_report *r);
void campaign_section_claims(struct doc *d, const struct campaign_report *r);

/* "97.3 % (95.1–98.7)": a share with its exact 95 % interval; "–" of none. */
const char *share_text(char *buf, size_t size, size_t hits, size_t n);

#endif
