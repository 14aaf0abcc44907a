// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm inject: carry out a campaign of faults. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/finish.h"
#include "cli/finish_campaign.h"
#include "core/log.h"
#include "core/util.h"
#include "faultinject/campaign/inject.h"
#include "faultinject/campaign/slurm.h"
#include "faultinject/campaign/worker.h"

enum {
	OPTION_TRIALS = 256,
	OPTION_TRIAL,
	OPTION_SEED,
	OPTION_SHARD,
	OPTION_SHARDS,
	OPTION_NAME,
	OPTION_RESUME,
	OPTION_EMIT,
	OPTION_WORKER,
	OPTION_NUMBER,
};

static const struct argp_option options[] = {
	{ "quick", 'q', NULL, 0, "the short form of the campaign, to see that all works", 0 },
	{ "dry-run", 'n', NULL, 0, "print what would be done and how long it takes; start nothing",
	  0 },
	{ "trials", OPTION_TRIALS, "N", 0, "trials for each target (as described)", 0 },
	{ "trial", OPTION_TRIAL, "NUMBER", 0, "this trial only, to see it again; needs --seed", 0 },
	{ "seed", OPTION_SEED, "NUMBER", 0,
	  "of all that is left to chance (a random one, recorded)", 0 },
	{ "shard", OPTION_SHARD, "I/N", 0,
	  "of N shares of the trials only number I, from 0; see 'drivervm merge'", 0 },
	{ "jobs", 'j', "N", 0, "workers, each with a system of its own (1)", 0 },
	{ "name", OPTION_NAME, "NAME", 0, "of the run's folder in results/ (the date)", 0 },
	{ "resume", OPTION_RESUME, "RUN", 0, "carry out the trials that a run has no record of",
	  0 },
	{ "emit", OPTION_EMIT, "WHAT", 0,
	  "slurm: print a batch script that carries out the shares on a cluster; start nothing",
	  0 },
	{ "shards", OPTION_SHARDS, "N", 0, "of the script: into how many shares (8)", 0 },
	{ "accel", 'a', "ACCEL", 0, "kvm, tcg, or auto (default): KVM if a guest runs under it",
	  0 },
	{ "worker", OPTION_WORKER, "FD", OPTION_HIDDEN, NULL, 0 },
	{ "number", OPTION_NUMBER, "N", OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

struct inject_args {
	struct inject_options o;
	bool dry_run;
	bool emit;
	unsigned int n_shards; /* of the script */
	bool worker; /* a worker of: */
	const char *run;
	unsigned int fd, number;
};

static void parse_count(struct argp_state *state, const char *option, const char *arg,
			unsigned int min, unsigned int max, unsigned int *value)
{
	if (parse_uint(arg, min, max, value) < 0)
		argp_error(state, "--%s: expected a whole number from %u to %u, found '%s'", option,
			   min, max, arg);
}

static void parse_shard(struct argp_state *state, const char *arg, struct inject_options *o)
{
	char *copy = xstrdup(arg), *slash = strchr(copy, '/');

	if (slash)
		*slash = '\0';
	if (!slash || parse_uint(slash + 1, 1, 1000000, &o->shards) < 0 ||
	    parse_uint(copy, 0, o->shards - 1, &o->shard) < 0)
		argp_error(state, "--shard: expected I/N with I from 0 to N - 1, found '%s'", arg);
	free(copy);
}

static void check(const struct inject_args *args, struct argp_state *state)
{
	const struct inject_options *o = &args->o;

	if (args->worker)
		return;
	if (o->resume && (o->campaign || o->have_seed || o->quick || o->trials || o->single ||
			  o->shards || o->name || o->accel || args->emit))
		argp_error(state, "--resume takes everything but --jobs from the run");
	if (!o->resume && !o->campaign)
		argp_error(state, "which CAMPAIGN? 'drivervm list campaigns' shows them");
	if (o->single && !o->have_seed)
		argp_error(state, "--trial needs the --seed of the run that it is of");
	if (o->single && o->shards)
		argp_error(state, "--trial or --shard, not both");
	if (args->emit && (o->single || o->shards))
		argp_error(state, "--emit slurm makes the shares itself");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct inject_args *args = state->input;
	struct inject_options *o = &args->o;
	unsigned int trial;

	switch (key) {
	case 'q':
		o->quick = true;
		return 0;
	case 'n':
		args->dry_run = true;
		return 0;
	case 'a':
		o->accel = arg;
		return 0;
	case 'j':
		parse_count(state, "jobs", arg, 1, INJECT_JOBS_MAX, &o->jobs);
		return 0;
	case OPTION_TRIALS:
		parse_count(state, "trials", arg, 1, 100000000, &o->trials);
		return 0;
	case OPTION_TRIAL:
		parse_count(state, "trial", arg, 0, UINT_MAX - 1, &trial);
		o->trial = trial;
		o->single = true;
		return 0;
	case OPTION_SEED:
		if (parse_seed(arg, &o->seed) < 0)
			argp_error(state, "--seed: expected a whole number, found '%s'", arg);
		o->have_seed = true;
		return 0;
	case OPTION_SHARD:
		parse_shard(state, arg, o);
		return 0;
	case OPTION_SHARDS:
		parse_count(state, "shards", arg, 1, 100000, &args->n_shards);
		return 0;
	case OPTION_NAME:
		o->name = arg;
		return 0;
	case OPTION_RESUME:
		o->resume = arg;
		return 0;
	case OPTION_EMIT:
		if (!streq(arg, "slurm"))
			argp_error(state, "--emit: only 'slurm' is known, not '%s'", arg);
		args->emit = true;
		return 0;
	case OPTION_WORKER:
		parse_count(state, "worker", arg, 3, INT_MAX, &args->fd);
		args->worker = true;
		return 0;
	case OPTION_NUMBER:
		parse_count(state, "number", arg, 0, INJECT_JOBS_MAX, &args->number);
		return 0;
	case ARGP_KEY_ARG:
		if (o->campaign || args->run)
			argp_error(state, "one CAMPAIGN, please; '%s' is a second", arg);
		*(args->worker ? &args->run : &o->campaign) = arg;
		return 0;
	case ARGP_KEY_END:
		check(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

static int carry_out(const struct inject_args *args, struct campaign_run *run)
{
	int err = inject_carry_out(run, &args->o);

	if (run->dir && err)
		pr_info("to go on: drivervm inject --resume %s", base_name(run->dir));
	if (err == -EINTR)
		return CLI_FAILED;
	if (err < 0)
		return err == -EEXIST ? CLI_BAD_INPUT : cli_status(err);
	return finish_campaign(run->dir);
}

int cmd_inject(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "CAMPAIGN\n--resume RUN",
		.doc = "Injects faults into drivers, one trial after the other, and records what "
		       "came of each.\vCAMPAIGN is a name of faultinject/campaigns/ or a path that "
		       "ends in .yaml. Ctrl-C keeps what was recorded. The exit status is 1 if a "
		       "trial could not be carried out or, unless --quick, a claim was not "
		       "reproduced.",
	};
	struct inject_args args = { .n_shards = SLURM_SHARDS };
	struct campaign_run run;
	int status, err;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.worker)
		return cli_status(worker_run((int)args.fd, args.run, args.number));
	err = inject_prepare(&run, &args.o);
	if (err < 0)
		return err == -EEXIST ? CLI_BAD_INPUT : cli_status(err);
	if (args.dry_run) {
		inject_print_plan(&run);
		status = CLI_OK;
	} else if (args.emit) {
		slurm_print(&run, &args.o, args.n_shards, stdout);
		status = CLI_OK;
	} else {
		status = carry_out(&args, &run);
	}
	campaign_run_close(&run);
	return status;
}
