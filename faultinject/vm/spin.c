// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver that computes and computes: interrupts are served, but no other thread runs. */
#include <stdlib.h>

#include "core/util.h"
#include "faultinject/lib/guest.h"

#define MS_MAX 60000

static bool is_time(const char *value)
{
	unsigned int ms;

	return parse_uint(value, 1, MS_MAX, &ms) == 0;
}

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	char *command = xasprintf("spin %s", fault_value(values, "ms"));
	uint64_t *until;
	int err = guest_last_command(site, why, command);

	free(command);
	if (err)
		return err;
	fault_struck(shot);
	until = xcalloc(1, sizeof(*until));
	*until = shot->injected_us + (uint64_t)fault_number(values, "ms") * USEC_PER_MSEC;
	shot->state = until;
	return 0;
}

/* The guest cannot be told to stop it, since nothing in it would hear that; so it is awaited. */
static void end(const struct fault_site *site, struct fault_shot *shot)
{
	const uint64_t *until = shot->state;
	uint64_t now = now_us();

	if (fault_site_alive(site) && now < *until)
		loop_sleep(site->loop, *until - now);
	free(shot->state);
}

static const struct fault_param params[] = {
	{ "ms", "how long, ms, at most a minute", "2000", is_time },
	{ 0 },
};

static const struct fault spin_fault = {
	.name = "spin",
	.family = "vm",
	.summary = "has a kernel thread of the VM keep a processor for a while, interrupts on",
	.activation = "always; injected when the guest was told to",
	.params = params,
	.inject = inject,
	.end = end,
};

FAULT(spin_fault)
