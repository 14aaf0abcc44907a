// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * drivervm list: experiments, workloads, systems, drivers, extra meters, memory techniques, faults
 * and campaigns of them.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "core/util.h"
#include "experiment/desc.h"
#include "fault/fault.h"
#include "faultinject/campaign/campaign.h"
#include "meter/extra.h"
#include "system/system.h"
#include "techniques/technique.h"
#include "workload/workload.h"

/* Each lists what it can, and returns the first error met, reported. */

static int list_experiments(void)
{
	struct experiment *exp;
	char **names;
	size_t n, i;
	int err, first = experiment_names(&names, &n);

	if (first < 0)
		return first;
	for (i = 0; i < n; i++) {
		err = experiment_load(&exp, names[i]);
		if (err < 0) {
			first = first ? first : err;
		} else {
			printf("  %-16s %s\n", names[i], exp->question);
			experiment_free(exp);
		}
		free(names[i]);
	}
	free(names);
	return first;
}

static void print_option(const struct drivervm_option *o)
{
	printf("    %-14s %s (%s)\n", o->name, o->help, o->def);
}

static int list_workloads(void)
{
	const struct drivervm_workload **list;
	const struct drivervm_option *o;
	size_t n, i;
	int err = workload_find_all(&list, &n);

	if (err < 0)
		return err;
	for (i = 0; i < n; i++) {
		printf("  %-16s %s; metric: %s\n", list[i]->name, list[i]->summary,
		       list[i]->metric);
		for (o = list[i]->options; o && o->name; o++)
			print_option(o);
	}
	free(list);
	return 0;
}

static int list_systems(void)
{
	struct system_desc *desc;
	char **names;
	size_t n, i;
	int err, first = system_desc_names(&names, &n);

	if (first < 0)
		return first;
	for (i = 0; i < n; i++) {
		err = system_desc_load(&desc, names[i]);
		if (err < 0) {
			first = first ? first : err;
		} else {
			printf("  %-16s %s; %u VM%s, %u MiB\n", names[i], desc->summary,
			       desc->n_vms, desc->n_vms == 1 ? "" : "s",
			       system_memory_mib(desc, NULL));
			system_desc_free(desc);
		}
		free(names[i]);
	}
	free(names);
	return first;
}

static int list_drivers(void)
{
	struct driver_desc *drivers;
	unsigned int n, i, j;
	int err = driver_desc_load_all(&drivers, &n);

	if (err < 0)
		return err;
	for (i = 0; i < n; i++) {
		printf("  %-16s %s, %s%s, modules", drivers[i].name, drivers[i].class,
		       drivers[i].device ? "QEMU's " : "in every machine",
		       drivers[i].device ? drivers[i].device : "");
		for (j = 0; j < drivers[i].n_modules; j++)
			printf(" %s", drivers[i].modules[j]);
		putchar('\n');
	}
	driver_desc_free_all(drivers, n);
	return 0;
}

static int list_meters(void)
{
	const struct meter_entry *e;

	for (e = meter_first(); e; e = e->next)
		printf("  %-16s %s\n", e->ops->name, e->ops->help);
	return 0;
}

static int list_techniques(void)
{
	const struct technique_entry *e;

	for (e = technique_first(); e; e = e->next)
		printf("  %-16s %s\n", e->technique->name, e->technique->help);
	return 0;
}

static int list_faults(void)
{
	const struct fault_entry *e;
	const struct fault_param *p;

	for (e = fault_first(); e; e = e->next) {
		printf("  %-16s %s: %s\n", e->fault->name, e->fault->family, e->fault->summary);
		for (p = e->fault->params; p && p->key; p++)
			printf("    %-14s %s (%s)\n", p->key, p->help, p->def);
	}
	return 0;
}

static int list_campaigns(void)
{
	struct campaign *c;
	char **names;
	size_t n, i;
	int err, first = campaign_names(&names, &n);

	if (first < 0)
		return first;
	for (i = 0; i < n; i++) {
		err = campaign_load(&c, names[i]);
		if (err < 0) {
			first = first ? first : err;
		} else {
			printf("  %-16s %s\n", names[i], c->question);
			campaign_free(c);
		}
		free(names[i]);
	}
	free(names);
	return first;
}

static const struct listing {
	const char *what;
	int (*list)(void);
} listings[] = {
	{ "experiments", list_experiments }, { "workloads", list_workloads },
	{ "systems", list_systems },	     { "drivers", list_drivers },
	{ "meters", list_meters },	     { "techniques", list_techniques },
	{ "faults", list_faults },	     { "campaigns", list_campaigns },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct listing **one = state->input;
	size_t i;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (*one)
		argp_error(state, "one kind or all, please");
	for (i = 0; i < ARRAY_SIZE(listings); i++)
		if (streq(listings[i].what, arg))
			*one = &listings[i];
	if (!*one)
		argp_error(state,
			   "no kind '%s'; there are experiments, workloads, systems, "
			   "drivers, meters, techniques, faults, campaigns",
			   arg);
	return 0;
}

int cmd_list(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "[experiments|workloads|systems|drivers|meters|techniques|faults|"
			    "campaigns]",
		.doc = "Lists what there is: all kinds, or one.",
	};
	const struct listing *one = NULL;
	int err, first = 0;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &one);
	if (one)
		return cli_status(one->list());
	for (i = 0; i < ARRAY_SIZE(listings); i++) {
		printf("%s%s\n", i ? "\n" : "", listings[i].what);
		fflush(stdout);
		err = listings[i].list();
		first = first ? first : err;
	}
	return cli_status(first);
}
