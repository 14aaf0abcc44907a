// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the plan: blocks, in each the systems in random order, in each the cells likewise. */
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

double plan_boot_seconds(void)
{
	return BOOT_SECONDS;
}

double plan_cell_seconds(const struct experiment *exp)
{
	return CELL_SECONDS + exp->seconds * (exp->warmup + exp->iterations);
}

/* A system and driver to measure in each block. */
struct subject {
	const char *system;
	const char *driver;
	const char *driver_name;
};

/* The driver that @desc itself fixes for its first device; "" if it leaves any open. */
static char *own_driver(const struct system_desc *desc)
{
	unsigned int i;

	for (i = 0; i < desc->n_devices; i++)
		if (!desc->devices[i].driver)
			return xstrdup("");
	return xstrdup(desc->n_devices ? desc->devices[0].driver : "none");
}

/* @subjects has room for n_systems * n_drivers. */
static int find_subjects(struct plan *plan, const struct experiment *exp, struct subject *subjects,
			 size_t *n)
{
	struct system_desc *desc;
	unsigned int i, j, memory;
	char *own;
	int err;

	*n = 0;
	for (i = 0; i < exp->n_systems; i++) {
		err = experiment_load_system(exp, exp->systems[i], &desc);
		if (err < 0)
			return err;
		memory = system_memory_mib(desc, NULL);
		if (memory > plan->memory_mib)
			plan->memory_mib = memory;
		own = own_driver(desc);
		system_desc_free(desc);
		plan->driver_names = xreallocarray(plan->driver_names, plan->n_driver_names + 1,
						   sizeof(*plan->driver_names));
		plan->driver_names[plan->n_driver_names++] = own;
		for (j = 0; j < (own[0] ? 1 : exp->n_drivers); j++)
			subjects[(*n)++] = (struct subject){
				.system = exp->systems[i],
				.driver = exp->drivers[j],
				.driver_name = own[0] ? own : exp->drivers[j],
			};
	}
	return 0;
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

static void add_block(struct plan *plan, struct rng *rng, struct experiment *exp,
		      unsigned int invocation, const struct subject *subjects, size_t n)
{
	unsigned int *order = shuffled(rng, n);
	size_t i;

	plan->boots = xreallocarray(plan->boots, plan->n_boots + n, sizeof(*plan->boots));
	for (i = 0; i < n; i++) {
		const struct subject *s = &subjects[order[i]];
		struct boot *b = &plan->boots[plan->n_boots++];

		*b = (struct boot){
			.exp = exp,
			.invocation = invocation,
			.system = s->system,
			.driver = s->driver,
			.driver_name = s->driver_name,
		};
		matrix_expand(exp, &b->cells, &b->n_cells);
		shuffle_cells(rng, b);
		plan->seconds += BOOT_SECONDS + (double)b->n_cells * plan_cell_seconds(exp);
	}
	free(order);
}

/* Cells that a calibration measures, for the estimate of time. */
static double calibration_seconds(const struct experiment *exp)
{
	struct cell *cells;
	double seconds = 0;
	unsigned int c;
	size_t n, i;

	matrix_expand(exp, &cells, &n);
	for (c = 0; c < exp->n_calibrate; c++) {
		if (!calibration_needed(exp, &exp->calibrate[c]))
			continue;
		seconds += BOOT_SECONDS;
		for (i = 0; i < n; i++)
			if (cell_meets(&cells[i], &exp->calibrate[c].where))
				seconds += plan_cell_seconds(exp);
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
		struct subject *subjects =
			xcalloc((size_t)exp->n_systems * exp->n_drivers, sizeof(*subjects));
		unsigned int invocation;
		size_t n;
		int err = find_subjects(plan, exp, subjects, &n);

		for (invocation = 0; !err && invocation < exp->invocations; invocation++)
			add_block(plan, &rng, exp, invocation, subjects, n);
		free(subjects);
		if (err < 0)
			return err;
		plan->seconds += calibration_seconds(exp);
	}
	return 0;
}

void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_boots; i++)
		cells_free(plan->boots[i].cells, plan->boots[i].n_cells);
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
