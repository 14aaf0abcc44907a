// SPDX-License-Identifier: GPL-2.0-or-later
/* A processor that has found an error of its own, not corrected: Linux gives up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "fault/fault.h"

/*
 * HMP's "mce cpu bank status mcgstatus addr misc": valid, uncorrected, enabled, the processor's
 * context is corrupt; a machine check is in progress, and where it was is not to be gone back to.
 */
#define COMMAND "mce 0 0 0xb200000000000000 0x4 0x0 0x0"

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	json_t *said = NULL;
	int err = vm_qmp(site->vm, "human-monitor-command",
			 json_pack("{s:s}", "command-line", COMMAND), &said, 5 * USEC_PER_SEC);
	const char *text = json_string_value(said);

	(void)values;
	if (err) {
		*why = xasprintf("VM %s: %s: %s", site->vm_name, COMMAND, strerror(-err));
	} else if (text && *text) {
		/* It has no other way to say no. */
		*why = xasprintf("VM %s: %s: %.*s", site->vm_name, COMMAND,
				 (int)strcspn(text, "\r\n"), text);
		err = -EOPNOTSUPP;
	} else {
		fault_struck(shot);
	}
	json_decref(said);
	return err;
}

static const struct fault machine_check_fault = {
	.name = "machine-check",
	.family = "vm",
	.summary = "reports an uncorrected error of the processor (QEMU's mce): the kernel panics",
	.activation = "always, at once",
	.inject = inject,
};

FAULT(machine_check_fault)
