// SPDX-License-Identifier: GPL-2.0-or-later
/* What run and reproduce do once measuring has ended. */
#include "cli/finish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/log.h"
#include "report/report.h"
#include "results/claims.h"

int parse_seed(const char *text, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(text, &end, 10);
	if (!*text || text[strspn(text, "0123456789")] || errno || *seed >= 1ULL << 63)
		return -EINVAL;
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int judge_and_report(const struct launch_result *r)
{
	unsigned int not_reproduced = 0;
	int err;

	err = claims_write(r->dir, stdout, &not_reproduced);
	if (!err)
		err = report_write(r->dir);
	if (err < 0)
		return cli_status(err);
	printf("\nreport: %s/report.html\n", r->dir);
	pr_info("%u iterations measured, %u failed, %u skipped", r->n_ok, r->n_failed,
		r->n_skipped);
	if (r->n_failed)
		return CLI_FAILED;
	/* A quick run shows that all works; it is too short to judge by. */
	return not_reproduced && !r->quick ? CLI_FAILED : CLI_OK;
}

/* What cannot be carried out is no reason to leave what was measured without a report. */
static int carry_out_more(const struct launch_options *o, const struct launch_result *r,
			  launch_more_fn more)
{
	int of_more = more ? more(o, r->dir) : CLI_OK, status = judge_and_report(r);

	return status ? status : of_more;
}

int launch_and_finish(const struct launch_options *o, launch_more_fn more)
{
	struct launch_result r;
	int err, status;

	err = launch(o, &r);
	if (err < 0) {
		status = err == -EEXIST ? CLI_BAD_INPUT : cli_status(err);
	} else if (o->dry_run) {
		status = CLI_OK;
	} else if (r.interrupted) {
		pr_info("interrupted after %u iterations", r.n_ok);
		if (r.dir)
			pr_info("to go on: drivervm run --resume %s", base_name(r.dir));
		status = CLI_FAILED;
	} else {
		status = carry_out_more(o, &r, more);
	}
	free(r.dir);
	return status;
}
