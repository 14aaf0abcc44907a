// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the axis values that an experiment derives from a measurement. */
#include "experiment/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/progress.h"
#include "experiment/cell.h"
#include "experiment/private.h"
#include "results/run_dir.h"
#include "stats/stats.h"

#define MEASURE_MAX 16

int calibration_value(const struct experiment_calibration *c, double measured, char *text,
		      size_t size)
{
	double value = fmin(measured * c->fraction, c->at_most) * c->scale;

	if (!isfinite(value) || !(measured > 0) || value >= 1e15)
		return -EDOM;
	snprintf(text, size, "%.0f", fmax(1, floor(value)));
	return 0;
}

/* Median of the metric over the experiment's iterations, after its warm-up. */
static int measure_cell(struct session *s, const struct cell *cell, double *median, char *why,
			size_t size)
{
	const struct experiment *exp = s->boot->exp;
	double v[MEASURE_MAX];
	unsigned int i, n = 0;
	struct cell_run c;
	int err;

	err = cell_open(&c, s, cell);
	for (i = 0; i < exp->warmup + exp->iterations && n < MEASURE_MAX && !err; i++) {
		struct readings readings = { 0 };

		err = cell_iterate(&c, &readings);
		if (!err && i >= exp->warmup)
			v[n++] = readings_find(&readings, s->workload->metric, "", "")->value;
		readings_free(&readings);
	}
	if (err < 0)
		snprintf(why, size, "%s", c.why);
	else
		err = stats_median(v, n, median);
	cell_close(&c);
	return err;
}

static int measure_all(struct session *s, const struct experiment_calibration *c, double *lowest,
		       char *why, size_t size)
{
	const struct boot *b = s->boot;
	double median;
	size_t i;
	int err = 0;

	*lowest = INFINITY;
	for (i = 0; i < b->n_cells && !err; i++) {
		if (!cell_meets(&b->cells[i], &c->where))
			continue;
		err = measure_cell(s, &b->cells[i], &median, why, size);
		if (!err && median < *lowest)
			*lowest = median;
		s->r->done_seconds += plan_cell_seconds(b, &b->cells[i]);
	}
	return err;
}

/*
 * The matrix, with the axes that the calibration fixes added where --set or --quick left their
 * values out: it must be measured as described, whatever the run is about.
 */
static void cells_to_measure(struct boot *b, const struct experiment_calibration *c)
{
	size_t i, d;

	matrix_expand(b->exp->matrix, b->exp->n_matrix, &b->cells, &b->n_cells);
	for (i = 0; i < b->n_cells; i++) {
		for (d = 0; d < b->cells[i].n_dims; d++) {
			struct dim *dim = &b->cells[i].dims[d];
			const char *fixed = dimset_get(&c->where, dim->key);

			if (fixed)
				dim->value = fixed;
		}
	}
}

/* What was made equal above is measured once. */
static void drop_repeats(struct boot *b)
{
	size_t i, j, n = 0;

	for (i = 0; i < b->n_cells; i++) {
		for (j = 0; j < n && !cell_equals(&b->cells[i], &b->cells[j]); j++)
			;
		if (j < n)
			free(b->cells[i].dims);
		else
			b->cells[n++] = b->cells[i];
	}
	b->n_cells = n;
}

/* What the system is brought up with: what the calibration fixes, else the first values. */
static void choose_with(struct boot *b, const struct experiment_calibration *c)
{
	unsigned int i;

	b->with.n_dims = b->exp->n_boots;
	b->with.dims = xcalloc(b->exp->n_boots, sizeof(*b->with.dims));
	for (i = 0; i < b->exp->n_boots; i++) {
		const struct experiment_axis *axis = &b->exp->boots[i];
		const char *fixed = dimset_get(&c->where, axis->axis);

		b->with.dims[i] = (struct dim){ axis->axis, fixed ? fixed : axis->values[0] };
	}
}

static int measure(struct runner *r, struct experiment *exp, const struct experiment_calibration *c,
		   double *lowest, char *why, size_t size)
{
	struct boot b = {
		.exp = exp,
		.system = c->system,
		.driver = exp->drivers[0],
		.driver_name = exp->drivers[0],
	};
	struct session s = { .r = r, .boot = &b };
	char *log_dir =
		run_dir_path(r->dir, "logs/%s/calibrate-%s-%s", exp->name, c->axis, c->value);
	int err;

	choose_with(&b, c);
	cells_to_measure(&b, c);
	drop_repeats(&b);
	err = session_open(&s, log_dir);
	r->done_seconds += plan_boot_seconds(exp, &b.with);
	if (err < 0)
		snprintf(why, size, "system %s did not come up: %s", c->system, strerror(-err));
	else
		err = measure_all(&s, c, lowest, why, size);
	session_close(&s);
	cells_free(b.cells, b.n_cells);
	free(b.with.dims);
	free(log_dir);
	return err;
}

bool calibration_missing(const struct experiment *exp)
{
	unsigned int i;

	for (i = 0; i < exp->n_calibrate; i++)
		if (calibration_needed(exp, &exp->calibrate[i]))
			return true;
	return false;
}

int calibrate_experiment(struct runner *r, struct experiment *exp, char *why, size_t size)
{
	unsigned int i, n = exp->n_calibrate;
	double lowest;
	char as[32];
	int err = 0;

	snprintf(why, size, "nothing was measured");
	for (i = 0; i < n && !err; i++) {
		const struct experiment_calibration *c = &exp->calibrate[i];

		if (!calibration_needed(exp, c))
			continue;
		progress_at(r->done_seconds, "%s: measuring what %s '%s' is", exp->name, c->axis,
			    c->value);
		err = measure(r, exp, c, &lowest, why, size);
		if (r->loop->interrupted)
			return -EINTR;
		if (!err)
			err = calibration_value(c, lowest, as, sizeof(as));
		if (!err) {
			experiment_define(exp, c->axis, c->value, as);
			pr_info("%s: %s '%s' is %s: %s of system %s is %.4g", exp->name, c->axis,
				c->value, as, c->metric, c->system, lowest);
		}
	}
	return err;
}
