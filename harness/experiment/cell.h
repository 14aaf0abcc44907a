/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measuring one cell in a system that is up. */
#ifndef DRIVERVM_EXPERIMENT_CELL_H
#define DRIVERVM_EXPERIMENT_CELL_H

#include "experiment/inject.h"
#include "experiment/readings.h"
#include "experiment/runner.h"
#include "meter/meter.h"
#include "workload/workload.h"

/* A system that is up for one boot of the plan. */
struct session {
	struct runner *r;
	const struct boot *boot;
	struct system_desc *desc; /* of the system */
	struct system *sys; /* NULL: none is up */
	struct supervisor *supervisor; /* NULL: what dies stays dead */
	bool shared; /* it was brought up for another boot; see boots_share() */
	struct status *status; /* tells who asks of it; NULL: nobody */
	struct meters *meters; /* NULL: none (calibration) */
	const struct drivervm_workload *workload;
	const char *log_dir;
};

/* A workload opened on a cell, its settings applied. */
struct cell_run {
	struct session *s;
	const struct cell *cell;
	struct workload_run *run;
	struct injection injection;
	char why[256]; /* what went wrong, if something did */
};

/*
 * Applies the cell's settings and sets the workload up. Returns 0; -EOPNOTSUPP (it does not run
 * here) or another negative errno with c->why filled. To be closed in any case.
 */
int cell_open(struct cell_run *c, struct session *s, const struct cell *cell);
/* One iteration. Returns 0, or a negative errno with c->why filled. */
int cell_iterate(struct cell_run *c, struct readings *out);
void cell_close(struct cell_run *c);

/*
 * Brings the system of s->boot up with the runner's accelerator, unless a shared one is; s->r and
 * s->boot are set. Returns 0 or a negative errno, reported; to be closed in any case.
 */
int session_open(struct session *s, const char *log_dir);
/* Takes the system down, if one is up. */
void session_close(struct session *s);

/* Is the system still worth measuring? 0, or -EPIPE with @why filled. */
int session_check(struct session *s, char *why, size_t size);

#endif
