// SPDX-License-Identifier: GPL-2.0-or-later
/* Judging the claims of a campaign. */
#include "faultinject/campaign/claims.h"

#include <string.h>

#include "core/util.h"
#include "faultinject/campaign/run.h"
#include "faultinject/campaign/tally.h"
#include "results/run_dir.h"
#include "stats/stats.h"

static bool meets(double value, bool at_least, double target)
{
	return at_least ? value >= target : value <= target;
}

static void count(const struct campaign_claim *claim, const struct records *records,
		  struct campaign_judgement *j)
{
	struct tally t = tally_of(records, &claim->where);
	unsigned int i;

	for (i = 0; i < claim->n_of; i++)
		j->hits += t.of[outcome_find(claim->of[i])];
	j->n = claim->among == AMONG_ALL ? t.n : t.activated;
}

static void decide(struct campaign_judgement *j)
{
	double target, worst;
	bool at_least;

	if (expectation_parse(j->claim->expect, &at_least, &target) < 0)
		return;
	j->value = (double)j->hits / (double)j->n;
	worst = at_least ? j->low : j->high;
	if (meets(worst, at_least, target)) {
		j->verdict = VERDICT_REPRODUCED;
		snprintf(j->why, sizeof(j->why), "the interval lies %s %g",
			 at_least ? "above" : "below", target);
		return;
	}
	j->verdict = VERDICT_NOT_REPRODUCED;
	if (meets(j->value, at_least, target))
		snprintf(j->why, sizeof(j->why),
			 "the share meets %g but the interval reaches %.4g: not shown, with %zu "
			 "trials",
			 target, worst, j->n);
	else
		snprintf(j->why, sizeof(j->why), "the share lies %s %g",
			 at_least ? "below" : "above", target);
}

void campaign_judge(const struct campaign_claim *claim, const struct records *records,
		    struct campaign_judgement *out)
{
	*out = (struct campaign_judgement){ .claim = claim, .verdict = VERDICT_NOT_APPLICABLE };
	count(claim, records, out);
	if (stats_proportion(out->hits, out->n, &out->low, &out->high) < 0)
		snprintf(out->why, sizeof(out->why),
			 "no trial of this run is one that it is about");
	else
		decide(out);
}

static json_t *to_json(const struct campaign_judgement *j)
{
	const struct campaign_claim *c = j->claim;
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "id", c->id, "statement",
			      c->statement, "source", c->source, "expect", c->expect, "verdict",
			      verdict_name(j->verdict), "why", j->why, "hits", (json_int_t)j->hits,
			      "n", (json_int_t)j->n);

	if (o && j->n) {
		json_object_set_new(o, "value", json_real(j->value));
		json_object_set_new(o, "low", json_real(j->low));
		json_object_set_new(o, "high", json_real(j->high));
	}
	return o;
}

static void print(FILE *out, const struct campaign_judgement *j)
{
	char measured[64] = "-", interval[64] = "-";

	if (j->n) {
		snprintf(measured, sizeof(measured), "%zu of %zu", j->hits, j->n);
		snprintf(interval, sizeof(interval), "%.4f to %.4f", j->low, j->high);
	}
	fprintf(out, "%-28s %14s  %-18s %-10s %s\n", j->claim->id, measured, interval,
		j->claim->expect, verdict_name(j->verdict));
	if (j->verdict != VERDICT_REPRODUCED)
		fprintf(out, "%-28s %s\n", "", j->why);
}

static json_t *judge_all(const struct campaign *c, const struct records *records, FILE *table,
			 unsigned int *failed)
{
	json_t *list = json_array();
	unsigned int i;

	if (table && c->n_claims)
		fprintf(table, "%-28s %14s  %-18s %-10s %s\n", "claim", "measured", "95 % interval",
			"expected", "verdict");
	for (i = 0; i < c->n_claims; i++) {
		struct campaign_judgement j;

		campaign_judge(&c->claims[i], records, &j);
		json_array_append_new(list, to_json(&j));
		*failed += j.verdict == VERDICT_NOT_REPRODUCED;
		if (table)
			print(table, &j);
	}
	return list;
}

int campaign_claims_write(const char *dir, FILE *table, unsigned int *failed)
{
	unsigned int n_failed = 0;
	struct campaign_run run;
	struct records records;
	json_t *root;
	int err = campaign_run_open(&run, dir);

	if (err < 0)
		return err;
	err = records_read(&records, dir);
	if (!err) {
		root = json_object();
		json_object_set_new(root, "version", json_integer(CAMPAIGN_VERSION));
		json_object_set_new(root, "claims",
				    judge_all(run.campaign, &records, table, &n_failed));
		err = run_dir_write_json(dir, "claims.json", root);
		json_decref(root);
		records_free(&records);
	}
	if (failed)
		*failed = n_failed;
	campaign_run_close(&run);
	return err;
}
