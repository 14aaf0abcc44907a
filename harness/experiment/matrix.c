// SPDX-License-Identifier: GPL-2.0-or-later
/* Combinations of an experiment's axes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "experiment/private.h"

/* Of a file's name, with room for what stands around it. */
#define NAME_LENGTH_MAX 199

void matrix_expand(const struct experiment_axis *axes, unsigned int n_axes, struct cell **cells,
		   size_t *n)
{
	size_t total = 1, i, rest;
	unsigned int a;

	for (a = 0; a < n_axes; a++)
		total *= axes[a].n_values;
	*cells = xcalloc(total, sizeof(**cells));
	*n = total;
	for (i = 0; i < total; i++) {
		struct cell *cell = &(*cells)[i];

		cell->n_dims = n_axes;
		cell->dims = xcalloc(n_axes, sizeof(*cell->dims));
		rest = i;
		for (a = n_axes; a-- > 0;) {
			cell->dims[a].key = axes[a].axis;
			cell->dims[a].value = axes[a].values[rest % axes[a].n_values];
			rest /= axes[a].n_values;
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

bool cell_equals(const struct cell *a, const struct cell *b)
{
	size_t i;

	if (a->n_dims != b->n_dims)
		return false;
	for (i = 0; i < a->n_dims; i++)
		if (!streq(a->dims[i].key, b->dims[i].key) ||
		    !streq(a->dims[i].value, b->dims[i].value))
			return false;
	return true;
}

char *cell_text(const struct cell *cell, const char *separator)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < cell->n_dims; i++)
		fprintf(out, "%s%s=%s", i ? separator : "", cell->dims[i].key, cell->dims[i].value);
	fclose(out);
	return text;
}

char *cell_file_name(const struct cell *cell)
{
	char *name = cell_text(cell, ","), *c;

	for (c = name; *c; c++)
		if (*c == '/')
			*c = '_';
	if (strlen(name) > NAME_LENGTH_MAX)
		name[NAME_LENGTH_MAX] = '\0';
	return name;
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

bool when_holds(const struct experiment_when *w, const struct boot *b, const struct cell *cell)
{
	return cell_meets(&b->with, &w->where) && cell_meets(cell, &w->where);
}

char *experiment_when_title(const struct experiment_when *w)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	fputs("where", out);
	for (i = 0; i < w->where.n; i++)
		fprintf(out, " %s", w->where.v[i]);
	fclose(out);
	return text;
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
