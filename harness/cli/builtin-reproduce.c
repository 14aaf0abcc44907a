// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm reproduce: run every experiment and campaign, judge the claims, write the report. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/finish.h"
#include "cli/finish_campaign.h"
#include "core/log.h"
#include "experiment/desc.h"
#include "faultinject/campaign/inject.h"

enum { OPTION_SEED = 256, OPTION_NAME };

static const struct argp_option options[] = {
	{ "quick", 'q', NULL, 0, "the short form of each, to see that all works", 0 },
	{ "dry-run", 'n', NULL, 0, "print the plan; start nothing", 0 },
	{ "name", OPTION_NAME, "NAME", 0, "of the run's folder in results/ (the date)", 0 },
	{ "seed", OPTION_SEED, "NUMBER", 0, "of the random order (a random one, recorded)", 0 },
	{ "accel", 'a', "ACCEL", 0, "kvm, tcg, or auto (default): KVM if a guest runs under it",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct launch_options *o = state->input;

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
	case OPTION_NAME:
		o->name = arg;
		return 0;
	case OPTION_SEED:
		o->have_seed = true;
		if (parse_seed(arg, &o->seed) < 0)
			argp_error(state, "--seed: expected a whole number, found '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "it runs all experiments; 'drivervm run %s' runs one", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Leaves those that are for the full run only out of the @n names. */
static int leave_out_long(char **names, size_t *n)
{
	struct experiment *exp;
	size_t i, kept = 0;
	int err = 0;

	for (i = 0; i < *n; i++) {
		bool keep = true;

		if (!err)
			err = experiment_load(&exp, names[i]);
		if (!err) {
			keep = !exp->full_only;
			experiment_free(exp);
		}
		if (keep)
			names[kept++] = names[i];
		else
			free(names[i]);
	}
	*n = kept;
	return err;
}

static int carry_out(const struct launch_options *o, const char *name, const char *dir)
{
	struct inject_options inject = {
		.campaign = name,
		.within = dir,
		.quick = o->quick,
		.accel = o->accel,
		.jobs = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN),
		.have_seed = o->have_seed,
		.seed = o->seed,
	};
	struct campaign_run run;
	int err = inject_prepare(&run, &inject), status;

	if (err < 0)
		return cli_status(err);
	err = inject_carry_out(&run, &inject);
	if (err == -EINTR)
		pr_info("to go on: drivervm inject --resume %s", run.dir ? run.dir : name);
	status = err == -EINTR ? CLI_FAILED : err < 0 ? cli_status(err) : finish_campaign(run.dir);
	campaign_run_close(&run);
	return status;
}

/* Is it one of those that belong to such a run? */
static bool belongs(const char *name, bool quick)
{
	struct campaign *c;
	bool does;

	if (campaign_load(&c, name) < 0)
		return false;
	does = c->reproduce == (quick ? PART_OF_QUICK : PART_OF_FULL);
	campaign_free(c);
	return does;
}

static int inject_all(const struct launch_options *o, const char *dir)
{
	char **names;
	size_t n, i;
	int status = cli_status(campaign_names(&names, &n));

	if (status)
		return status;
	for (i = 0; i < n; i++) {
		int one = belongs(names[i], o->quick) ? carry_out(o, names[i], dir) : CLI_OK;

		if (one && !status)
			status = one;
		free(names[i]);
	}
	free(names);
	return status;
}

int cmd_reproduce(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Runs every experiment and campaign, judges the claims, writes the report, and says where "
		       "it is.\vThe exit status is 1 if an iteration failed or, unless --quick, a "
		       "claim was not reproduced.",
	};
	struct launch_options o = { 0 };
	char **names;
	size_t n, i;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = cli_status(experiment_names(&names, &n));
	if (status)
		return status;
	if (o.quick)
		status = cli_status(leave_out_long(names, &n));
	o.experiments = names;
	o.n_experiments = n;
	if (!status)
		status = launch_and_finish(&o, inject_all);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return status;
}
