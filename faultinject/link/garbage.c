// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver VM that writes nonsense all over its link. */
#include "core/util.h"
#include "faultinject/lib/lasting.h"
#include "faultinject/link/contents.h"
#include "faultinject/link/site.h"

#define BURST_MAX 1000

struct garbage {
	struct rng rng; /* its own: others draw from the site's meanwhile */
	unsigned int burst;
	unsigned int written;
};

static bool is_burst(const char *value)
{
	unsigned int n;

	return parse_uint(value, 1, BURST_MAX, &n) == 0;
}

static void step(const struct fault_site *site, void *arg)
{
	struct garbage *g = arg;
	unsigned int i, role, vector;

	for (i = 0; i < g->burst; i++) {
		contents_write(link_memory(site->link), &g->rng, g->written++);
		role = (unsigned int)rng_below(&g->rng, 2);
		vector = (unsigned int)rng_below(&g->rng, DDLINK_VECTORS);
		link_ring_doorbell(site->link, role, vector);
	}
}

static const struct lasting_ops ops = { .step = step, .every_us = USEC_PER_MSEC };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	struct garbage *g = xcalloc(1, sizeof(*g));
	uint64_t seed = rng_next(site->rng) >> 1; /* so that JSON has it */

	rng_seed(&g->rng, seed);
	g->burst = (unsigned int)fault_number(values, "burst");
	shot->what = json_pack("{s:I}", "seed", (json_int_t)seed);
	return lasting_start(site, values, &ops, g, shot, why);
}

static const struct fault_param params[] = {
	LASTING_PARAM("1000"),
	{ "burst", "contents written each ms, with a doorbell for each", "8", is_burst },
	{ 0 },
};

static const struct fault garbage_fault = {
	.name = "garbage",
	.family = "link",
	.summary = "fills the link's memory with random and nearly right contents for a while",
	.activation = "always, at once",
	.params = params,
	.applies = link_site_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(garbage_fault)
