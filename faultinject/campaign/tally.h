/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting outcomes. */
#ifndef DRIVERVM_CAMPAIGN_TALLY_H
#define DRIVERVM_CAMPAIGN_TALLY_H

#include "experiment/desc.h"
#include "faultinject/campaign/store.h"

/* Trials that have something in common, by their outcomes. */
struct tally {
	size_t of[OUTCOME_COUNT];
	size_t n; /* carried out: all but OUTCOME_HARNESS_FAILED */
	size_t activated; /* of them, those that count */
	size_t covered; /* of those, the ones whose users were spared */
};

/* Has the record all members of @set ("system=isolated")? */
bool record_meets(const struct record *r, const struct dimset *set);
/* Those that meet @set. */
struct tally tally_of(const struct records *records, const struct dimset *set);
/* Those whose members @key and @key2 (NULL: whatever) are @value and @value2. */
struct tally tally_where(const struct records *records, const char *key, const char *value,
			 const char *key2, const char *value2);

/* The values that a member has in any record, each once, in order of appearance. */
struct values_seen {
	const char **v; /* owned; the texts are the records' */
	size_t n;
};

void values_seen(struct values_seen *seen, const struct records *records, const char *key);
void values_seen_free(struct values_seen *seen);

/* Trials per hour that one worker carried out, and all of them together; 0: not known. */
void tally_pace(const struct records *records, double *per_worker, double *together);

#endif
