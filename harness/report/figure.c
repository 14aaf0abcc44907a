// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures: samples to CSV, CSV to gnuplot, gnuplot's SVG made readable. */
#include "report/figure.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "core/proc.h"
#include "report/number.h"
#include "report/selection.h"
#include "report/svg.h"
#include "results/run_dir.h"

#define GNUPLOT_TIMEOUT_US (60 * USEC_PER_SEC)

/* One axis of values: the left or the right one. */
struct axis {
	const char *metric, *unit;
	double scale;
};

struct drawing {
	const struct report_data *data;
	const struct experiment *exp;
	const struct experiment_figure *fig;
	FILE *csv, *alt;
	size_t n_rows;
	bool numeric; /* all x are numbers */
	bool positive; /* all x are numbers above 0 */
};

/* As RFC 4180 has it. */
static void csv_text(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(iscntrl((unsigned char)*s) ? ' ' : *s, out);
	}
	fputc('"', out);
}

static void write_point(struct drawing *d, const struct axis *axis, const char *x,
			const char *series, const struct selection *sel)
{
	char text[160];
	struct estimate e;

	csv_text(d->csv, x);
	fputc(',', d->csv);
	csv_text(d->csv, series);
	fputc(',', d->csv);
	csv_text(d->csv, axis->metric);
	fputc(',', d->csv);
	if (selection_estimate(sel, 1, d->data->seed, &e) < 0) {
		fputs(",,,,0\n", d->csv);
		return;
	}
	if (!e.bounded)
		e.low = e.high = e.value;
	csv_text(d->csv, sel->v[0]->unit);
	fprintf(d->csv, ",%.9g,%.9g,%.9g,%zu\n", e.value, e.low, e.high, e.n);
	d->n_rows++;
	selection_estimate(sel, axis->scale, d->data->seed, &e);
	fprintf(d->alt, "%s %s, %s: %s %s. ", d->fig->x, x, series,
		estimate_text(text, sizeof(text), &e), axis->unit);
}

/* Every system of the experiment, measured or not, so that it has the same colour everywhere. */
static void list_series(struct drawing *d, const struct selection *all, struct keys *series)
{
	struct keys found = { 0 };
	unsigned int i;
	size_t j;

	for (i = 0; streq(d->fig->series, "system") && i < d->exp->n_systems; i++)
		keys_add(series, d->exp->systems[i]);
	selection_values(all, d->exp, d->fig->series, &found);
	for (j = 0; j < found.n; j++)
		if (!keys_have(series, found.v[j]))
			keys_add(series, found.v[j]);
	keys_free(&found);
}

static int compare_numbers(const void *a, const void *b)
{
	double x = 0, y = 0;

	parse_number(*(const char *const *)a, &x);
	parse_number(*(const char *const *)b, &y);
	return (x > y) - (x < y);
}

/* Lines go from left to right by number, if all x are numbers; else as the description has it. */
static void order_x(struct drawing *d, struct keys *xs)
{
	bool numeric = true;
	double x = 0;
	size_t i;

	for (i = 0; i < xs->n; i++) {
		numeric = numeric && parse_number(xs->v[i], &x) == 0;
		d->positive = d->positive && numeric && x > 0;
	}
	d->numeric = d->numeric && numeric;
	if (numeric && xs->n && d->fig->kind == FIGURE_LINES)
		qsort(xs->v, xs->n, sizeof(*xs->v), compare_numbers);
}

/* Rows in the order in which they are drawn: by x, and within it by series. */
static void write_axis(struct drawing *d, const struct axis *axis)
{
	struct keys parts = { 0 }, xs = { 0 }, series = { 0 };
	struct selection all = { 0 };
	size_t i, j;

	keys_add(&parts, d->fig->x);
	keys_add(&parts, d->fig->series);
	select_metric(&all, &d->data->samples, d->exp->name, axis->metric, &d->fig->where, &parts);
	selection_values(&all, d->exp, d->fig->x, &xs);
	order_x(d, &xs);
	list_series(d, &all, &series);
	for (i = 0; i < xs.n; i++) {
		struct selection at = { 0 };

		select_value(&at, &all, d->fig->x, xs.v[i]);
		for (j = 0; j < series.n; j++) {
			struct selection point = { 0 };

			select_value(&point, &at, d->fig->series, series.v[j]);
			write_point(d, axis, xs.v[i], series.v[j], &point);
			selection_free(&point);
		}
		selection_free(&at);
	}
	selection_free(&all);
	keys_free(&parts);
	keys_free(&xs);
	keys_free(&series);
}

static int write_csv(struct drawing *d, const char *path, char **alt, const struct axis axes[2])
{
	char *csv = NULL;
	size_t csv_size, alt_size;
	int err;

	d->csv = open_memstream(&csv, &csv_size);
	d->alt = open_memstream(alt, &alt_size);
	if (!d->csv || !d->alt)
		return -ENOMEM;
	fputs("x,series,metric,unit,median,low,high,n\n", d->csv);
	write_axis(d, &axes[0]);
	if (axes[1].metric && d->n_rows > 0)
		write_axis(d, &axes[1]);
	fclose(d->csv);
	fclose(d->alt);
	err = d->n_rows > 0 ? file_write(path, csv, csv_size) : -ENODATA;
	free(csv);
	return err;
}

