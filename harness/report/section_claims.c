// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of claims: verdict, measured, expected, and whose claim it is. */
#include "report/number.h"
#include "report/sections.h"
#include "results/claims.h"

const char *claim_measured_text(char *buf, size_t size, const struct judgement *j)
{
	bool bare = streq(j->claim->unit, "1");
	char text[160];

	if (!j->measured)
		snprintf(buf, size, "not measured");
	else if (bare)
		ratio_text(buf, size, &j->estimate);
	else
		snprintf(buf, size, "%s %s", estimate_text(text, sizeof(text), &j->estimate),
			 streq(j->claim->unit, "us") ? "µs" : j->claim->unit);
	return buf;
}

void claim_expectation_cell(struct doc *d, const char *s)
{
	if (!s)
		doc_cell(d, "–");
	else if (s[0] == '>' && s[1] == '=')
		doc_cell(d, "≥%s", s + 2);
	else if (s[0] == '<' && s[1] == '=')
		doc_cell(d, "≤%s", s + 2);
	else
		doc_cell(d, "%s", s);
}

void claim_verdict_cell(struct doc *d, enum verdict verdict)
{
	static const struct {
		enum doc_mark mark;
		const char *sign;
	} looks[] = {
		[VERDICT_REPRODUCED] = { DOC_GOOD, "✓" },
		[VERDICT_NOT_REPRODUCED] = { DOC_BAD, "✗" },
		[VERDICT_NOT_APPLICABLE] = { DOC_NEUTRAL, "–" },
	};

	d->ops->cell(d);
	doc_marked(d, looks[verdict].mark, "%s %s", looks[verdict].sign, verdict_name(verdict));
	d->ops->cell_end(d);
}

void claim_statement_cell(struct doc *d, const char *statement, const char *id, const char *why)
{
	d->ops->cell(d);
	d->ops->text(d, statement);
	doc_marked(d, DOC_NOTE, "%s: %s", id, why);
	d->ops->cell_end(d);
}

static void row(struct doc *d, const struct judgement *j)
{
	char text[200];

	d->ops->row(d);
	claim_statement_cell(d, j->claim->statement, j->claim->id, j->why);
	claim_verdict_cell(d, j->verdict);
	d->ops->cell(d);
	d->ops->text(d, claim_measured_text(text, sizeof(text), j));
	if (j->measured && j->estimate.noisy) {
		doc_text(d, " ");
		d->ops->marked(d, DOC_WARN, "noisy");
	}
	d->ops->cell_end(d);
	claim_expectation_cell(d, j->claim->expect);
	claim_expectation_cell(d, j->claim->aim);
	doc_cell(d, "%s", j->claim->source);
	d->ops->row_end(d);
}

void section_claims(struct doc *d, const struct report *r)
{
	static const struct doc_column columns[] = {
		{ "claim", false },   { "verdict", false }, { "measured (95 % interval)", true },
		{ "expected", true }, { "aim", true },	    { "source", false },
	};
	size_t i;

	if (r->data.n_claims == 0)
		return;
	d->ops->section(d, 2, "claims", "Claims");
	doc_para(d,
		 "A claim is reproduced if its whole interval meets what is expected. Figures of "
		 "different machines are compared as ratios only. An aim is what the project "
		 "would like; nothing is judged by it.");
	d->ops->table(d, "Every claim and its verdict", columns, ARRAY_SIZE(columns));
	for (i = 0; i < r->data.n_claims; i++)
		row(d, &r->data.claims[i]);
	d->ops->table_end(d);
	d->ops->section_end(d);
}
