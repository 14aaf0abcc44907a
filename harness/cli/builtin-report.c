// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm report: write a run's figures and report again, from what lies in its folder. */
#include <argp.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "core/log.h"
#include "core/util.h"
#include "faultinject/campaign/report.h"
#include "faultinject/campaign/run.h"
#include "report/report.h"
#include "results/run_dir.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **run = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*run)
			argp_error(state, "one RUN, please; '%s' is a second", arg);
		*run = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which RUN? 'latest' is the newest");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_report(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "RUN",
		.doc = "Writes the figures and the report of a run: plots/, report.html and "
		       "report.md in its folder.\vRUN is a name below results/, a path, or "
		       "'latest'.",
	};
	const char *run = NULL;
	char *dir;
	int err;

	if (argp_parse(&argp, argc, argv, 0, NULL, &run))
		return CLI_BAD_INPUT;
	err = run_dir_find(&dir, run);
	if (err < 0)
		return cli_status(err);
	err = campaign_run_is(dir) ? campaign_report_write(dir) : report_write(dir);
	if (!err)
		printf("%s/report.html\n", dir);
	free(dir);
	return cli_status(err);
}
