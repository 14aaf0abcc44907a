// SPDX-License-Identifier: GPL-2.0-or-later
/* One experiment: its question, how it was done, its figures, its numbers, what others measured. */
#include <stdlib.h>

#include "report/sections.h"

static void words(struct doc *d, const char *title, char *const *v, unsigned int n)
{
	unsigned int i;

	if (n == 0)
		return;
	d->ops->item(d);
	d->ops->marked(d, DOC_STRONG, title);
	for (i = 0; i < n; i++)
		doc_text(d, "%s%s", i ? ", " : ": ", v[i]);
	d->ops->item_end(d);
}

/* What was measured first to settle a value: "capped is 169". */
static void calibrated(struct doc *d, const struct report *r, size_t number)
{
	const json_t *exp = json_array_get(json_object_get(r->data.plan, "experiments"), number);
	const char *axis, *value, *as;
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(exp, "calibrated"), i, c) {
		if (json_unpack(c, "{s:s,s:s,s:s}", "axis", &axis, "value", &value, "as", &as) < 0)
			continue;
		d->ops->item(d);
		d->ops->marked(d, DOC_STRONG, axis);
		doc_text(d, ": %s is %s, as measured when the run began", value, as);
		d->ops->item_end(d);
	}
}

/* "where recover=clone: duration_ms=4000" */
static void otherwise(struct doc *d, const struct experiment_when *w)
{
	char *title = experiment_when_title(w);

	words(d, title, w->options.v, w->options.n);
	free(title);
}

static void setup(struct doc *d, const struct report *r, size_t number)
{
	const struct experiment *exp = r->data.exps[number];
	unsigned int i;

	d->ops->list(d);
	d->ops->item(d);
	d->ops->marked(d, DOC_STRONG, "workload");
	doc_text(d, ": %s", exp->workload);
	d->ops->item_end(d);
	words(d, "systems", exp->systems, exp->n_systems);
	words(d, "drivers", exp->drivers, exp->n_drivers);
	for (i = 0; i < exp->n_boots; i++)
		words(d, exp->boots[i].axis, exp->boots[i].values, exp->boots[i].n_values);
	for (i = 0; i < exp->n_matrix; i++)
		words(d, exp->matrix[i].axis, exp->matrix[i].values, exp->matrix[i].n_values);
	calibrated(d, r, number);
	words(d, "the same in all", exp->options.v, exp->options.n);
	for (i = 0; i < exp->n_when; i++)
		otherwise(d, &exp->when[i]);
	d->ops->item(d);
	d->ops->marked(d, DOC_STRONG, "repeats");
	doc_text(d,
		 ": %u fresh starts of each system in random order, %u iterations in each after "
		 "%u to warm up",
		 exp->invocations, exp->iterations, exp->warmup);
	d->ops->item_end(d);
	d->ops->list_end(d);
}

static void figure(struct doc *d, const struct drawn_figure *f)
{
	char *svg, *pdf, *csv;
	struct doc_figure df;

	if (!f->svg) {
		doc_para(d, "No figure “%s”: %s.", f->figure->title, f->why);
		return;
	}
	svg = xasprintf("plots/%s.svg", f->figure->id);
	pdf = xasprintf("plots/%s.pdf", f->figure->id);
	csv = xasprintf("plots/%s.csv", f->figure->id);
	df = (struct doc_figure){
		.id = f->figure->id,
		.caption = f->figure->title,
		.alt = f->alt,
		.svg = f->svg,
		.svg_href = svg,
		.pdf_href = pdf,
		.csv_href = csv,
	};
	d->ops->figure(d, &df);
	free(svg);
	free(pdf);
	free(csv);
}

static bool belongs(const struct drawn_figure *f, const struct experiment *exp)
{
	return f->figure >= exp->figures && f->figure < exp->figures + exp->n_figures;
}

static void figures(struct doc *d, const struct report *r, const struct experiment *exp)
{
	size_t i;

	if (exp->n_figures == 0)
		return;
	d->ops->gallery(d, "plots");
	for (i = 0; i < r->n_figures; i++)
		if (belongs(&r->figures[i], exp))
			figure(d, &r->figures[i]);
	d->ops->gallery_end(d);
}

static const struct judgement *find_claim(const struct report *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->data.n_claims; i++)
		if (streq(r->data.claims[i].claim->id, id))
			return &r->data.claims[i];
	return NULL;
}

static void literature_row(struct doc *d, const struct report *r,
			   const struct literature_entry *entry)
{
	const struct judgement *j = entry->claim ? find_claim(r, entry->claim) : NULL;
	char text[200];

	d->ops->row(d);
	doc_cell(d, "%s", entry->what);
	doc_cell(d, "%s", entry->figure);
	doc_cell(d, "%s (%s)", entry->source,
		 entry->mark == LITERATURE_READ ? "read" : "recalled, not checked");
	d->ops->cell(d);
	if (j) {
		d->ops->text(d, claim_measured_text(text, sizeof(text), j));
		d->ops->marked(d, DOC_NOTE, j->claim->statement);
	} else {
		d->ops->text(d, "–");
	}
	d->ops->cell_end(d);
	d->ops->row_end(d);
}

static void literature(struct doc *d, const struct report *r, const struct experiment *exp)
{
	static const struct doc_column columns[] = {
		{ "what", false },
		{ "they report", false },
		{ "source", false },
		{ "here", false },
	};
	bool open = false;
	unsigned int i;

	for (i = 0; i < r->literature.n; i++) {
		if (!streq(r->literature.v[i].experiment, exp->name))
			continue;
		if (!open)
			d->ops->table(d, "What others measured, on machines of their own", columns,
				      ARRAY_SIZE(columns));
		open = true;
		literature_row(d, r, &r->literature.v[i]);
	}
	if (open)
		d->ops->table_end(d);
}

void section_experiment(struct doc *d, const struct report *r, size_t number)
{
	const struct experiment *exp = r->data.exps[number];
	char *id = xasprintf("experiment-%zu", number + 1);

	d->ops->section(d, 2, id, exp->title);
	d->ops->para(d, "lead");
	d->ops->text(d, exp->question);
	d->ops->para_end(d);
	figures(d, r, exp);
	if (exp->n_driver_table)
		drivers_of_experiment(d, r, exp);
	tables_of_experiment(d, r, exp);
	literature(d, r, exp);
	d->ops->details(d, "How it was measured");
	setup(d, r, number);
	d->ops->details_end(d);
	d->ops->section_end(d);
	free(id);
}
