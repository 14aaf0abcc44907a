/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what happened in a boot to lines of samples.jsonl. */
#ifndef DRIVERVM_EXPERIMENT_RECORD_H
#define DRIVERVM_EXPERIMENT_RECORD_H

#include "experiment/cell.h"

/* All return 0, or a negative errno, reported: results cannot be written, so the run must end. */

int record_readings(struct runner *r, const struct boot *b, const struct cell *cell,
		    unsigned int iteration, const struct readings *readings);
/* A sample of @metric without a value. @skipped: the workload does not run here. */
int record_failure(struct runner *r, const struct boot *b, const struct cell *cell,
		   unsigned int iteration, const char *metric, const char *why, bool skipped);
/* The iterations from @first on that are not recorded yet, as failed or skipped; counts them. */
int record_given_up(struct runner *r, const struct boot *b, const struct cell *cell,
		    unsigned int first, const char *metric, const char *why, bool skipped);
/*
 * All cells of a system that did not come up, for the reason that was reported last; failed, or
 * skipped if @err is -EOPNOTSUPP: this host cannot do what the boot asks for.
 */
int record_no_boot(struct runner *r, const struct boot *b, const char *metric, int err);
/* How long the system took to come up. */
int record_bring_up(struct runner *r, const struct boot *b, uint64_t us);

/* Has the run that is resumed measured this iteration (or found that it cannot be)? */
bool record_has(const struct runner *r, const struct boot *b, const struct cell *cell,
		unsigned int iteration);

#endif
