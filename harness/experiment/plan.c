// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes the plan: blocks, in each the systems, with each combination of what they are brought up
 * with, in random order, in each the cells likewise or as listed.
 */
#include "experiment/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "experiment/private.h"
#include "stats/stats.h"
#include "system/system.h"

/* Guesses, from TCG on two cores; the progress bar corrects them as it goes. */
#define BOOT_SECONDS 4.0
#define CELL_SECONDS 0.7

double plan_boot_seconds(const struct experiment *exp, const struct cell *with)
{
	double seconds = exp->boot_seconds > 0 ? exp->boot_seconds : BOOT_SECONDS, units;
	const struct experiment_boot_cost *per = exp->boot_seconds_per;
	size_t i;

	for (i = 0; per && i < with->n_dims; i++)
		if (streq(with->dims[i].key, per->axis) &&
		    parse_number(with->dims[i].value, &units) == 0)
			seconds += per->seconds * units;
	return seconds;
}

double plan_cell_seconds(const struct boot *b, const struct cell *cell)
{
	const struct experiment *exp = b->exp;
	double seconds = exp->seconds;
	unsigned int i;

	for (i = 0; i < exp->n_when; i++)
		if (exp->when[i].seconds > 0 && when_holds(&exp->when[i], b, cell))
			seconds = exp->when[i].seconds;
	return CELL_SECONDS + seconds * (exp->warmup + exp->iterations);
}

double plan_cells_seconds(const struct boot *b)
{
	double seconds = 0;
	size_t i;

	for (i = 0; i < b->n_cells; i++)
		seconds += plan_cell_seconds(b, &b->cells[i]);
	return seconds;
}

/* What is brought up in each block: boots without cells, their strings borrowed. */
struct subjects {
	struct boot *v;
	size_t n;
	struct cell *with; /* all combinations of the boots' axes */
	size_t n_with;
};

static void subjects_free(struct subjects *s)
{
	cells_free(s->with, s->n_with);
	free(s->v);
}

/* The driver that @desc itself fixes for its first device; "" if it leaves any open. */
static char *own_driver(struct system_desc *desc)
{
	unsigned int i;

	for (i = 0; i < desc->n_devices; i++)
		if (!desc->devices[i].driver)
			return xstrdup("");
	return xstrdup(desc->n_devices ? desc->devices[0].driver : "none");
}

/* One system with one driver, in all combinations. */
static int add_subjects(struct plan *plan, struct subjects *s, struct system_desc *desc,
			const struct boot *like)
{
	unsigned int memory;
	size_t i;
	int err;

	for (i = 0; i < s->n_with; i++) {
		struct system_options opt = { 0 };
		struct boot *b = &s->v[s->n++];

		*b = *like;
		b->with = s->with[i];
		err = experiment_system_options(b, desc, &opt);
		if (err < 0)
			return err;
		memory = system_memory_mib(desc, &opt);
		if (memory > plan->memory_mib)
			plan->memory_mib = memory;
	}
	return 0;
}

static int add_system(struct plan *plan, struct subjects *s, struct experiment *exp,
		      const char *system)
{
	struct system_desc *desc;
	unsigned int j;
	char *own;
	int err;

	err = experiment_load_system(exp, system, &desc);
	if (err < 0)
		return err;
	own = own_driver(desc);
	plan->driver_names = xreallocarray(plan->driver_names, plan->n_driver_names + 1,
					   sizeof(*plan->driver_names));
	plan->driver_names[plan->n_driver_names++] = own;
	for (j = 0; j < (own[0] ? 1 : exp->n_drivers) && !err; j++)
		err = add_subjects(plan, s, desc,
				   &(struct boot){
					   .exp = exp,
					   .system = system,
					   .driver = exp->drivers[j],
					   .driver_name = own[0] ? own : exp->drivers[j],
				   });
	system_desc_free(desc);
	return err;
}

/* To be freed in any case. */
static int find_subjects(struct plan *plan, struct experiment *exp, struct subjects *s)
{
	unsigned int i;
	int err = 0;

	*s = (struct subjects){ 0 };
	matrix_expand(exp->boots, exp->n_boots, &s->with, &s->n_with);
	s->v = xcalloc((size_t)exp->n_systems * exp->n_drivers * s->n_with, sizeof(*s->v));
	for (i = 0; i < exp->n_systems && !err; i++)
		err = add_system(plan, s, exp, exp->systems[i]);
	return err;
}

