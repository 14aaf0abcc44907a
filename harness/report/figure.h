/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One figure: its numbers as plots/ID.csv, drawn by gnuplot (plots/KIND.gp of the tree) as
 * plots/ID.svg and plots/ID.pdf below the run's folder.
 */
#ifndef DRIVERVM_REPORT_FIGURE_H
#define DRIVERVM_REPORT_FIGURE_H

#include "core/loop.h"
#include "report/data.h"

struct drawn_figure {
	const struct experiment_figure *figure; /* borrowed */
	char *alt; /* the figure's numbers in words */
	char *svg; /* the SVG document; NULL if it was not drawn */
	char *why; /* why it was not drawn; NULL if it was */
};

/* Never fails as a whole: what could not be drawn says why. */
void figure_draw(struct drawn_figure *out, struct loop *loop, const struct report_data *data,
		 const struct experiment *exp, const struct experiment_figure *fig);
void figure_free(struct drawn_figure *f);

#endif
