// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether all devices of a system work: a hundred answers that are waited for one after another
 * take longer than the devices need, so those of a VM are asked for by one process, at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"

/* For all devices of a VM; each class gives up earlier. */
#define CHECK_US (60 * USEC_PER_SEC)
/* Asked at once: more only wait for one another. */
#define BATCH 32

/* @script, and after it that of @dev in the background; it says one line of the device. */
static char *add_check(char *script, const struct device *dev)
{
	char *check = dev->class->check(dev);
	char *longer = xasprintf("%s(why=$(%s) && echo %s: || echo \"%s: $why\") &\n", script,
				 check, dev->name, dev->name);

	free(check);
	free(script);
	return longer;
}

/* What was said of a device, "" for nothing but that it answers; NULL: no word. To be freed. */
static char *said_of(const char *output, const char *name)
{
	char *start = xasprintf("%s:", name), *found = NULL;
	const char *line = output;

	while (line && *line && !found) {
		if (strncmp(line, start, strlen(start)) == 0) {
			line += strlen(start);
			line += *line == ' ';
			found = xasprintf("%.*s", (int)strcspn(line, "\n"), line);
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	free(start);
	return found;
}

static void tell(const struct device *dev, const char *output, system_answer_fn fn, void *arg)
{
	char *said = said_of(output, dev->name);

	if (!said)
		fn(arg, dev->name, "no answer");
	else
		fn(arg, dev->name, *said ? said : NULL);
	free(said);
}

static int run_checks(const struct system *sys, struct vm *vm, const char *script, char **output)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct vm_exec_result result = { 0 };
	int err = vm_exec(vm, argv, CHECK_US, &result);

	if (err && err != -EINTR)
		pr_err("%s: cannot ask VM %s whether its devices work: %s", sys->desc->name,
		       vm_spec(vm)->name, strerror(-err));
	*output = result.output;
	return err;
}

/* From device *@next on, some that @vm uses; *@next is then the first that was not looked at. */
static int ask_batch(const struct system *sys, struct vm *vm, unsigned int *next,
		     system_answer_fn fn, void *arg)
{
	unsigned int i, first = *next, n = 0;
	char *script = xstrdup(""), *all, *output = NULL;
	int err = 0;

	for (; *next < sys->desc->n_devices && n < BATCH; (*next)++) {
		if (sys->devices[*next].user != vm)
			continue;
		script = add_check(script, &sys->devices[*next]);
		n++;
	}
	all = xasprintf("%swait\n", script);
	free(script);
	if (n)
		err = run_checks(sys, vm, all, &output);
	for (i = first; i < *next && n && !err; i++)
		if (sys->devices[i].user == vm)
			tell(&sys->devices[i], output, fn, arg);
	free(output);
	free(all);
	return err;
}

int system_ask_devices(const struct system *sys, system_answer_fn fn, void *arg)
{
	unsigned int i, next;
	int err = 0;

	for (i = 0; i < sys->desc->n_vms && !err; i++)
		for (next = 0; next < sys->desc->n_devices && !err;)
			err = ask_batch(sys, sys->vms[i].vm, &next, fn, arg);
	return err;
}

static void report(void *arg, const char *device, const char *why)
{
	int *err = arg;

	if (!why)
		return;
	pr_err("%s: %s", device, why);
	*err = -EIO;
}

int system_check_devices(const struct system *sys)
{
	int failed = 0, err = system_ask_devices(sys, report, &failed);

	return err ? err : failed;
}
