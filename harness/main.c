// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm: the command line's front door. Picks the verb; each verb is a cli/builtin-VERB.c. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/log.h"
#include "core/util.h"

#define VERSION "0.1"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "doctor", cmd_doctor, "say what this host can do, and what each lack costs" },
	{ "list", cmd_list, "list experiments, workloads, systems, drivers and meters" },
	{ "up", cmd_up, "bring a system up and keep it until Ctrl-C" },
	{ "attach", cmd_attach, "join the console or a shell of a VM of a system that is up" },
	{ "top", cmd_top, "show what the VMs and links of a system that is up are doing" },
	{ "run", cmd_run, "run experiments" },
	{ "reproduce", cmd_reproduce, "run every experiment, judge the claims, write the report" },
	{ "inject", cmd_inject, "inject faults into drivers, and record what comes of them" },
	{ "merge", cmd_merge, "unite the shares of a campaign of faults" },
	{ "check", cmd_check, "judge a run's claims" },
	{ "report", cmd_report, "write a run's figures and report" },
	{ "compare", cmd_compare, "compare two runs" },
};

static void print_usage(FILE *out)
{
	size_t i;

	fputs("usage: drivervm [--verbose] VERB [ARGUMENT...]\n\n"
	      "Runs device drivers unmodified in virtual machines of their own, and measures it.\n\n",
	      out);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n'drivervm VERB --help' says more. Exit status: 0 all well; 1 a claim or trial\n"
	      "failed; 2 bad input, nothing done; 3 this host cannot.\n",
	      out);
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "drivervm %s", verb->name);
	argv[0] = name;
	return verb->run(argc, argv);
}

int main(int argc, char **argv)
{
	size_t i;

	argp_err_exit_status = CLI_BAD_INPUT;
	argc--;
	argv++;
	if (argc > 0 && streq(argv[0], "--verbose")) {
		log_level = LOG_LEVEL_DEBUG;
		argc--;
		argv++;
	}
	if (argc == 0) {
		print_usage(stderr);
		return CLI_BAD_INPUT;
	}
	if (streq(argv[0], "--help") || streq(argv[0], "help")) {
		print_usage(stdout);
		return CLI_OK;
	}
	if (streq(argv[0], "--version")) {
		puts("drivervm " VERSION);
		return CLI_OK;
	}
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (streq(argv[0], verbs[i].name))
			return run_verb(&verbs[i], argc, argv);
	pr_err("no verb '%s'; 'drivervm --help' lists them", argv[0]);
	return CLI_BAD_INPUT;
}
