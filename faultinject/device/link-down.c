// SPDX-License-Identifier: GPL-2.0-or-later
/* A cable that is pulled out, and put in again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/device/card.h"
#include "faultinject/lib/lasting.h"

static int set_link(const struct fault_site *site, bool up)
{
	char *id = xasprintf("%s-dev", site->device);
	json_t *args = json_pack("{s:s, s:b}", "name", id, "up", up);

	free(id);
	return vm_qmp(site->vm, "set_link", args, NULL, CARD_QMP_US);
}

static int put_in(const struct fault_site *site, void *arg)
{
	(void)arg;
	return set_link(site, true);
}

static const struct lasting_ops ops = { .undo = put_in };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = set_link(site, false);

	if (err) {
		*why = xasprintf("VM %s: set_link: %s", site->vm_name, strerror(-err));
		return err;
	}
	return lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("1000"), { 0 } };

static const struct fault link_down_fault = {
	.name = "link-down",
	.family = "device",
	.summary = "pulls the network card's cable out for a while (QEMU's set_link)",
	.activation = "always, at once",
	.params = params,
	.applies = card_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(link_down_fault)
