// SPDX-License-Identifier: GPL-2.0-or-later
/* Campaigns on a cluster: a batch script for Slurm. */
#include "faultinject/campaign/slurm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/argv.h"
#include "core/paths.h"
#include "faultinject/campaign/estimate.h"

/* A node that is busy with other jobs is slower than the estimate. */
#define MARGIN 3.0

/* What every share's command begins with, quoted for a shell. */
static char *command(const struct campaign_run *run, const struct inject_options *o,
		     const char *program)
{
	struct argv a = { 0 };
	char *line;

	argv_add(&a, "%s", program);
	argv_add(&a, "inject");
	argv_add(&a, "%s", o->campaign);
	if (o->quick)
		argv_add(&a, "--quick");
	if (o->trials)
		argv_add(&a, "--trials=%u", o->trials);
	if (o->accel)
		argv_add(&a, "--accel=%s", o->accel);
	argv_add(&a, "--seed=%" PRIu64, run->seed);
	line = argv_quote(&a);
	argv_free(&a);
	return line;
}

static char *quoted(const char *text)
{
	struct argv a = { 0 };
	char *line;

	argv_add(&a, "%s", text);
	line = argv_quote(&a);
	argv_free(&a);
	return line;
}

static unsigned int minutes(const struct campaign_run *run, unsigned int shards)
{
	struct campaign_run share = *run;

	share.shard = 0;
	share.shards = shards;
	share.jobs = 1;
	return (unsigned int)(MARGIN * run_seconds(&share, 0) / 60) + 5;
}

static void print_head(const struct campaign_run *run, unsigned int shards, FILE *out)
{
	unsigned int m = minutes(run, shards);

	fprintf(out,
		"#!/bin/sh\n"
		"# Campaign %s, seed %" PRIu64 ", in %u shares. Submit it with sbatch.\n"
		"#SBATCH --job-name=drivervm-%s\n"
		"#SBATCH --array=0-%u\n"
		"#SBATCH --ntasks=1\n"
		"#SBATCH --cpus-per-task=1\n"
		"#SBATCH --time=%u:%02u:00\n\n",
		run->campaign->name, run->seed, shards, run->campaign->name, shards - 1, m / 60,
		m % 60);
}

void slurm_print(const struct campaign_run *run, const struct inject_options *o,
		 unsigned int shards, FILE *out)
{
	char *name = o->name ? xstrdup(o->name) :
			       xasprintf("%s-%" PRIu64, run->campaign->name, run->seed);
	char *exe = realpath("/proc/self/exe", NULL);
	char *program = quoted(exe ? exe : "drivervm"), *root = quoted(path_root());
	char *line = command(run, o, exe ? exe : "drivervm"), *base = quoted(name);

	print_head(run, shards, out);
	fprintf(out,
		"export DRIVERVM_ROOT=%s\n"
		"base=%s\n"
		"name=$base-$SLURM_ARRAY_TASK_ID\n"
		"# A share that was begun goes on.\n"
		"if [ -e \"$DRIVERVM_ROOT/results/$name\" ]; then\n"
		"\texec %s inject --resume \"$name\"\n"
		"fi\n"
		"exec %s --shard \"$SLURM_ARRAY_TASK_ID/%u\" --name \"$name\"\n\n"
		"# When all have ended:\n"
		"# cd %s/results && %s merge --name=%s %s-*\n",
		root, base, program, line, shards, root, program, base, base);
	free(base);
	free(line);
	free(root);
	free(program);
	free(exe);
	free(name);
}
