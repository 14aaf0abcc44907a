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

/* @script, and after it that of @dev in the background; what it says is said of the device. */
static char *add_check(char *script, const struct device *dev)
{
	char *check = dev->class->check(dev);
	char *longer =
		xasprintf("%s(why=$(%s) || echo \"%s: $why\") &\n", script, check, dev->name);

	free(check);
	free(script);
	return longer;
}

/* Each line says what is wrong with a device. */
static int report(char *output)
{
	char *line, *save;
	int err = 0;

	for (line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		pr_err("%s", line);
		err = -EIO;
	}
	return err;
}

static int run_checks(const struct system *sys, struct vm *vm, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct vm_exec_result result = { 0 };
	int err = vm_exec(vm, argv, CHECK_US, &result);

	if (err && err != -EINTR)
		pr_err("%s: cannot ask VM %s whether its devices work: %s", sys->desc->name,
		       vm_spec(vm)->name, strerror(-err));
	if (!err)
		err = report(result.output);
	free(result.output);
	return err;
}

/* From device *@next on, some that @vm uses; *@next is then the first that was not looked at. */
static int check_batch(const struct system *sys, struct vm *vm, unsigned int *next)
{
	char *script = xstrdup("");
	unsigned int n = 0;
	int err = 0;

	for (; *next < sys->desc->n_devices && n < BATCH; (*next)++) {
		if (sys->devices[*next].user != vm)
			continue;
		script = add_check(script, &sys->devices[*next]);
		n++;
	}
	if (n) {
		char *all = xasprintf("%swait\n", script);

		err = run_checks(sys, vm, all);
		free(all);
	}
	free(script);
	return err;
}

int system_check_devices(struct system *sys)
{
	unsigned int i, next;
	int err = 0;

	for (i = 0; i < sys->desc->n_vms && !err; i++)
		for (next = 0; next < sys->desc->n_devices && !err;)
			err = check_batch(sys, sys->vms[i].vm, &next);
	return err;
}