/* "throughput (Mbit/s)" */
static char *axis_label(const struct axis *axis)
{
	char *label = xasprintf("%s (%s)", axis->metric, axis->unit);
	char *c;

	for (c = label; *c && *c != '('; c++)
		if (*c == '_')
			*c = ' ';
	return label;
}

/* gnuplot takes plain decimals only. */
static char *plain(double scale)
{
	return xasprintf("%.15f", scale);
}

static const char *x_scale(const struct drawing *d)
{
	if (!d->numeric)
		return "category";
	return d->fig->x_log && d->positive ? "log" : "linear";
}

/* Of several lines of complaint the last one tells what was fatal. */
static const char *last_line(char *text)
{
	size_t len = strlen(text);
	char *end;

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	end = memrchr(text, '\n', len);
	return end ? end + 1 : text;
}

/* Returns NULL, or what went wrong. */
static char *run_gnuplot(struct loop *loop, const struct drawing *d, const struct axis axes[2],
			 const char *csv, const char *out)
{
	static const char *const scripts[] = {
		[FIGURE_BARS] = "bars",
		[FIGURE_LINES] = "lines",
	};
	char *script = path_in_tree("plots/%s.gp", scripts[d->fig->kind]);
	char *label = axis_label(&axes[0]);
	char *scale = plain(axes[0].scale), *scale2 = plain(axes[1].scale);
	const char *label2 = axes[1].metric ? axes[1].unit : "";
	const char *argv[] = { "gnuplot",
			       "-d",
			       "-c",
			       script,
			       csv,
			       out,
			       streq(d->fig->x, "t") ? "time (ms)" : d->fig->x,
			       label,
			       scale,
			       label2,
			       scale2,
			       x_scale(d),
			       d->fig->y_log ? "log" : "linear",
			       NULL };
	char *output = NULL, *why = NULL;
	int err;

	err = proc_run(loop, argv, -1, GNUPLOT_TIMEOUT_US, &output);
	if (err == -ENOENT)
		why = xstrdup("gnuplot is not installed");
	else if (err < 0)
		why = xasprintf("gnuplot: %s", strerror(-err));
	else if (err > 0)
		why = xasprintf("gnuplot failed (exit %d): %s", err, last_line(output));
	free(output);
	free(script);
	free(label);
	free(scale);
	free(scale2);
	return why;
}

/* Replaces gnuplot's SVG by one that can be read aloud and inlined. */
static char *dress(struct drawn_figure *out, const char *path)
{
	char *raw = NULL;
	int err = file_read(path, &raw, NULL);

	if (!err) {
		out->svg = svg_dress(raw, out->figure->id, out->figure->title, out->alt);
		err = out->svg ? file_write(path, out->svg, strlen(out->svg)) : -EINVAL;
	}
	free(raw);
	return err < 0 ? xasprintf("%s: %s", path, strerror(-err)) : NULL;
}

static bool id_is_good(const char *id)
{
	return *id && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(id);
}

static char *draw(struct drawn_figure *out, struct loop *loop, struct drawing *d)
{
	const struct experiment_figure *fig = d->fig;
	const struct axis axes[2] = {
		{ fig->metric, fig->unit, fig->scale },
		{ fig->metric2, fig->unit2, fig->scale2 },
	};
	char *csv = run_dir_path(d->data->dir, "plots/%s.csv", fig->id);
	char *svg = run_dir_path(d->data->dir, "plots/%s.svg", fig->id);
	char *pdf = run_dir_path(d->data->dir, "plots/%s.pdf", fig->id);
	char *why;
	int err;

	err = write_csv(d, csv, &out->alt, axes);
	if (err == -ENODATA)
		why = xstrdup("this run has no samples for it");
	else if (err < 0)
		why = xasprintf("%s: %s", csv, strerror(-err));
	else
		why = run_gnuplot(loop, d, axes, csv, svg);
	if (!why)
		why = run_gnuplot(loop, d, axes, csv, pdf);
	if (!why)
		why = dress(out, svg);
	if (why) {
		/* Neither half a figure nor one of an earlier report stays behind. */
		unlink(svg);
		unlink(pdf);
	}
	free(csv);
	free(svg);
	free(pdf);
	return why;
}

void figure_draw(struct drawn_figure *out, struct loop *loop, const struct report_data *data,
		 const struct experiment *exp, const struct experiment_figure *fig)
{
	struct drawing d = {
		.data = data,
		.exp = exp,
		.fig = fig,
		.numeric = true,
		.positive = true,
	};

	*out = (struct drawn_figure){ .figure = fig };
	if (id_is_good(fig->id))
		out->why = draw(out, loop, &d);
	else
		out->why = xstrdup("its id is no file name: letters, digits and hyphens are");
}

void figure_free(struct drawn_figure *f)
{
	free(f->alt);
	free(f->svg);
	free(f->why);
	*f = (struct drawn_figure){ 0 };
}
