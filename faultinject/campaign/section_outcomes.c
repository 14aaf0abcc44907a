// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of the trials: by system, by fault, by target. */
#include "faultinject/campaign/sections.h"
#include "stats/stats.h"

const char *share_text(char *buf, size_t size, size_t hits, size_t n)
{
	double low, high;

	if (stats_proportion(hits, n, &low, &high) < 0)
		snprintf(buf, size, "–");
	else
		snprintf(buf, size, "%.1f %% (%.1f–%.1f)", 100 * (double)hits / (double)n,
			 100 * low, 100 * high);
	return buf;
}

/* Outcomes that have a column of their own: all that tell of a trial carried out. */
#define N_COLUMNS OUTCOME_HARNESS_FAILED
/* And those around them. */
#define N_COLUMNS_MAX (N_COLUMNS + 5)

static void row(struct doc *d, const char *first, const char *second, const struct tally *t)
{
	char text[64];
	enum outcome o;

	d->ops->row(d);
	doc_cell(d, "%s", first);
	if (second)
		doc_cell(d, "%s", second);
	doc_cell(d, "%zu", t->n);
	doc_cell(d, "%zu", t->activated);
	for (o = 0; o < N_COLUMNS; o++) {
		bool bad = t->of[o] && (o == OUTCOME_CLIENT_HARMED || o == OUTCOME_DATA_CORRUPTED);

		snprintf(text, sizeof(text), "%zu", t->of[o]);
		if (bad)
			doc_cell_marked(d, DOC_BAD, text);
		else
			doc_cell(d, "%s", text);
	}
	doc_cell(d, "%s", share_text(text, sizeof(text), t->covered, t->activated));
	d->ops->row_end(d);
}

/* The columns are filled here, and have to last as long as the table. */
static void begin(struct doc *d, struct doc_column columns[N_COLUMNS_MAX], const char *caption,
		  const char *first, const char *second)
{
	unsigned int n = 0;
	enum outcome o;

	columns[n++] = (struct doc_column){ first, false };
	if (second)
		columns[n++] = (struct doc_column){ second, false };
	columns[n++] = (struct doc_column){ "trials", true };
	columns[n++] = (struct doc_column){ "activated", true };
	for (o = 0; o < N_COLUMNS; o++)
		columns[n++] = (struct doc_column){ outcome_text(o), true };
	columns[n++] = (struct doc_column){ "coverage (95 % interval)", true };
	d->ops->table(d, caption, columns, n);
}

/* A row for each of the @seen values of member @what. */
static void by_one(struct doc *d, const struct campaign_report *r, const char *caption,
		   const char *what, const struct values_seen *seen)
{
	struct doc_column columns[N_COLUMNS_MAX];
	size_t i;

	begin(d, columns, caption, what, NULL);
	for (i = 0; i < seen->n; i++) {
		struct tally t = tally_where(&r->records, what, seen->v[i], NULL, NULL);

		row(d, seen->v[i], NULL, &t);
	}
	d->ops->table_end(d);
}

static void by_fault(struct doc *d, const struct campaign_report *r)
{
	struct doc_column columns[N_COLUMNS_MAX];
	size_t i, j;

	begin(d, columns, "By fault and system", "fault", "system");
	for (i = 0; i < r->faults.n; i++) {
		for (j = 0; j < r->systems.n; j++) {
			struct tally t = tally_where(&r->records, "fault", r->faults.v[i], "system",
						     r->systems.v[j]);

			if (t.n)
				row(d, r->faults.v[i], r->systems.v[j], &t);
		}
	}
	d->ops->table_end(d);
}

void campaign_section_outcomes(struct doc *d, const struct campaign_report *r)
{
	d->ops->section(d, 2, "outcomes", "What came of it");
	doc_para(d, "A fault is activated once it was seen to have an effect; others count for "
		    "nothing. Coverage is the share of activated faults of which the user of the "
		    "device was spared: the driver VM was replaced and the service went on with "
		    "its data (recovered), or nothing was to be noticed (no-effect). The intervals "
		    "are exact (Clopper and Pearson).");
	by_one(d, r, "All faults together", "system", &r->systems);
	by_fault(d, r);
	by_one(d, r, "By target", "target", &r->targets);
	d->ops->section_end(d);
}
