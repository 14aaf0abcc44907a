// SPDX-License-Identifier: GPL-2.0-or-later
/* Which trial a number stands for. */
#include "faultinject/campaign/campaign.h"

#include "core/util.h"

/* The load is under way by then; when in its course the fault strikes is chance. */
#define DELAY_MIN_US (100 * USEC_PER_MSEC)
#define DELAY_MAX_US (300 * USEC_PER_MSEC)

static bool has_part(const struct campaign *c, unsigned int target, size_t round)
{
	return round % c->targets[target].every == 0;
}

size_t campaign_n_trials(const struct campaign *c)
{
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < c->n_used; i++)
		n += (c->trials + c->targets[i].every - 1) / c->targets[i].every;
	return n;
}

/* Whose trial number @index is; its round. */
static size_t find_round(const struct campaign *c, size_t index, unsigned int *target)
{
	size_t round;

	for (round = 0;; round++)
		for (*target = 0; *target < c->n_used; (*target)++)
			if (has_part(c, *target, round) && index-- == 0)
				return round;
}

static const struct campaign_fault *draw_fault(const struct campaign *c, struct rng *r)
{
	uint64_t sum = 0, at;
	unsigned int i = 0;

	for (i = 0; i < c->n_faults; i++)
		sum += c->faults[i].weight;
	at = rng_below(r, sum);
	for (i = 0; at >= c->faults[i].weight; i++)
		at -= c->faults[i].weight;
	return &c->faults[i];
}

void trial_draw(struct trial *t, const struct campaign *c, uint64_t seed, size_t index)
{
	unsigned int target;
	uint64_t round = find_round(c, index, &target);
	struct rng r;

	rng_seed(&r, seed);
	/* Neighbouring seeds and rounds must have nothing in common. */
	rng_seed(&r, rng_next(&r) ^ (round + 1));
	rng_seed(&r, rng_next(&r));
	t->index = index;
	t->target = &c->targets[target];
	t->fault = draw_fault(c, &r);
	t->delay_us = DELAY_MIN_US + rng_below(&r, DELAY_MAX_US - DELAY_MIN_US);
	t->seed = rng_next(&r);
}
