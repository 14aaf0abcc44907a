// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm check: judge a run's claims. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "faultinject/campaign/claims.h"
#include "faultinject/campaign/run.h"
#include "results/claims.h"
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

int cmd_check(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "RUN",
		.doc = "Judges the claims of a run by its samples, writes its claims.json, and "
		       "prints the verdicts.\vRUN is a name below results/, a path, or 'latest'. "
		       "A claim is reproduced if the whole 95 % interval meets what it expects. "
		       "The exit status is 1 if one is not.",
	};
	const char *run = NULL;
	unsigned int not_reproduced;
	char *dir;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &run);
	err = run_dir_find(&dir, run);
	if (err < 0)
		return cli_status(err);
	err = campaign_run_is(dir) ? campaign_claims_write(dir, stdout, &not_reproduced) :
				     claims_write(dir, stdout, &not_reproduced);
	free(dir);
	if (err < 0)
		return cli_status(err);
	return not_reproduced ? CLI_FAILED : CLI_OK;
}
