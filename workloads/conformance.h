/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conformance tests of a class of devices: named checks, most of them scripts that the client's
 * shell runs. For plugins that are such a test.
 */
#ifndef DRIVERVM_WORKLOADS_CONFORMANCE_H
#define DRIVERVM_WORKLOADS_CONFORMANCE_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivervm_workload.h"

/* For one script; nothing takes as long unless it hangs. */
#define CONFORMANCE_MS 60000

struct conformance {
	unsigned int passed; /* checks */
	char said[256]; /* the last line of the script that was run last; "": see the log */
};

/* Runs it, with @prelude before it. The exit code, or a negative errno. */
static inline int conformance_script(struct drivervm_env *env, struct conformance *c,
				     const char *prelude, const char *script)
{
	char text[4096], *output, *line;
	const char *const argv[] = { "sh", "-c", text, NULL };
	int n = snprintf(text, sizeof(text), "%s%s", prelude, script);
	int err;

	if (n < 0 || (size_t)n >= sizeof(text))
		return -E2BIG;
	err = env->ops->client_exec(env, argv, CONFORMANCE_MS, &output);
	c->said[0] = '\0';
	for (line = output ? strtok(output, "\n") : NULL; line; line = strtok(NULL, "\n"))
		snprintf(c->said, sizeof(c->said), "%s", line);
	free(output);
	return err;
}

/* Ends a check: 0 or -EIO. */
static inline int conformance_judge(struct drivervm_env *env, struct conformance *c,
				    const char *name, bool good, const char *why)
{
	if (good)
		c->passed++;
	else
		env->ops->log(env, "check %s failed: %s", name, why);
	return good ? 0 : -EIO;
}

/* A check that is a script, and no more: 0 or -EIO. */
static inline int conformance_check(struct drivervm_env *env, struct conformance *c,
				    const char *name, const char *prelude, const char *script)
{
	int err = conformance_script(env, c, prelude, script);

	return conformance_judge(env, c, name, !err, err < 0 ? strerror(-err) : c->said);
}

#endif
