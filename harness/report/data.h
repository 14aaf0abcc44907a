/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything a report is made of, read from the run's folder alone. */
#ifndef DRIVERVM_REPORT_DATA_H
#define DRIVERVM_REPORT_DATA_H

#include <jansson.h>
#include <stdint.h>

#include "experiment/desc.h"
#include "results/claims.h"
#include "results/samples.h"

struct report_data {
	const char *dir; /* borrowed */
	char *name; /* of the run */
	struct experiment **exps;
	size_t n_exps;
	struct samples samples;
	/*
	 * Those that failed or were skipped, but for what a resumed run measured later after all.
	 * The array is owned.
	 */
	const struct sample **troubles;
	size_t n_troubles;
	json_t *plan;
	json_t *environment; /* NULL where the run has no such file */
	json_t *manifest; /* the same */
	json_t *lines; /* of code; the same */
	struct judgement *claims; /* judged anew, in the experiments' order */
	size_t n_claims;
	uint64_t seed;
};

/* Returns 0 or a negative errno, reported. */
int report_data_load(struct report_data *data, const char *run_dir);
void report_data_free(struct report_data *data);

#endif
