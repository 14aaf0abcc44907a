// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of a campaign's claims. */
#include "faultinject/campaign/claims.h"
#include "faultinject/campaign/sections.h"
#include "report/sections.h"

static void row(struct doc *d, const struct campaign_judgement *j)
{
	char text[64];

	d->ops->row(d);
	claim_statement_cell(d, j->claim->statement, j->claim->id, j->why);
	claim_verdict_cell(d, j->verdict);
	doc_cell(d, "%zu of %zu: %s", j->hits, j->n, share_text(text, sizeof(text), j->hits, j->n));
	claim_expectation_cell(d, j->claim->expect);
	doc_cell(d, "%s", j->claim->source);
	d->ops->row_end(d);
}

void campaign_section_claims(struct doc *d, const struct campaign_report *r)
{
	static const struct doc_column columns[] = {
		{ "claim", false },   { "verdict", false }, { "measured (95 % interval)", true },
		{ "expected", true }, { "source", false },
	};
	const struct campaign *c = r->run.campaign;
	unsigned int i;

	if (c->n_claims == 0)
		return;
	d->ops->section(d, 2, "claims", "Claims");
	doc_para(d, "A claim is reproduced if its whole interval meets what is expected: so a "
		    "claim about rare events takes many trials.");
	d->ops->table(d, "Every claim and its verdict", columns, ARRAY_SIZE(columns));
	for (i = 0; i < c->n_claims; i++) {
		struct campaign_judgement j;

		campaign_judge(&c->claims[i], &r->records, &j);
		row(d, &j);
	}
	d->ops->table_end(d);
	d->ops->section_end(d);
}
