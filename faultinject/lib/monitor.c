// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's monitor for humans, for what QMP has no command for. */
#include "faultinject/lib/monitor.h"

#include <errno.h>
#include <string.h>

#include "core/util.h"

int monitor_command(const struct fault_site *site, const char *line, char **why)
{
	json_t *said = NULL;
	int err = vm_qmp(site->vm, "human-monitor-command",
			 json_pack("{s:s}", "command-line", line), &said, 5 * USEC_PER_SEC);
	const char *text = json_string_value(said);

	if (err) {
		*why = xasprintf("VM %s: %s: %s", site->vm_name, line, strerror(-err));
	} else if (text && *text) {
		/* It has no other way to say no. */
		*why = xasprintf("VM %s: %s: %.*s", site->vm_name, line, (int)strcspn(text, "\r\n"),
				 text);
		err = -EOPNOTSUPP;
	}
	json_decref(said);
	return err;
}
