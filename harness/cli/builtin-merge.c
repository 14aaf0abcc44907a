// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm merge: unite the shares of a campaign. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/finish_campaign.h"
#include "core/util.h"
#include "faultinject/campaign/merge.h"

enum { OPTION_NAME = 256 };

static const struct argp_option options[] = {
	{ "name", OPTION_NAME, "NAME", 0, "of the new folder in results/ (the date)", 0 },
	{ 0 },
};

struct merge_args {
	const char *name;
	char **runs;
	size_t n_runs;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct merge_args *args = state->input;

	switch (key) {
	case OPTION_NAME:
		args->name = arg;
		return 0;
	case ARGP_KEY_ARG:
		args->runs = xreallocarray(args->runs, args->n_runs + 1, sizeof(*args->runs));
		args->runs[args->n_runs++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which RUNs?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_merge(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "RUN...",
		.doc = "Unites runs of 'drivervm inject' that are shares of the same campaign with "
		       "the same seed, judges the claims and writes the report, into a new folder "
		       "of results/.\vRUN is a name below results/ or a path. A trial that several "
		       "have counts once.",
	};
	struct merge_args args = { 0 };
	char *dir = NULL;
	int err, status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	err = merge_runs(&dir, args.runs, args.n_runs, args.name);
	if (err < 0)
		status = err == -EEXIST ? CLI_BAD_INPUT : cli_status(err);
	else
		status = finish_campaign(dir);
	free(dir);
	free(args.runs);
	return status;
}