static unsigned int *shuffled(struct rng *rng, size_t n)
{
	unsigned int *order = xcalloc(n, sizeof(*order));
	unsigned int i;

	for (i = 0; i < n; i++)
		order[i] = i;
	rng_shuffle(rng, order, n);
	return order;
}

static void shuffle_cells(struct rng *rng, struct boot *b)
{
	unsigned int *order = shuffled(rng, b->n_cells);
	struct cell *cells = xcalloc(b->n_cells, sizeof(*cells));
	size_t i;

	for (i = 0; i < b->n_cells; i++)
		cells[i] = b->cells[order[i]];
	free(b->cells);
	b->cells = cells;
	free(order);
}

static struct cell cell_copy(const struct cell *from)
{
	struct cell copy = { xcalloc(from->n_dims, sizeof(*from->dims)), from->n_dims };

	if (from->n_dims)
		memcpy(copy.dims, from->dims, from->n_dims * sizeof(*from->dims));
	return copy;
}

static void add_block(struct plan *plan, struct rng *rng, const struct experiment *exp,
		      unsigned int invocation, const struct subjects *s)
{
	unsigned int *order = shuffled(rng, s->n);
	size_t i;

	plan->boots = xreallocarray(plan->boots, plan->n_boots + s->n, sizeof(*plan->boots));
	for (i = 0; i < s->n; i++) {
		struct boot *b = &plan->boots[plan->n_boots++];

		*b = s->v[order[i]];
		b->invocation = invocation;
		b->with = cell_copy(&b->with);
		matrix_expand(exp->matrix, exp->n_matrix, &b->cells, &b->n_cells);
		if (exp->order == ORDER_RANDOM)
			shuffle_cells(rng, b);
		plan->seconds += plan_boot_seconds(exp, &b->with) + plan_cells_seconds(b);
	}
	free(order);
}

/* Cells that a calibration measures, for the estimate of time. */
static double calibration_seconds(struct experiment *exp)
{
	struct cell *cells;
	double seconds = 0;
	unsigned int c;
	size_t n, i;

	matrix_expand(exp->matrix, exp->n_matrix, &cells, &n);
	for (c = 0; c < exp->n_calibrate; c++) {
		if (!calibration_needed(exp, &exp->calibrate[c]))
			continue;
		seconds += plan_boot_seconds(exp, &(struct cell){ 0 });
		for (i = 0; i < n; i++)
			if (cell_meets(&cells[i], &exp->calibrate[c].where))
				seconds +=
					plan_cell_seconds(&(struct boot){ .exp = exp }, &cells[i]);
	}
	cells_free(cells, n);
	return seconds;
}

int plan_make(struct plan *plan)
{
	struct rng rng;
	size_t e;

	rng_seed(&rng, plan->seed);
	for (e = 0; e < plan->n_exps; e++) {
		struct experiment *exp = plan->exps[e];
		struct subjects subjects;
		unsigned int invocation;
		int err = find_subjects(plan, exp, &subjects);

		for (invocation = 0; !err && invocation < exp->invocations; invocation++)
			add_block(plan, &rng, exp, invocation, &subjects);
		subjects_free(&subjects);
		if (err < 0)
			return err;
		plan->seconds += calibration_seconds(exp);
	}
	plan_share(plan);
	return 0;
}

void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_boots; i++) {
		cells_free(plan->boots[i].cells, plan->boots[i].n_cells);
		free(plan->boots[i].with.dims);
	}
	for (i = 0; i < plan->n_sets; i++)
		free(plan->sets[i]);
	for (i = 0; i < plan->n_driver_names; i++)
		free(plan->driver_names[i]);
	for (i = 0; i < plan->n_exps; i++)
		experiment_free(plan->exps[i]);
	free(plan->boots);
	free(plan->sets);
	free(plan->driver_names);
	free(plan->exps);
	*plan = (struct plan){ 0 };
}
