// SPDX-License-Identifier: GPL-2.0-or-later
/* Every trial that did harm, one by one, and every one that could not be carried out. */
#include <inttypes.h>
#include <stdlib.h>

#include "faultinject/campaign/sections.h"

/* The command that carries out exactly this trial. */
static char *again(const struct campaign_report *r, const struct record *one)
{
	return xasprintf("build/drivervm inject %s%s --trials %u --seed %" PRIu64 " --trial %zu",
			 r->run.campaign->name, r->run.quick ? " --quick" : "",
			 r->run.campaign->trials, r->run.seed, one->trial);
}

static void row(struct doc *d, const struct campaign_report *r, const struct record *one)
{
	char *what = json_dumps(json_object_get(one->json, "what"), JSON_COMPACT | JSON_ENCODE_ANY);
	const char *reason = record_text(one, "reason");
	char *command = again(r, one);

	d->ops->row(d);
	doc_cell(d, "%zu", one->trial);
	doc_cell(d, "%s", record_text(one, "target"));
	d->ops->cell(d);
	d->ops->text(d, record_text(one, "fault"));
	if (json_is_object(json_object_get(one->json, "what")))
		d->ops->marked(d, DOC_NOTE, what);
	d->ops->cell_end(d);
	d->ops->cell(d);
	d->ops->text(d, outcome_text(one->outcome));
	if (reason)
		d->ops->marked(d, DOC_NOTE, reason);
	d->ops->cell_end(d);
	d->ops->cell(d);
	d->ops->marked(d, DOC_CODE, command);
	d->ops->cell_end(d);
	d->ops->row_end(d);
	free(command);
	free(what);
}

static void table(struct doc *d, const struct campaign_report *r, const char *caption,
		  bool (*wanted)(enum outcome o))
{
	static const struct doc_column columns[] = {
		{ "trial", true },    { "target", false },	    { "fault", false },
		{ "outcome", false }, { "to see it again", false },
	};
	size_t i, n = 0;

	for (i = 0; i < r->records.n; i++)
		n += wanted(r->records.v[i].outcome);
	if (n == 0) {
		doc_para(d, "%s: none.", caption);
		return;
	}
	d->ops->table(d, caption, columns, ARRAY_SIZE(columns));
	for (i = 0; i < r->records.n; i++)
		if (wanted(r->records.v[i].outcome))
			row(d, r, &r->records.v[i]);
	d->ops->table_end(d);
}

static bool did_harm(enum outcome o)
{
	return o == OUTCOME_CLIENT_HARMED || o == OUTCOME_DATA_CORRUPTED;
}

static bool was_not_covered(enum outcome o)
{
	return o == OUTCOME_FAILED || o == OUTCOME_SILENT || o == OUTCOME_DEGRADED;
}

static bool was_no_trial(enum outcome o)
{
	return o == OUTCOME_HARNESS_FAILED;
}

void campaign_section_harm(struct doc *d, const struct campaign_report *r)
{
	d->ops->section(d, 2, "harm", "Trials that did harm");
	table(d, r, "Trials in which the client was harmed or its data were corrupted", did_harm);
	d->ops->details(d, "Trials in which the service was not put right, and failures of the "
			   "harness");
	table(d, r, "Trials in which the service failed for good, silently, or was slow",
	      was_not_covered);
	table(d, r, "Trials that could not be carried out", was_no_trial);
	d->ops->details_end(d);
	d->ops->section_end(d);
}
