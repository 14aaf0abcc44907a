// SPDX-License-Identifier: GPL-2.0-or-later
/* How failures were found, and how long recovery took. */
#include <stdlib.h>

#include "faultinject/campaign/sections.h"
#include "stats/stats.h"
#include "supervise/supervisor.h"

/* Median and 95th percentile of a time of all recoveries by @detector, milliseconds. */
static void times_cell(struct doc *d, const struct campaign_report *r, const char *detector,
		       const char *key)
{
	double *v = xcalloc(r->records.n, sizeof(*v)), median, late;
	size_t i, n = 0;

	for (i = 0; i < r->records.n; i++) {
		const struct record *one = &r->records.v[i];
		double us = record_number(one, key, -1);

		if (streq(record_text(one, "recovery.detector"), detector) && us >= 0)
			v[n++] = us / 1000;
	}
	if (stats_median(v, n, &median) < 0 || stats_quantile(v, n, 0.95, &late) < 0)
		doc_cell(d, "–");
	else
		doc_cell(d, "%.3g (%.3g)", median, late);
	free(v);
}

static void row(struct doc *d, const struct campaign_report *r, const char *detector)
{
	struct tally t = tally_where(&r->records, "recovery.detector", detector, NULL, NULL);

	if (t.n == 0)
		return;
	d->ops->row(d);
	doc_cell(d, "%s", detector);
	doc_cell(d, "%zu", t.n);
	doc_cell(d, "%zu", t.of[OUTCOME_RECOVERED]);
	times_cell(d, r, detector, "recovery.detected");
	times_cell(d, r, detector, "recovery.answered");
	d->ops->row_end(d);
}

void campaign_section_recovery(struct doc *d, const struct campaign_report *r)
{
	static const struct doc_column columns[] = {
		{ "found by", false },
		{ "failures", true },
		{ "recovered", true },
		{ "found after, ms", true },
		{ "service back after, ms", true },
	};
	enum detector detector;

	d->ops->section(d, 2, "recovery", "How failures were found, and recovery");
	doc_para(d,
		 "Times are since the injection: the median and, in brackets, the 95th "
		 "percentile. The strategy of recovery is '%s'. A fault may lie dormant before it "
		 "does anything, so these are no times of recovery alone.",
		 r->run.campaign->strategy);
	d->ops->table(d, "Failures of driver VMs by what found them", columns, ARRAY_SIZE(columns));
	for (detector = DETECT_EXIT; detector < DETECT_ASKED; detector++)
		row(d, r, detector_text(detector));
	d->ops->table_end(d);
	d->ops->section_end(d);
}
