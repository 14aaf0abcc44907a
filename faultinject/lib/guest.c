// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands for ddfault, over the guest's agent. */
#include "faultinject/lib/guest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

#define PARAMETERS "/sys/module/ddfault/parameters/"

int guest_load(const struct fault_site *site, char **why)
{
	int err = vm_modprobe(site->vm, "ddfault", NULL);

	if (err)
		*why = xasprintf("VM %s: cannot load ddfault: %s", site->vm_name, strerror(-err));
	return err;
}

static int read_result(const struct fault_site *site, char **result)
{
	int err = vm_read_file(site->vm, PARAMETERS "result", result);

	if (!err)
		(*result)[strcspn(*result, "\n")] = '\0';
	return err;
}

int guest_command(const struct fault_site *site, char **result, char **why, const char *fmt, ...)
{
	char *command = NULL;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vasprintf(&command, fmt, ap);
	va_end(ap);
	if (err < 0)
		return -ENOMEM;
	err = guest_load(site, why);
	if (err)
		goto out;
	err = vm_write_file(site->vm, PARAMETERS "command", command);
	if (!err && result)
		err = read_result(site, result);
	if (err)
		*why = xasprintf("VM %s: ddfault's '%s': %s", site->vm_name, command,
				 strerror(-err));
out:
	free(command);
	return err;
}

int guest_undo(const struct fault_site *site, const char *command)
{
	return vm_write_file(site->vm, PARAMETERS "command", command);
}

int guest_last_command(const struct fault_site *site, char **why, const char *command)
{
	int err = guest_load(site, why);

	if (err)
		return err;
	err = vm_send_file(site->vm, PARAMETERS "command", command);
	if (err)
		*why = xasprintf("VM %s: cannot send it '%s': %s", site->vm_name, command,
				 strerror(-err));
	return err;
}
