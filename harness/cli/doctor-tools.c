// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: the tools that run at the peer or draw the figures. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"

/* Where in PATH an executable lies, as execvp() would find it; NULL: nowhere. The caller frees. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *copy = xstrdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	char *save = NULL, *dir, *file = NULL;

	for (dir = strtok_r(copy, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		file = xasprintf("%s/%s", dir, name);
		if (access(file, X_OK) == 0)
			break;
		free(file);
		file = NULL;
	}
	free(copy);
	return file;
}

static void check_tool(const struct doctor_check *check, struct loop *loop,
		       struct doctor_finding *f)
{
	char *file = find_program(check->what);

	(void)loop;
	if (file)
		doctor_found(f, DOCTOR_OK, NULL, "%s", file);
	else
		doctor_found(f, check->if_missing, check->cost, "not in PATH (Debian package %s)",
			     check->arg);
	free(file);
}

const struct doctor_check doctor_tool_checks[] = {
	{ "ping", check_tool, "iputils-ping", "the peer is not seen to answer: 'make deps'",
	  DOCTOR_MISSING },
	{ "nuttcp", check_tool, "nuttcp", "no throughput experiment: 'make deps'", DOCTOR_MISSING },
	{ "sockperf", check_tool, "sockperf", "no latency experiment: 'make deps'",
	  DOCTOR_MISSING },
	{ "iperf3", check_tool, "iperf3", "net-stream's option tool=iperf3: 'make deps'",
	  DOCTOR_LIMITED },
	{ "fio", check_tool, "fio", "workload many-mix is skipped: 'make deps'", DOCTOR_LIMITED },
	{ "swtpm", check_tool, "swtpm", "no driver of a TPM: 'make deps'", DOCTOR_LIMITED },
	{ "gnuplot", check_tool, "gnuplot-nox", "reports have no figures: 'make deps'",
	  DOCTOR_LIMITED },
	{ 0 },
};
