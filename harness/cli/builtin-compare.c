// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm compare: two runs side by side. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "core/util.h"
#include "results/compare.h"
#include "results/run_dir.h"

struct compare_args {
	const char *runs[2];
	size_t n;
	bool all;
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "what the meters read, too", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare_args *args = state->input;

	switch (key) {
	case 'a':
		args->all = true;
		return 0;
	case ARGP_KEY_ARG:
		if (args->n == ARRAY_SIZE(args->runs))
			argp_error(state, "two runs, please; '%s' is a third", arg);
		args->runs[args->n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->n < ARRAY_SIZE(args->runs))
			argp_error(state, "which two runs? 'latest' is the newest");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_compare(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "RUN RUN",
		.doc = "Compares two runs: for each metric and combination of dimensions that both "
		       "have, the medians, and the second's in relation to the first's with its "
		       "95 % interval.\vRUN is a name below results/, a path, or 'latest'. Runs "
		       "that used different accelerators are not compared.",
	};
	struct compare_args args = { 0 };
	char *a = NULL, *b = NULL;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	err = run_dir_find(&a, args.runs[0]);
	if (!err)
		err = run_dir_find(&b, args.runs[1]);
	if (!err)
		err = compare_runs(a, b, args.all, stdout);
	free(a);
	free(b);
	return cli_status(err);
}
