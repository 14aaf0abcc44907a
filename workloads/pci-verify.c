// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the client's PCI bus read as it did at first? All configuration space of all functions is
 * read, after a write that clears error bits, and compared with the first reading. What reads as
 * all ones has not answered, which any tool can see; any other difference is wrong data.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "drivervm_workload.h"

#define READ_MS 60000 /* for one reading; nothing takes as long unless it hangs */

struct verify {
	char *first; /* what lspci printed */
};

static const char *const classes[] = { "pci", NULL };
static const char *const tools[] = { "lspci", "setpci", NULL };

static const struct drivervm_option options[] = {
	{ .name = "passes",
	  .help = "of reading all, in one iteration",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "1",
	  .min = 1,
	  .max = 100000 },
	{ .name = NULL },
};

/* *@dump: what lspci prints of the bus, to be freed. -ENODEV: nothing is there. */
static int read_bus(struct drivervm_env *env, char **dump)
{
	const char *path = env->ops->device_path(env, "pci");
	char script[128];
	const char *const argv[] = { "sh", "-c", script, NULL };
	int err;

	snprintf(script, sizeof(script), "setpci -s %s: STATUS=ffff; exec lspci -n -s %s: -xxxx",
		 strrchr(path, '/') + 1, strrchr(path, '/') + 1);
	err = env->ops->client_exec(env, argv, READ_MS, dump);
	if (!err && strstr(*dump, "00: "))
		return 0;
	free(*dump);
	*dump = NULL;
	return err < 0 ? err : err ? -EIO : -ENODEV;
}

/* "10: 86 80 d3 10 ...": where its bytes begin, or NULL if it is no such line. */
static const char *bytes_of(const char *line)
{
	size_t digits = strspn(line, "0123456789abcdef");

	return digits && !strncmp(line + digits, ": ", 2) &&
			       strlen(line + digits) == 2 + 16 * 3 - 1 ?
		       line + digits + 2 :
		       NULL;
}

/* Two lines of bytes that differ: -EIO if all that differs reads as ones, else -EBADMSG. */
static int judge(const char *a, const char *b)
{
	const char *x = bytes_of(a), *y = bytes_of(b);
	unsigned int i;

	/* Functions, or the end of their space, that are missing can be seen to be. */
	if (!x || !y || x - a != y - b || strncmp(a, b, (size_t)(x - a)) != 0)
		return -EIO;
	for (i = 0; i < 16 * 3; i += 4 * 3)
		if (strncmp(x + i, y + i, 11) != 0 && strncmp(y + i, "ff ff ff ff", 11) != 0)
			return -EBADMSG;
	return -EIO;
}

/* 0, -EIO (not all of it has answered), or -EBADMSG. Changes both. */
static int compare(struct drivervm_env *env, char *first, char *now)
{
	char *save_a, *save_b;
	char *a = strtok_r(first, "\n", &save_a), *b = strtok_r(now, "\n", &save_b);

	for (; a && b; a = strtok_r(NULL, "\n", &save_a), b = strtok_r(NULL, "\n", &save_b)) {
		if (!strcmp(a, b))
			continue;
		env->ops->log(env, "it reads '%s', and was '%s'", b, a);
		return judge(a, b);
	}
	return a || b ? -EIO : 0;
}

static int verify_setup(struct drivervm_env *env, void **state)
{
	struct verify *v = calloc(1, sizeof(*v));
	int err = v ? read_bus(env, &v->first) : -ENOMEM;

	if (err) {
		free(v);
		return err;
	}
	*state = v;
	return 0;
}

/* Adds to *@bytes what of configuration space was read. */
static int pass(struct drivervm_env *env, const struct verify *v, double *bytes)
{
	char *first = strdup(v->first), *now = NULL;
	const char *at;
	int err = first ? read_bus(env, &now) : -ENOMEM;

	for (at = now; at && (at = strstr(at, "0: ")) != NULL; at++)
		*bytes += 16;
	if (!err)
		err = compare(env, first, now);
	free(first);
	free(now);
	return err;
}

static int verify_run(struct drivervm_env *env, void *state)
{
	uint64_t i, passes = env->ops->option_uint(env, "passes");
	double begin = now_s(), seconds, bytes = 0;
	int err = 0;

	for (i = 0; i < passes && !err; i++)
		err = pass(env, state, &bytes);
	seconds = now_s() - begin;
	if (err)
		return err;
	env->ops->sample(env, "throughput", "B/s", bytes / seconds);
	return env->ops->sample(env, "verified", "B", bytes);
}

static void verify_teardown(struct drivervm_env *env, void *state)
{
	struct verify *v = state;

	(void)env;
	free(v->first);
	free(v);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "pci-verify",
	.summary =
		"reading all configuration space of the client's PCI bus, the same as at first (lspci)",
	.classes = classes,
	.options = options,
	.metric = "throughput",
	.client_tools = tools,
	.setup = verify_setup,
	.run = verify_run,
	.teardown = verify_teardown,
};
