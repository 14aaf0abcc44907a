// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of what an experiment measured: for each metric a row per condition, and per system its
 * median, interval, and ratio to the first system.
 */
#include <math.h>
#include <stdlib.h>

#include "report/number.h"
#include "report/sections.h"
#include "report/selection.h"

#define SERIES "system"
#define PART "vm"
/* Of a table that a reader is shown unasked; of a longer one the figure tells more. */
#define MOST_ROWS 100

/* One table in the making. */
struct metric_table {
	const struct report *r;
	const struct experiment *exp;
	const char *metric;
	struct unit unit;
	struct selection all;
	struct keys keys; /* dimensions that make a row */
	struct keys systems; /* columns; the first is what ratios are to */
	struct selection rows; /* one sample for each row */
	struct doc_column *columns;
	char **titles; /* of the columns behind the keys; owned */
	unsigned int n_columns;
};

/* The figure that shows a metric and so decides its unit; NULL if none does. */
static const struct experiment_figure *figure_of(const struct experiment *exp, const char *metric)
{
	unsigned int i;

	for (i = 0; i < exp->n_figures; i++)
		if (streq(exp->figures[i].metric, metric) || streq(exp->figures[i].metric2, metric))
			return &exp->figures[i];
	return NULL;
}

static struct unit unit_of(const struct metric_table *t, const struct experiment_figure *fig)
{
	struct unit u = { .scale = 1 };
	double largest = 0;
	size_t i;

	if (fig) {
		bool left = streq(fig->metric, t->metric);

		u.scale = left ? fig->scale : fig->scale2;
		snprintf(u.name, sizeof(u.name), "%s", left ? fig->unit : fig->unit2);
		return u;
	}
	for (i = 0; i < t->all.n; i++)
		largest = fmax(largest, fabs(t->all.v[i]->value));
	return unit_for(t->all.v[0]->unit, largest);
}

/* Readings of the whole system if there are such; else of its VMs. */
static void select_all(struct metric_table *t, const struct experiment_figure *fig)
{
	struct keys parts = { 0 };

	if (fig) {
		keys_add(&parts, fig->x);
		keys_add(&parts, fig->series);
	}
	select_metric(&t->all, &t->r->data.samples, t->exp->name, t->metric, NULL, &parts);
	if (t->all.n == 0) {
		keys_add(&parts, PART);
		select_metric(&t->all, &t->r->data.samples, t->exp->name, t->metric, NULL, &parts);
		select_fleets(&t->all);
	}
	keys_free(&parts);
}

static void add_column(struct metric_table *t, char *title, bool number)
{
	t->titles = xreallocarray(t->titles, t->n_columns + 1, sizeof(*t->titles));
	t->columns = xreallocarray(t->columns, t->n_columns + 1, sizeof(*t->columns));
	t->titles[t->n_columns] = title;
	t->columns[t->n_columns++] = (struct doc_column){ title, number };
}

static void add_columns(struct metric_table *t, bool ratios)
{
	size_t i;

	for (i = 0; i < t->keys.n; i++)
		add_column(t, xstrdup(t->keys.v[i]), false);
	for (i = 0; i < t->systems.n; i++) {
		add_column(t, xstrdup(t->systems.v[i]), true);
		if (ratios && i > 0)
			add_column(t, xasprintf("%s ÷ %s", t->systems.v[i], t->systems.v[0]), true);
	}
}

/* A table without a row's name would be hard to read: take what there is. */
static void ensure_key(struct metric_table *t)
{
	const struct sample *s = t->all.v[0];
	size_t i;

	for (i = 0; i < s->n_dims && t->keys.n == 0; i++)
		if (!streq(s->dims[i].key, SERIES))
			keys_add(&t->keys, s->dims[i].key);
}

static bool table_init(struct metric_table *t, const struct report *r, const struct experiment *exp,
		       const char *metric, bool ratios)
{
	const struct experiment_figure *fig = figure_of(exp, metric);

	*t = (struct metric_table){ .r = r, .exp = exp, .metric = metric };
	select_all(t, fig);
	if (t->all.n == 0)
		return false;
	t->unit = unit_of(t, fig);
	selection_varying(&t->all, SERIES, &t->keys);
	ensure_key(t);
	selection_rows(&t->all, exp, &t->keys, &t->rows);
	selection_values(&t->all, exp, SERIES, &t->systems);
	add_columns(t, ratios);
	return true;
}

static void table_fini(struct metric_table *t)
{
	unsigned int i;

	for (i = 0; i < t->n_columns; i++)
		free(t->titles[i]);
	free(t->titles);
	free(t->columns);
	selection_free(&t->all);
	selection_free(&t->rows);
	keys_free(&t->keys);
	keys_free(&t->systems);
}

static void estimate_cell(struct doc *d, int err, const struct estimate *e,
			  const char *(*as_text)(char *buf, size_t size, const struct estimate *e))
{
	char text[160];

	if (err < 0)
		doc_cell(d, "–");
	else
		doc_cell(d, "%s%s", as_text(text, sizeof(text), e), e->noisy ? " †" : "");
}

static void write_keys(struct doc *d, const struct metric_table *t, const struct sample *like)
{
	size_t i;

	for (i = 0; i < t->keys.n; i++) {
		const char *value = sample_dim(like, t->keys.v[i]);

		doc_cell(d, "%s", value ? value : "");
	}
}

