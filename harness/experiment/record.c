// SPDX-License-Identifier: GPL-2.0-or-later
/* From what happened in a boot to lines of samples.jsonl. */
#include "experiment/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/log.h"
#include "core/util.h"

static double wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / (double)NSEC_PER_SEC;
}

/*
 * System, driver, what the system was brought up with and the cell's axes; five more fit behind.
 * @cell may be NULL.
 */
static struct dim *dims_of(const struct boot *b, const struct cell *cell, size_t *n)
{
	size_t axes = cell ? cell->n_dims : 0, i;
	struct dim *dims = xcalloc(b->with.n_dims + axes + 7, sizeof(*dims));

	dims[0] = (struct dim){ "system", b->system };
	dims[1] = (struct dim){ "driver", b->driver_name };
	*n = 2;
	for (i = 0; i < b->with.n_dims; i++)
		dims[(*n)++] = b->with.dims[i];
	for (i = 0; i < axes; i++)
		dims[(*n)++] = cell->dims[i];
	return dims;
}

int record_readings(struct runner *r, const struct boot *b, const struct cell *cell,
		    unsigned int iteration, const struct readings *readings)
{
	size_t n, i;
	struct dim *dims = dims_of(b, cell, &n);
	struct sample s = {
		.experiment = b->exp->name,
		.dims = dims,
		.invocation = b->invocation,
		.iteration = iteration,
		.time = wall_clock(),
		.ok = true,
	};

	for (i = 0; i < readings->n; i++) {
		struct reading *v = &readings->v[i];

		s.metric = v->metric;
		s.unit = v->unit;
		s.value = v->value;
		s.n_dims = n;
		if (v->vm[0])
			dims[s.n_dims++] = (struct dim){ "vm", v->vm };
		if (v->thread[0])
			dims[s.n_dims++] = (struct dim){ "thread", v->thread };
		if (v->device[0])
			dims[s.n_dims++] = (struct dim){ "device", v->device };
		if (v->phase[0])
			dims[s.n_dims++] = (struct dim){ "phase", v->phase };
		if (v->t[0])
			dims[s.n_dims++] = (struct dim){ "t", v->t };
		if (sample_add(r->out, &s) < 0)
			pr_warning("%s is not a number and was left out", v->metric);
	}
	free(dims);
	return sample_flush(r->out);
}

int record_failure(struct runner *r, const struct boot *b, const struct cell *cell,
		   unsigned int iteration, const char *metric, const char *why, bool skipped)
{
	size_t n;
	struct dim *dims = dims_of(b, cell, &n);
	struct sample s = {
		.experiment = b->exp->name,
		.metric = metric,
		.reason = why,
		.dims = dims,
		.n_dims = n,
		.invocation = b->invocation,
		.iteration = iteration,
		.time = wall_clock(),
		.skipped = skipped,
	};

	sample_add(r->out, &s);
	free(dims);
	return sample_flush(r->out);
}

int record_bring_up(struct runner *r, const struct boot *b, uint64_t us)
{
	struct readings readings = { 0 };
	int err;

	readings_add(&readings, "bring_up", "s", (double)us / (double)USEC_PER_SEC, "", "");
	err = record_readings(r, b, NULL, 0, &readings);
	readings_free(&readings);
	return err;
}

/* Has the sample all of the cell's dimensions, with these values? */
static bool has_dims(const struct sample *s, const struct cell *cell)
{
	size_t i;

	for (i = 0; i < cell->n_dims; i++)
		if (!streq(sample_dim(s, cell->dims[i].key), cell->dims[i].value))
			return false;
	return true;
}

static bool is_of_cell(const struct sample *s, const struct boot *b, const struct cell *cell)
{
	return s->invocation == b->invocation && streq(s->experiment, b->exp->name) &&
	       streq(sample_dim(s, "system"), b->system) &&
	       streq(sample_dim(s, "driver"), b->driver_name) && has_dims(s, &b->with) &&
	       has_dims(s, cell);
}

bool record_has(const struct runner *r, const struct boot *b, const struct cell *cell,
		unsigned int iteration)
{
	size_t i;

	for (i = 0; i < r->done.n; i++) {
		const struct sample *s = &r->done.v[i];

		if ((s->ok || s->skipped) && s->iteration == iteration &&
		    !streq(s->metric, "bring_up") && is_of_cell(s, b, cell))
			return true;
	}
	return false;
}

int record_given_up(struct runner *r, const struct boot *b, const struct cell *cell,
		    unsigned int first, const char *metric, const char *why, bool skipped)
{
	unsigned int i;
	int err = 0;

	for (i = first; i < b->exp->iterations && !err; i++) {
		if (record_has(r, b, cell, i))
			continue;
		err = record_failure(r, b, cell, i, metric, why, skipped);
		if (skipped)
			r->n_skipped++;
		else
			r->n_failed++;
	}
	return err;
}

int record_no_boot(struct runner *r, const struct boot *b, const char *metric, int err)
{
	const char *said = log_last_error()[0] ? log_last_error() : strerror(-err);
	bool skipped = err == -EOPNOTSUPP;
	char why[640];
	size_t i;

	snprintf(why, sizeof(why), "%s%s", skipped ? "" : "the system did not come up: ", said);
	err = 0;
	for (i = 0; i < b->n_cells && !err; i++)
		err = record_given_up(r, b, &b->cells[i], 0, metric, why, skipped);
	return err;
}
