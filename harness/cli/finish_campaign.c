// SPDX-License-Identifier: GPL-2.0-or-later
/* What inject and merge do once the records are there. */
#include "cli/finish_campaign.h"

#include <stdio.h>

#include "cli/cli.h"
#include "core/util.h"
#include "faultinject/campaign/claims.h"
#include "faultinject/campaign/report.h"
#include "faultinject/campaign/run.h"
#include "faultinject/campaign/tally.h"

static void print_head(void)
{
	enum outcome o;

	printf("%-16s %6s", "system", "trials");
	for (o = 0; o < OUTCOME_COUNT; o++)
		printf(" %s", outcome_text(o));
	putchar('\n');
}

static void print_row(const char *system, const struct tally *t)
{
	enum outcome o;

	printf("%-16s %6zu", system, t->n);
	for (o = 0; o < OUTCOME_COUNT; o++)
		printf(" %*zu", (int)__builtin_strlen(outcome_text(o)), t->of[o]);
	putchar('\n');
}

/* What came of the trials, for each system. Returns how many could not be carried out. */
static size_t print_outcomes(const struct records *records)
{
	struct values_seen systems;
	size_t i, failed = 0;

	values_seen(&systems, records, "system");
	print_head();
	for (i = 0; i < systems.n; i++) {
		struct tally t = tally_where(records, "system", systems.v[i], NULL, NULL);

		print_row(systems.v[i], &t);
		failed += t.of[OUTCOME_HARNESS_FAILED];
	}
	putchar('\n');
	values_seen_free(&systems);
	return failed;
}

int finish_campaign(const char *dir)
{
	unsigned int not_reproduced = 0;
	struct campaign_run run;
	struct records records;
	size_t failed = 0;
	bool quick;
	int err = campaign_run_open(&run, dir);

	if (err < 0)
		return cli_status(err);
	quick = run.quick || run.single;
	campaign_run_close(&run);
	err = records_read(&records, dir);
	if (!err) {
		failed = print_outcomes(&records);
		records_free(&records);
		err = campaign_claims_write(dir, stdout, &not_reproduced);
	}
	if (!err)
		err = campaign_report_write(dir);
	if (err < 0)
		return cli_status(err);
	printf("\nreport: %s/report.html\n", dir);
	/* A quick run shows that all works; it is too short to judge by. */
	return failed || (not_reproduced && !quick) ? CLI_FAILED : CLI_OK;
}
