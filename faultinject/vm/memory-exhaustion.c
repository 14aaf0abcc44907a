// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver that leaks, until its VM has no memory left. */
#include "faultinject/lib/guest.h"
#include "faultinject/lib/lasting.h"

static int give_back(const struct fault_site *site, void *arg)
{
	(void)arg;
	return guest_undo(site, "unleak");
}

static const struct lasting_ops ops = { .undo = give_back };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	int err = guest_command(site, NULL, why, "leak %s", fault_value(values, "mib"));

	return err ? err : lasting_start(site, values, &ops, NULL, shot, why);
}

static const struct fault_param params[] = {
	{ "mib", "how much is taken, MiB; 0: all there is", "0", fault_param_count },
	LASTING_PARAM("5000"),
	{ 0 },
};

static const struct fault memory_exhaustion_fault = {
	.name = "memory-exhaustion",
	.family = "vm",
	.summary = "takes the memory of the VM's kernel, and what it gets back, for a while",
	.activation = "always; the leak begins as soon as it is injected",
	.params = params,
	.inject = inject,
	.end = lasting_end,
};

FAULT(memory_exhaustion_fault)
