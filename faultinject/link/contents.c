// SPDX-License-Identifier: GPL-2.0-or-later
/* Random contents of a link's memory: anything, and what is nearly right. */
#include "faultinject/link/contents.h"

#include <string.h>

#include "core/util.h"
#include "ddlink_ring.h"

static void scribble(struct rng *rng, volatile unsigned char *at, size_t n)
{
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= n; i += sizeof(word)) {
		word = rng_next(rng);
		memcpy((void *)(at + i), &word, sizeof(word));
	}
}

uint32_t contents_read32(const volatile unsigned char *at)
{
	return *(const volatile uint32_t *)at;
}

void contents_write32(volatile unsigned char *at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

/* An index: anything, or close to what stands there, which gets past the coarse checks. */
static void bend_index(struct rng *rng, volatile unsigned char *at)
{
	uint32_t old = contents_read32(at);

	switch (rng_next(rng) % 3) {
	case 0:
		contents_write32(at, (uint32_t)rng_next(rng));
		break;
	case 1:
		contents_write32(at, old + (uint32_t)(rng_next(rng) % 4096) * DDLINK_ALIGN);
		break;
	default:
		contents_write32(at, old - (uint32_t)(rng_next(rng) % 64));
	}
}

static void bend_indices(struct rng *rng, volatile unsigned char *mem)
{
	static const size_t fields[] = {
		offsetof(struct ddlink_ring_ctl, head),
		offsetof(struct ddlink_ring_ctl, space_event),
		offsetof(struct ddlink_ring_ctl, tail),
		offsetof(struct ddlink_ring_ctl, data_event),
	};
	unsigned int ring = rng_next(rng) % 2;

	bend_index(rng,
		   mem + ddlink_ring_ctl_offset(ring) + fields[rng_next(rng) % ARRAY_SIZE(fields)]);
}

/* Records' headers and frames, where the consumer is about to read. */
static void bend_records(struct rng *rng, volatile unsigned char *mem)
{
	unsigned int ring = rng_next(rng) % 2;
	uint32_t base = DDLINK_REGION_SIZE - (2 - ring) * DDLINK_RING_SIZE;
	uint32_t tail = contents_read32(mem + ddlink_ring_ctl_offset(ring) +
					offsetof(struct ddlink_ring_ctl, tail));
	uint32_t at = (tail + (uint32_t)(rng_next(rng) % 512) * DDLINK_ALIGN) &
		      (DDLINK_RING_SIZE - 1);
	size_t n = 8 << rng_next(rng) % 8;

	if (at + n > DDLINK_RING_SIZE)
		n = DDLINK_RING_SIZE - at;
	scribble(rng, mem + base + at, n);
}

/* Some of one side's page: magic, session, acknowledgement, features, configuration. */
static void bend_side(struct rng *rng, volatile unsigned char *mem)
{
	volatile unsigned char *side = mem + ddlink_side_offset(rng_next(rng) % 2);

	switch (rng_next(rng) % 3) {
	case 0:
		bend_index(rng, side + 4 * (rng_next(rng) % 8));
		break;
	case 1:
		scribble(rng, side + offsetof(struct ddlink_side, config),
			 sizeof(((struct ddlink_side *)0)->config));
		contents_write32(side + offsetof(struct ddlink_side, config_seq),
				 (uint32_t)rng_next(rng) & ~1u);
		break;
	default:
		scribble(rng, side, sizeof(struct ddlink_side));
	}
}

void contents_write(volatile unsigned char *mem, struct rng *rng, unsigned int i)
{
	if (i % 50 == 0) {
		scribble(rng, mem, DDLINK_REGION_SIZE);
		return;
	}
	switch (rng_next(rng) % 6) {
	case 0:
		scribble(rng, mem, DDLINK_CONTROL_SIZE); /* every control page */
		break;
	case 1:
	case 2:
		bend_indices(rng, mem);
		break;
	case 3:
		bend_records(rng, mem);
		break;
	case 4:
		bend_side(rng, mem);
		break;
	default:
		scribble(rng, mem, sizeof(struct ddlink_desc));
	}
}
