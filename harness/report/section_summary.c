// SPDX-License-Identifier: GPL-2.0-or-later
/* The head of the report: one sentence, the count of verdicts, what was compared. */
#include <stdlib.h>

#include "report/sections.h"
#include "results/claims.h"

static size_t count(const struct report *r, enum verdict verdict)
{
	size_t i, n = 0;

	for (i = 0; i < r->data.n_claims; i++)
		n += r->data.claims[i].verdict == verdict;
	return n;
}

static void sentence(struct doc *d, const struct report *r)
{
	size_t reproduced = count(r, VERDICT_REPRODUCED);
	size_t not_reproduced = count(r, VERDICT_NOT_REPRODUCED);
	size_t judged = reproduced + not_reproduced;

	if (r->data.samples.n == 0)
		doc_text(d, "This run holds no measurements yet, so nothing can be said.");
	else if (r->data.n_claims == 0)
		doc_text(d, "This run measured, but its experiments make no claims.");
	else if (judged == 0)
		doc_text(d, "This run did not measure what its claims are about.");
	else if (not_reproduced == 0 && judged == 1)
		doc_text(d, "The one claim that this run could judge was reproduced.");
	else if (not_reproduced == 0)
		doc_text(d, "All %zu claims that this run could judge were reproduced.", judged);
	else
		doc_text(d,
			 "Of %zu claim%s that this run could judge, %zu %s reproduced and %zu %s "
			 "not.",
			 judged, judged == 1 ? "" : "s", reproduced,
			 reproduced == 1 ? "was" : "were", not_reproduced,
			 not_reproduced == 1 ? "was" : "were");
	if (judged > 0 && judged < r->data.n_claims)
		doc_text(d, " It could not judge %zu.", r->data.n_claims - judged);
}

static size_t n_failed(const struct report *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->data.n_troubles; i++)
		n += !r->data.troubles[i]->skipped;
	return n;
}

static void badges(struct doc *d, const struct report *r)
{
	size_t not_applicable = count(r, VERDICT_NOT_APPLICABLE);
	size_t not_reproduced = count(r, VERDICT_NOT_REPRODUCED);

	doc_marked(d, DOC_GOOD, "✓ %zu reproduced", count(r, VERDICT_REPRODUCED));
	doc_text(d, " ");
	doc_marked(d, not_reproduced ? DOC_BAD : DOC_NEUTRAL, "✗ %zu not reproduced",
		   not_reproduced);
	doc_text(d, " ");
	doc_marked(d, DOC_NEUTRAL, "– %zu not applicable", not_applicable);
	if (n_failed(r) > 0) {
		doc_text(d, " ");
		doc_marked(d, DOC_WARN, "! %zu samples failed", n_failed(r));
	}
}

static void counts(struct doc *d, const struct report *r)
{
	doc_text(d, "%zu experiment%s, %zu samples, %zu failed, %zu skipped.", r->data.n_exps,
		 r->data.n_exps == 1 ? "" : "s", r->data.samples.n, n_failed(r),
		 r->data.n_troubles - n_failed(r));
}

/* A string somewhere in the environment, or NULL. */
static const char *environment(const struct report *r, const char *group, const char *key)
{
	const json_t *o = r->data.environment;

	if (group)
		o = json_object_get(o, group);
	return json_string_value(json_object_get(o, key));
}

static void where(struct doc *d, const struct report *r)
{
	const json_t *cores = json_object_get(json_object_get(r->data.environment, "cpu"), "cores");
	const char *accel = environment(r, NULL, "accelerator");
	const char *time = environment(r, NULL, "time");
	const char *cpu = environment(r, "cpu", "model");

	if (time)
		doc_text(d, " Begun %s.", time);
	if (accel)
		doc_text(d, " Guests ran under %s%s.", accel,
			 streq(accel, "tcg") ? " (QEMU's emulation: compare ratios, not absolute "
					       "figures)" :
					       "");
	if (cpu && json_is_integer(cores))
		doc_text(d, " %lld cores of %s.", (long long)json_integer_value(cores), cpu);
}

void section_summary(struct doc *d, const struct report *r)
{
	d->ops->para(d, "lead");
	sentence(d, r);
	d->ops->para_end(d);
	d->ops->para(d, "badges");
	badges(d, r);
	d->ops->para_end(d);
	d->ops->para(d, NULL);
	counts(d, r);
	where(d, r);
	d->ops->para_end(d);
	if (json_is_true(json_object_get(r->data.plan, "quick"))) {
		d->ops->para(d, NULL);
		d->ops->marked(d, DOC_WARN, "quick run");
		doc_text(d, " It tries everything out; it is too short to judge claims by.");
		d->ops->para_end(d);
	}
}

static void contents_link(struct doc *d, const char *id, const char *title)
{
	char *href = xasprintf("#%s", id);

	d->ops->link(d, href, title);
	free(href);
}

/* Where to find what, for those who know what they want. */
void section_contents(struct doc *d, const struct report *r)
{
	size_t i;

	d->ops->para(d, "contents");
	if (r->data.n_claims > 0) {
		contents_link(d, "claims", "Claims");
		doc_text(d, " · ");
	}
	for (i = 0; i < r->data.n_exps; i++) {
		char *id = xasprintf("experiment-%zu", i + 1);

		contents_link(d, id, r->data.exps[i]->title);
		doc_text(d, " · ");
		free(id);
	}
	contents_link(d, "effort", "Effort");
	doc_text(d, " · ");
	contents_link(d, "failures", "Failures and noise");
	if (r->data.environment || r->data.manifest) {
		doc_text(d, " · ");
		contents_link(d, "environment", "Environment");
	}
	doc_text(d, " · ");
	contents_link(d, "reproduce", "How to reproduce it");
	d->ops->para_end(d);
}

void section_systems(struct doc *d, const struct report *r)
{
	size_t i;

	if (r->n_pictures == 0)
		return;
	d->ops->section(d, 2, "systems", "What was compared");
	doc_para(d, "The same workload runs in the same client; the systems differ in where the "
		    "device's driver lives.");
	d->ops->gallery(d, "pictures");
	for (i = 0; i < r->n_pictures; i++) {
		const struct picture *p = &r->pictures[i];
		char *id = xasprintf("system-%s", p->system);
		char *href = xasprintf("plots/system-%s.svg", p->system);
		char *caption = xasprintf("%s: %s", p->system, p->desc);
		struct doc_figure f = {
			.id = id,
			.caption = caption,
			.alt = p->desc,
			.svg = p->svg,
			.svg_href = href,
		};

		d->ops->figure(d, &f);
		free(id);
		free(href);
		free(caption);
	}
	d->ops->gallery_end(d);
	d->ops->section_end(d);
}
