// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm run: run experiments. */
#include <argp.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/finish.h"
#include "core/log.h"
#include "core/util.h"

enum { OPTION_SEED = 256, OPTION_NAME, OPTION_SET, OPTION_RESUME };

static const struct argp_option options[] = {
	{ "quick", 'q', NULL, 0, "the short form of each experiment, to see that all works", 0 },
	{ "dry-run", 'n', NULL, 0,
	  "print the plan, its time and memory, and QEMU's command lines; start nothing", 0 },
	{ "resume", OPTION_RESUME, "RUN", 0, "go on with a run that was interrupted", 0 },
	{ "set", OPTION_SET, "KEY=VALUE", 0,
	  "an axis (mtu=1500,500 or vms=1,10), an option (duration_ms=500), systems, drivers, warmup, "
	  "invocations or iterations, in all experiments named",
	  0 },
	{ "name", OPTION_NAME, "NAME", 0, "of the run's folder in results/ (the date)", 0 },
	{ "seed", OPTION_SEED, "NUMBER", 0, "of the random order (a random one, recorded)", 0 },
	{ "accel", 'a', "ACCEL", 0, "kvm, tcg, or auto (default): KVM if a guest runs under it",
	  0 },
	{ 0 },
};

struct run_args {
	struct launch_options o;
	char **experiments;
	char **sets;
};

static void check_resume(const struct launch_options *o, struct argp_state *state)
{
	if (o->resume &&
	    (o->n_experiments || o->n_sets || o->quick || o->name || o->have_seed || o->accel))
		argp_error(state, "--resume takes everything else from the run");
	if (!o->resume && !o->n_experiments)
		argp_error(state, "which EXPERIMENT? 'drivervm list experiments' shows them");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_args *args = state->input;
	struct launch_options *o = &args->o;

	switch (key) {
	case 'q':
		o->quick = true;
		return 0;
	case 'n':
		o->dry_run = true;
		return 0;
	case 'a':
		o->accel = arg;
		return 0;
	case OPTION_RESUME:
		o->resume = arg;
		return 0;
	case OPTION_NAME:
		o->name = arg;
		return 0;
	case OPTION_SET:
		args->sets = xreallocarray(args->sets, o->n_sets + 1, sizeof(*args->sets));
		args->sets[o->n_sets++] = arg;
		return 0;
	case OPTION_SEED:
		o->have_seed = true;
		if (parse_seed(arg, &o->seed) < 0)
			argp_error(state, "--seed: expected a whole number, found '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		args->experiments = xreallocarray(args->experiments, o->n_experiments + 1,
						  sizeof(*args->experiments));
		args->experiments[o->n_experiments++] = arg;
		return 0;
	case ARGP_KEY_END:
		check_resume(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "EXPERIMENT...\n--resume RUN",
		.doc = "Runs experiments, judges their claims and writes the report, all into one "
		       "folder of results/.\vEXPERIMENT is a name of harness/experiments/ or a path "
		       "that ends in .yaml. Ctrl-C keeps what was measured. The exit status is 1 "
		       "if an iteration failed or, unless --quick, a claim was not reproduced.",
	};
	struct run_args args = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	args.o.experiments = args.experiments;
	args.o.sets = args.sets;
	status = launch_and_finish(&args.o, NULL);
	free(args.experiments);
	free(args.sets);
	return status;
}
