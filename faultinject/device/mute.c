// SPDX-License-Identifier: GPL-2.0-or-later
/* A network card whose frames go nowhere, while it hears all that others send. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/device/card.h"
#include "faultinject/lib/lasting.h"

#define FILTER "mute"
#define NOWHERE "mute-nowhere"

static int remove_nowhere(const struct fault_site *site)
{
	return vm_qmp(site->vm, "chardev-remove", json_pack("{s:s}", "id", NOWHERE), NULL,
		      CARD_QMP_US);
}

/* What a netdev receives is what the card sends. */
static int add_filter(const struct fault_site *site)
{
	json_t *nowhere =
		json_pack("{s:s, s:{s:s, s:{}}}", "id", NOWHERE, "backend", "type", "null", "data");
	json_t *filter = json_pack("{s:s, s:s, s:s, s:s, s:s}", "qom-type", "filter-redirector",
				   "id", FILTER, "netdev", site->device, "queue", "rx", "outdev",
				   NOWHERE);
	int err = vm_qmp(site->vm, "chardev-add", nowhere, NULL, CARD_QMP_US);

	if (err) {
		json_decref(filter);
		return err;
	}
	err = vm_qmp(site->vm, "object-add", filter, NULL, CARD_QMP_US);
	if (err)
		remove_nowhere(site);
	return err;
}

static int remove_filter(const struct fault_site *site, void *arg)
{
	int err =
		vm_qmp(site->vm, "object-del", json_pack("{s:s}", "id", FILTER), NULL, CARD_QMP_US);

	(void)arg;
	return err ? err : remove_nowhere(site);
}

static const struct lasting_ops ops = { .undo = remove_filter };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = add_filter(site);

	if (err) {
		*why = xasprintf("VM %s: filter-redirector: %s", site->vm_name, strerror(-err));
		return err;
	}
	return lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("1000"), { 0 } };

static const struct fault mute_fault = {
	.name = "mute",
	.family = "device",
	.summary = "loses for a while what the network card sends (QEMU's filter-redirector)",
	.activation = "always, at once",
	.params = params,
	.applies = card_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(mute_fault)
