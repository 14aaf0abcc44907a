// SPDX-License-Identifier: GPL-2.0-or-later
/* Which trial a number stands for. */
#include "faultinject/campaign/campaign.h"

#include "core/util.h"

/* The load is under way by then; when in its course the fault strikes is chance. */
#define DELAY_MIN_US (100 * USEC_PER_MSEC)
#define DELAY_MAX_US (300 * USEC_PER_MSEC)

/* Trials in the first @rounds rounds: each target has part in round 0 and each so many after it. */
static size_t trials_in(const struct campaign *c, size_t rounds)
{
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < c->n_used; i++)
		n += (rounds + c->targets[i].every - 1) / c->targets[i].every;
	return n;
}

size_t campaign_n_trials(const struct campaign *c)
{
	return trials_in(c, c->trials);
}

/* The round that trial number @index is in, by bisection: a pool asks this of all that it has. */
static size_t find_round(const struct campaign *c, size_t index)
{
	size_t low = 0, high = c->trials, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (trials_in(c, middle) <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Of those that have part in @round, number @n. */
static unsigned int find_target(const struct campaign *c, size_t round, size_t n)
{
	unsigned int i;

	for (i = 0; i + 1 < c->n_used; i++)
		if (round % c->targets[i].every == 0 && n-- == 0)
			break;
	return i;
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
	size_t round = find_round(c, index);
	unsigned int target = find_target(c, round, index - trials_in(c, round));
	struct rng r;

	rng_seed(&r, seed);
	/* Neighbouring seeds and rounds must have nothing in common. */
	rng_seed(&r, rng_next(&r) ^ ((uint64_t)round + 1));
	rng_seed(&r, rng_next(&r));
	t->index = index;
	t->target = &c->targets[target];
	t->fault = draw_fault(c, &r);
	t->delay_us = DELAY_MIN_US + rng_below(&r, DELAY_MAX_US - DELAY_MIN_US);
	t->seed = rng_next(&r);
}
