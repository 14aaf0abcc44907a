// SPDX-License-Identifier: GPL-2.0-or-later
/* What went wrong, with its reason, and which results are too noisy to lean on. */
#include <stdlib.h>

#include "report/sections.h"

/* Samples that failed or were skipped for the same reason in the same experiment. */
struct trouble {
	const struct sample *first;
	size_t n;
};

static bool same(const struct sample *a, const struct sample *b)
{
	return a->skipped == b->skipped && streq(a->experiment, b->experiment) &&
	       streq(a->metric, b->metric) && streq(a->reason, b->reason);
}

static size_t gather(const struct report_data *data, struct trouble **list)
{
	size_t i, j, n = 0;

	*list = NULL;
	for (i = 0; i < data->n_troubles; i++) {
		const struct sample *s = data->troubles[i];

		for (j = 0; j < n && !same((*list)[j].first, s); j++)
			;
		if (j == n) {
			*list = xreallocarray(*list, n + 1, sizeof(**list));
			(*list)[n++] = (struct trouble){ .first = s };
		}
		(*list)[j].n++;
	}
	return n;
}

static void trouble_row(struct doc *d, const struct trouble *t)
{
	const struct sample *s = t->first;
	size_t i;

	d->ops->row(d);
	doc_cell(d, "%s", s->experiment);
	doc_cell(d, "%s", s->metric);
	doc_cell_marked(d, s->skipped ? DOC_NEUTRAL : DOC_BAD, s->skipped ? "skipped" : "failed");
	doc_cell(d, "%zu", t->n);
	d->ops->cell(d);
	for (i = 0; i < s->n_dims; i++)
		doc_text(d, "%s%s=%s", i ? " " : "", s->dims[i].key, s->dims[i].value);
	doc_text(d, "%sinvocation %u", s->n_dims ? ", " : "", s->invocation);
	d->ops->cell_end(d);
	doc_cell(d, "%s", s->reason ? s->reason : "no reason was given");
	d->ops->row_end(d);
}

static void failures(struct doc *d, const struct report *r)
{
	static const struct doc_column columns[] = {
		{ "experiment", false }, { "metric", false }, { "what", false },
		{ "times", true },	 { "first", false },  { "reason", false },
	};
	struct trouble *list;
	size_t i, n = gather(&r->data, &list);

	if (n == 0) {
		doc_para(d, "No sample failed and none was skipped.");
		return;
	}
	d->ops->table(d, "Samples that failed or were skipped", columns, ARRAY_SIZE(columns));
	for (i = 0; i < n; i++)
		trouble_row(d, &list[i]);
	d->ops->table_end(d);
	free(list);
}

static void noise(struct doc *d, const struct report *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->data.n_claims; i++)
		n += r->data.claims[i].measured && r->data.claims[i].estimate.noisy;
	if (n == 0) {
		doc_para(d, "No claim rests on a noisy measurement.");
		return;
	}
	doc_para(d, "These claims rest on noisy measurements: their interval is wider than a tenth "
		    "of the median, or there is none. More invocations would narrow it.");
	d->ops->list(d);
	for (i = 0; i < r->data.n_claims; i++) {
		const struct judgement *j = &r->data.claims[i];

		if (!j->measured || !j->estimate.noisy)
			continue;
		d->ops->item(d);
		d->ops->marked(d, DOC_CODE, j->claim->id);
		doc_text(d, " %s", j->claim->statement);
		d->ops->item_end(d);
	}
	d->ops->list_end(d);
}

void section_trouble(struct doc *d, const struct report *r)
{
	d->ops->section(d, 2, "failures", "Failures and noise");
	failures(d, r);
	noise(d, r);
	d->ops->section_end(d);
}
