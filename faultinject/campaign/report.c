// SPDX-License-Identifier: GPL-2.0-or-later
/* The report of a campaign. */
#include "faultinject/campaign/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "faultinject/campaign/sections.h"
#include "report/doc_files.h"
#include "report/part.h"
#include "report/sections.h"
#include "results/run_dir.h"

static size_t count_harm(const struct campaign_report *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->records.n; i++)
		n += r->records.v[i].outcome == OUTCOME_CLIENT_HARMED ||
		     r->records.v[i].outcome == OUTCOME_DATA_CORRUPTED;
	return n;
}

static void summary(struct doc *d, const struct campaign_report *r)
{
	double per_worker, together;
	size_t i;

	d->ops->para(d, "lead");
	doc_text(d, "%s %zu trials; in %zu of them a client was harmed or data were corrupted.",
		 r->run.campaign->question, r->records.n, count_harm(r));
	d->ops->para_end(d);
	d->ops->list(d);
	for (i = 0; i < r->systems.n; i++) {
		struct tally t = tally_where(&r->records, "system", r->systems.v[i], NULL, NULL);
		char share[64], harm[64];

		d->ops->item(d);
		d->ops->marked(d, DOC_STRONG, r->systems.v[i]);
		doc_text(d, ": %zu faults activated; coverage %s, client harmed in %s.",
			 t.activated, share_text(share, sizeof(share), t.covered, t.activated),
			 share_text(harm, sizeof(harm), t.of[OUTCOME_CLIENT_HARMED], t.activated));
		d->ops->item_end(d);
	}
	d->ops->list_end(d);
	tally_pace(&r->records, &per_worker, &together);
	doc_para(d, "%.0f faults per hour, %.0f by each worker.", together, per_worker);
	if (r->run.quick) {
		d->ops->para(d, NULL);
		d->ops->marked(d, DOC_WARN, "quick run");
		doc_text(d, " It tries everything out; it is too short to judge claims by.");
		d->ops->para_end(d);
	}
}

static void reproduce(struct doc *d, const struct campaign_report *r)
{
	char *text = xasprintf("make deps\nmake\nbuild/drivervm inject %s%s --trials %u --seed "
			       "%" PRIu64 "\n",
			       r->run.campaign->name, r->run.quick ? " --quick" : "",
			       r->run.campaign->trials, r->run.seed);

	d->ops->section(d, 2, "reproduce", "How to reproduce it");
	doc_para(d, "On a Debian 12 machine, from a clone of the project:");
	d->ops->pre(d, text);
	doc_para(d, "The seed decides which fault strikes where. When exactly it strikes, and so "
		    "what comes of it, is also the host's doing.");
	d->ops->section_end(d);
	free(text);
}

/* The section on the environment is that of all reports. */
static void environment(struct doc *d, const struct campaign_report *r)
{
	struct report other = { 0 };
	const char *dir = r->run.dir;

	if (run_dir_read_json(dir, "environment.json", &other.data.environment) < 0)
		other.data.environment = NULL;
	if (run_dir_read_json(dir, "manifest.json", &other.data.manifest) < 0)
		other.data.manifest = NULL;
	section_environment(d, &other);
	json_decref(other.data.environment);
	json_decref(other.data.manifest);
}

static void write_report(struct doc *d, const void *arg)
{
	const struct campaign_report *r = arg;
	const char *name = strrchr(r->run.dir, '/');
	char *title = xasprintf("drivervm campaign: %s (%s)", r->run.campaign->title,
				name ? name + 1 : r->run.dir);

	d->ops->begin(d, title);
	summary(d, r);
	campaign_section_claims(d, r);
	campaign_section_outcomes(d, r);
	campaign_section_recovery(d, r);
	campaign_section_harm(d, r);
	environment(d, r);
	reproduce(d, r);
	d->ops->end(d);
	free(title);
}

static int open_report(struct campaign_report *r, const char *dir)
{
	int err = campaign_run_open(&r->run, dir);

	if (err < 0)
		return err;
	err = records_read(&r->records, r->run.dir);
	if (err < 0) {
		campaign_run_close(&r->run);
		return err;
	}
	values_seen(&r->systems, &r->records, "system");
	values_seen(&r->faults, &r->records, "fault");
	values_seen(&r->targets, &r->records, "target");
	return 0;
}

static void close_report(struct campaign_report *r)
{
	values_seen_free(&r->systems);
	values_seen_free(&r->faults);
	values_seen_free(&r->targets);
	records_free(&r->records);
	campaign_run_close(&r->run);
}

int campaign_report_write(const char *dir)
{
	struct campaign_report r;
	int err = open_report(&r, dir);

	if (err < 0)
		return err;
	err = doc_write_files(r.run.dir, write_report, &r);
	close_report(&r);
	return err;
}

static void write_within(struct doc *d, const char *dir)
{
	struct campaign_report r;

	if (open_report(&r, dir) < 0)
		return;
	d->ops->section(d, 2, r.run.campaign->name, r.run.campaign->title);
	summary(d, &r);
	campaign_section_claims(d, &r);
	campaign_section_outcomes(d, &r);
	campaign_section_recovery(d, &r);
	campaign_section_harm(d, &r);
	d->ops->section_end(d);
	close_report(&r);
}

/* In the report of a run that campaigns are part of. */
static void campaigns(struct doc *d, const char *run_dir)
{
	char **names, *dir;
	size_t n, i;

	if (campaign_names(&names, &n) < 0)
		return;
	for (i = 0; i < n; i++) {
		dir = campaign_dir_within(run_dir, names[i]);
		if (campaign_run_is(dir))
			write_within(d, dir);
		free(dir);
		free(names[i]);
	}
	free(names);
}

REPORT_PART(campaigns)
