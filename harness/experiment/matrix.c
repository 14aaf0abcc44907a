// SPDX-License-Identifier: GPL-2.0-or-later
/* All combinations of an experiment's axes. */
#include <stdlib.h>

#include "core/util.h"
#include "experiment/private.h"

void matrix_expand(const struct experiment *exp, struct cell **cells, size_t *n)
{
	size_t total = 1, i, rest;
	unsigned int a;

	for (a = 0; a < exp->n_matrix; a++)
		total *= exp->matrix[a].n_values;
	*cells = xcalloc(total, sizeof(**cells));
	*n = total;
	for (i = 0; i < total; i++) {
		struct cell *cell = &(*cells)[i];

		cell->n_dims = exp->n_matrix;
		cell->dims = xcalloc(exp->n_matrix, sizeof(*cell->dims));
		rest = i;
		for (a = exp->n_matrix; a-- > 0;) {
			const struct experiment_axis *axis = &exp->matrix[a];

			cell->dims[a].key = axis->axis;
			cell->dims[a].value = axis->values[rest % axis->n_values];
			rest /= axis->n_values;
		}
	}
}

void cells_free(struct cell *cells, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(cells[i].dims);
	free(cells);
}

bool cell_meets(const struct cell *cell, const struct dimset *set)
{
	size_t i;

	for (i = 0; i < cell->n_dims; i++) {
		const char *wanted = dimset_get(set, cell->dims[i].key);

		if (wanted && !streq(wanted, cell->dims[i].value))
			return false;
	}
	return true;
}

bool calibration_needed(const struct experiment *exp, const struct experiment_calibration *c)
{
	unsigned int i, j;

	if (axis_value_as(exp, c->axis, c->value))
		return false;
	for (i = 0; i < exp->n_matrix; i++)
		for (j = 0; j < exp->matrix[i].n_values; j++)
			if (streq(exp->matrix[i].axis, c->axis) &&
			    streq(exp->matrix[i].values[j], c->value))
				return true;
	return false;
}
