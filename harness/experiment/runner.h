/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out a plan: brings each system up in turn, measures its cells, takes it down. What fails
 * is recorded as failed, with its reason, and the run goes on.
 */
#ifndef DRIVERVM_EXPERIMENT_RUNNER_H
#define DRIVERVM_EXPERIMENT_RUNNER_H

#include "core/loop.h"
#include "experiment/plan.h"
#include "results/samples.h"
#include "system/system.h"

struct runner {
	struct loop *loop;
	const char *dir; /* the run's folder */
	struct plan *plan;
	const char *accel;
	struct sample_writer *out;
	struct samples done; /* of the run that is resumed; empty otherwise */
	char *runtime; /* our folder in which systems tell of themselves; NULL: they do not */
	double done_seconds; /* of the plan's estimate */
	unsigned int n_ok, n_failed, n_skipped; /* iterations */
};

/*
 * Measures what the plan has and r->done has not. Returns 0 (whatever failed: see n_failed),
 * -EINTR, or a negative errno if it could not go on, reported.
 */
int runner_run(struct runner *r);

#endif
