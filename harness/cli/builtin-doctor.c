// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm doctor: what this host can do, and what each lack costs. */
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "core/log.h"

#define ROW "%-20s %-8s %s\n"

static const struct doctor_check *const groups[] = {
	doctor_vm_checks,
	doctor_host_checks,
	doctor_net_checks,
	doctor_tool_checks,
};

static const char *const state_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_LIMITED] = "limited",
	[DOCTOR_MISSING] = "missing",
};

static const struct argp argp = {
	.doc = "Says what this host can do for drivervm and what each lack costs. Boots a small "
	       "guest to see whether KVM works, whatever was found before; changes nothing."
	       "\vExit status 0: experiments can run; 3: they cannot.",
};

void doctor_found(struct doctor_finding *f, enum doctor_state state, const char *cost,
		  const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&f->found, fmt, ap) < 0)
		f->found = xstrdup("");
	va_end(ap);
	f->state = state;
	f->cost = state == DOCTOR_OK ? NULL : cost;
}

static enum doctor_state examine(const struct doctor_check *check, struct loop *loop)
{
	struct doctor_finding f = { 0 };

	check->run(check, loop, &f);
	printf(ROW, check->what, state_names[f.state], f.found);
	if (f.cost)
		printf(ROW, "", "", f.cost);
	fflush(stdout);
	free(f.found);
	return f.state;
}

int cmd_doctor(int argc, char **argv)
{
	enum doctor_state worst = DOCTOR_OK, state;
	const struct doctor_check *check;
	struct loop *loop;
	size_t i;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	err = loop_new(&loop);
	if (err < 0) {
		pr_err("cannot make the event loop: %s", strerror(-err));
		return CLI_HOST_CANNOT;
	}
	printf(ROW, "what", "state", "what was found, and what a lack costs");
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		for (check = groups[i]; check->what && !loop->interrupted; check++) {
			state = examine(check, loop);
			worst = state > worst ? state : worst;
		}
	}
	if (loop->interrupted) {
		loop_free(loop);
		return CLI_FAILED;
	}
	loop_free(loop);
	if (worst == DOCTOR_MISSING)
		puts("\nExperiments cannot run here until what is missing is there.");
	else if (worst == DOCTOR_LIMITED)
		puts("\nExperiments can run here, within the limits above.");
	else
		puts("\nExperiments can run here.");
	return worst == DOCTOR_MISSING ? CLI_HOST_CANNOT : CLI_OK;
}
