// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding the system that is meant, among those that are up. */
#include "cli/top_target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/util.h"
#include "status/status.h"
#include "system/runtime.h"

/* A process that has a system up. */
struct candidate {
	pid_t pid;
	json_t *answer; /* owned */
	const char *system; /* the answer's */
};

/* Those that answer; who goes away in between is not up. */
static size_t ask_all(struct candidate **all)
{
	size_t i, n, found = 0;
	pid_t *pids;

	runtime_list(STATUS_SOCKET, &pids, &n);
	*all = xcalloc(n, sizeof(**all));
	for (i = 0; i < n; i++) {
		struct candidate *c = &(*all)[found];

		if (status_ask(pids[i], &c->answer) < 0)
			continue;
		c->pid = pids[i];
		c->system = json_string_value(json_object_get(c->answer, "system"));
		found++;
	}
	free(pids);
	return found;
}

static bool meant(const struct candidate *c, const char *target)
{
	char *end;
	long pid;

	if (!target || streq(c->system, target))
		return true;
	pid = strtol(target, &end, 10);
	return *target && !*end && pid == c->pid;
}

/* "isolated (process 12), many (process 34)"; the caller frees it. */
static char *list(const struct candidate *all, size_t n)
{
	char *text = NULL;
	size_t i, len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return xstrdup("");
	for (i = 0; i < n; i++)
		fprintf(out, "%s%s (process %d)", i ? ", " : "",
			all[i].system ? all[i].system : "?", (int)all[i].pid);
	fclose(out);
	return text;
}

static int choose(const struct candidate *all, size_t n, const char *target, pid_t *pid)
{
	size_t i, matches = 0;
	char *up;

	for (i = 0; i < n; i++) {
		if (!meant(&all[i], target))
			continue;
		*pid = all[i].pid;
		matches++;
	}
	if (matches == 1)
		return 0;
	up = list(all, n);
	if (n == 0)
		pr_err("no system is up; 'drivervm up SYSTEM' brings one up");
	else if (matches == 0)
		pr_err("'%s' is not up; what is: %s", target, up);
	else
		pr_err("%zu systems are up: %s; say which, by its process", n, up);
	free(up);
	return matches ? -EINVAL : -ENOENT;
}

int top_target(const char *target, pid_t *pid)
{
	struct candidate *all;
	size_t i, n = ask_all(&all);
	int err = choose(all, n, target, pid);

	for (i = 0; i < n; i++)
		json_decref(all[i].answer);
	free(all);
	return err;
}
