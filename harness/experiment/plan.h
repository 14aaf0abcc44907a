/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run's plan: which systems are brought up, in what order, and what each measures. Order is
 * random but follows from the seed alone. A block (an invocation) holds every system once for each
 * combination of what it is brought up with, so that configurations interleave, and whatever drifts
 * on the host drifts through all of them.
 */
#ifndef DRIVERVM_EXPERIMENT_PLAN_H
#define DRIVERVM_EXPERIMENT_PLAN_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "experiment/desc.h"
#include "results/samples.h"

/* One combination of axis values, of boots or of the matrix. */
struct cell {
	struct dim *dims; /* one per axis, in the description's order; strings are its own */
	size_t n_dims;
};

/* One bring-up of one system, and the cells measured in it. */
struct boot {
	struct experiment *exp;
	unsigned int invocation;
	const char *system;
	const char *driver; /* what to bring it up with */
	const char *driver_name; /* as samples say: the system's own if it leaves none open */
	struct cell with; /* what else it is brought up with: a value for each axis of boots */
	struct cell *cells;
	size_t n_cells;
};

struct plan {
	uint64_t seed;
	bool quick;
	char **sets; /* --set's arguments */
	size_t n_sets;
	struct experiment **exps; /* owned */
	size_t n_exps;
	struct boot *boots; /* in the order in which they happen */
	size_t n_boots;
	char **driver_names; /* owned; boots point into it */
	size_t n_driver_names;
	double seconds; /* estimate of the whole */
	unsigned int memory_mib; /* the most that any one system takes */
};

/* All combinations of @axes; freed by cells_free(). No axes: one empty cell. */
void matrix_expand(const struct experiment_axis *axes, unsigned int n_axes, struct cell **cells,
		   size_t *n);
void cells_free(struct cell *cells, size_t n);

/* Applies --quick and --set to one experiment. 0, or -EINVAL, reported. */
int plan_override(const struct plan *plan, struct experiment *exp);
/* Fills boots, seconds and memory from the rest. 0, or a negative errno, reported. */
int plan_make(struct plan *plan);
/* Frees what it owns, not the plan itself. */
void plan_free(struct plan *plan);
/* What a cell of @b is estimated to take, all of them, and bringing up a system, in seconds. */
double plan_cell_seconds(const struct boot *b, const struct cell *cell);
double plan_cells_seconds(const struct boot *b);
double plan_boot_seconds(const struct experiment *exp, const struct cell *with);

/* plan.json, and back: the seed, the settings and what was calibrated, for --resume. */
int plan_write(const struct plan *plan, const char *dir);
/* Loads the run's copies of its experiments, and applies its settings; then plan_make(). */
int plan_read(struct plan *plan, const char *dir);
/* The plan for people, with QEMU's command lines: for --dry-run. */
int plan_print(const struct plan *plan, const char *accel, FILE *out);

#endif