static void write_row(struct doc *d, const struct metric_table *t, const struct sample *like)
{
	struct selection row = { 0 }, base = { 0 };
	struct estimate e;
	size_t i;
	int err;

	d->ops->row(d);
	write_keys(d, t, like);
	select_like(&row, &t->all, like, &t->keys);
	select_value(&base, &row, SERIES, t->systems.v[0]);
	for (i = 0; i < t->systems.n; i++) {
		struct selection of = { 0 };

		select_value(&of, &row, SERIES, t->systems.v[i]);
		err = selection_estimate(&of, t->unit.scale, t->r->data.seed, &e);
		estimate_cell(d, err, &e, estimate_text);
		if (i > 0) {
			err = selection_ratio(&of, &base, t->r->data.seed, &e);
			estimate_cell(d, err, &e, ratio_text);
		}
		selection_free(&of);
	}
	selection_free(&row);
	selection_free(&base);
	d->ops->row_end(d);
}

/* All rows, under a caption of the metric's name and @more. */
static void
write_rows(struct doc *d, const struct metric_table *t, const char *metric, const char *more,
	   void (*row)(struct doc *d, const struct metric_table *t, const struct sample *like))
{
	char *caption = xasprintf("%s%s", metric, more), *c;
	size_t i;

	for (c = caption; *c && *c != ','; c++)
		*c = *c == '_' ? ' ' : *c;
	d->ops->table(d, caption, t->columns, t->n_columns);
	for (i = 0; i < t->rows.n; i++)
		row(d, t, t->rows.v[i]);
	d->ops->table_end(d);
	free(caption);
}

static void write_table(struct doc *d, const struct report *r, const struct experiment *exp,
			const char *metric)
{
	struct metric_table t;
	char *unit;

	if (table_init(&t, r, exp, metric, true)) {
		unit = xasprintf("%s%s", t.unit.name[0] ? ", " : "", t.unit.name);
		write_rows(d, &t, metric, unit, write_row);
		free(unit);
	}
	table_fini(&t);
}

static void write_deviation_row(struct doc *d, const struct metric_table *t,
				const struct sample *like)
{
	struct selection row = { 0 };
	size_t i;

	d->ops->row(d);
	write_keys(d, t, like);
	select_like(&row, &t->all, like, &t->keys);
	for (i = 0; i < t->systems.n; i++) {
		struct selection of = { 0 };
		double share;

		select_value(&of, &row, SERIES, t->systems.v[i]);
		if (selection_deviation(&of, &share) < 0)
			doc_cell(d, "–");
		else
			doc_cell(d, "%.1f %%", 100 * share);
		selection_free(&of);
	}
	selection_free(&row);
	d->ops->row_end(d);
}

/* How far repetitions differ: the measure by which the paper judged a loss. */
static void write_deviations(struct doc *d, const struct report *r, const struct experiment *exp,
			     const char *metric)
{
	struct metric_table t;

	if (table_init(&t, r, exp, metric, false))
		write_rows(d, &t, metric, ", standard deviation as a share of the mean",
			   write_deviation_row);
	table_fini(&t);
}

static void add_metric(struct keys *metrics, const char *metric)
{
	if (metric && !keys_have(metrics, metric))
		keys_add(metrics, metric);
}

static bool is_long(const struct report *r, const struct experiment *exp, const char *metric)
{
	struct metric_table t;
	bool result = table_init(&t, r, exp, metric, true) && t.rows.n > MOST_ROWS;

	table_fini(&t);
	return result;
}

/* What figures show of whole systems, in their order; of @others are those whose tables are long.
 */
static void list_main(const struct report *r, const struct experiment *exp, struct keys *metrics,
		      struct keys *others)
{
	struct keys shown = { 0 };
	size_t i;

	for (i = 0; i < exp->n_figures; i++) {
		const struct experiment_figure *f = &exp->figures[i];

		if (streq(f->x, PART) || streq(f->series, PART))
			continue;
		add_metric(&shown, f->metric);
		add_metric(&shown, f->metric2);
	}
	for (i = 0; i < shown.n; i++)
		keys_add(is_long(r, exp, shown.v[i]) ? others : metrics, shown.v[i]);
	keys_free(&shown);
}

/* All else that was measured, as it comes. */
static void list_others(const struct report *r, const struct experiment *exp,
			const struct keys *main_metrics, struct keys *metrics)
{
	const struct sample *s;

	for (s = r->data.samples.v; s < r->data.samples.v + r->data.samples.n; s++)
		if (s->ok && streq(s->experiment, exp->name) && !keys_have(main_metrics, s->metric))
			add_metric(metrics, s->metric);
}

void tables_of_experiment(struct doc *d, const struct report *r, const struct experiment *exp)
{
	struct keys main_metrics = { 0 }, others = { 0 };
	size_t i;

	list_main(r, exp, &main_metrics, &others);
	list_others(r, exp, &main_metrics, &others);
	doc_para(d, "Medians with 95 %% intervals; ratios (÷) are of pairs measured together. "
		    "† noisy: the interval is wider than a tenth of the median, or there is none.");
	for (i = 0; i < main_metrics.n; i++)
		write_table(d, r, exp, main_metrics.v[i]);
	if (others.n > 0 && d->brief) {
		doc_para(d, "All other measurements, and CPU and memory of each part, are in "
			    "report.html.");
	} else if (others.n > 0) {
		d->ops->details(d, "All other measurements, and CPU and memory of each part");
		for (i = 0; i < main_metrics.n; i++)
			write_deviations(d, r, exp, main_metrics.v[i]);
		for (i = 0; i < others.n; i++)
			write_table(d, r, exp, others.v[i]);
		d->ops->details_end(d);
	}
	keys_free(&main_metrics);
	keys_free(&others);
}
