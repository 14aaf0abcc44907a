// SPDX-License-Identifier: GPL-2.0-or-later
/* Doorbells without reason, on both sides, far more than anybody can answer. */
#include "core/util.h"
#include "faultinject/lib/lasting.h"
#include "faultinject/link/site.h"

#define RATE_MAX 10000

static bool is_rate(const char *value)
{
	unsigned int n;

	return parse_uint(value, 1, RATE_MAX, &n) == 0;
}

static void step(const struct fault_site *site, void *arg)
{
	const unsigned int *rate = arg;
	unsigned int i, vector;

	for (i = 0; i < *rate; i++)
		for (vector = 0; vector < DDLINK_VECTORS; vector++) {
			link_ring_doorbell(site->link, DDLINK_SERVER, vector);
			link_ring_doorbell(site->link, DDLINK_CLIENT, vector);
		}
}

static const struct lasting_ops ops = { .step = step, .every_us = USEC_PER_MSEC };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	unsigned int *rate = xcalloc(1, sizeof(*rate));

	*rate = (unsigned int)fault_number(values, "rate");
	return lasting_start(site, values, &ops, rate, shot, why);
}

static const struct fault_param params[] = {
	LASTING_PARAM("1000"),
	{ "rate", "each doorbell of each side, times each ms (QEMU may join some)", "20", is_rate },
	{ 0 },
};

static const struct fault doorbell_storm_fault = {
	.name = "doorbell-storm",
	.family = "link",
	.summary = "rings all doorbells of both sides again and again for a while",
	.activation = "always, at once",
	.params = params,
	.applies = link_site_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(doorbell_storm_fault)
