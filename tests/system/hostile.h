/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other side of a link at its worst: what may stand in its memory at any time, from noise to
 * contents that are nearly right. For the tests of every class of device.
 */
#ifndef DRIVERVM_TESTS_HOSTILE_H
#define DRIVERVM_TESTS_HOSTILE_H

#include "support.h"

#include "ddlink_ring.h"
#include "link/link.h"

/* Contents that a link must survive, those written in one go, and the moment it then gets. */
#define CONTENTS 10500
#define BURST 150
#define RECOVERY_US (1000 * USEC_PER_MSEC)

static uint64_t rng_state;

static uint64_t rnd(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return rng_state;
}

static void seed_contents(void)
{
	const char *seed = getenv("DRIVERVM_TEST_SEED");

	rng_state = seed ? strtoull(seed, NULL, 0) | 1 : 0x9e3779b97f4a7c15u;
}

static void scribble(volatile unsigned char *at, size_t n)
{
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= n; i += sizeof(word)) {
		word = rnd();
		memcpy((void *)(at + i), &word, sizeof(word));
	}
}

static uint32_t read32(const volatile unsigned char *at)
{
	return *(const volatile uint32_t *)at;
}

static void write32(volatile unsigned char *at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

/* An index: anything, or close to what stands there, which gets past the coarse checks. */
static void bend_index(volatile unsigned char *at)
{
	uint32_t old = read32(at);

	switch (rnd() % 3) {
	case 0:
		write32(at, (uint32_t)rnd());
		break;
	case 1:
		write32(at, old + (uint32_t)(rnd() % 4096) * DDLINK_ALIGN);
		break;
	default:
		write32(at, old - (uint32_t)(rnd() % 64));
	}
}

static void bend_indices(volatile unsigned char *mem)
{
	static const size_t fields[] = {
		offsetof(struct ddlink_ring_ctl, head),
		offsetof(struct ddlink_ring_ctl, space_event),
		offsetof(struct ddlink_ring_ctl, tail),
		offsetof(struct ddlink_ring_ctl, data_event),
	};
	unsigned int ring = rnd() % 2;

	bend_index(mem + ddlink_ring_ctl_offset(ring) + fields[rnd() % ARRAY_SIZE(fields)]);
}

/* Records' headers and frames, where the consumer is about to read. */
static void bend_records(volatile unsigned char *mem)
{
	unsigned int ring = rnd() % 2;
	uint32_t base = DDLINK_REGION_SIZE - (2 - ring) * DDLINK_RING_SIZE;
	uint32_t tail =
		read32(mem + ddlink_ring_ctl_offset(ring) + offsetof(struct ddlink_ring_ctl, tail));
	uint32_t at = (tail + (uint32_t)(rnd() % 512) * DDLINK_ALIGN) & (DDLINK_RING_SIZE - 1);
	size_t n = 8 << rnd() % 8;

	if (at + n > DDLINK_RING_SIZE)
		n = DDLINK_RING_SIZE - at;
	scribble(mem + base + at, n);
}

/* Some of one side's page: magic, session, acknowledgement, features, configuration. */
static void bend_side(volatile unsigned char *mem)
{
	volatile unsigned char *side = mem + ddlink_side_offset(rnd() % 2);

	switch (rnd() % 3) {
	case 0:
		bend_index(side + 4 * (rnd() % 8));
		break;
	case 1:
		scribble(side + offsetof(struct ddlink_side, config),
			 sizeof(((struct ddlink_side *)0)->config));
		write32(side + offsetof(struct ddlink_side, config_seq), (uint32_t)rnd() & ~1u);
		break;
	default:
		scribble(side, sizeof(struct ddlink_side));
	}
}

/* One random content of the link. */
static void write_content(volatile unsigned char *mem, unsigned int i)
{
	if (i % 50 == 0) {
		scribble(mem, DDLINK_REGION_SIZE);
		return;
	}
	switch (rnd() % 6) {
	case 0:
		scribble(mem, DDLINK_CONTROL_SIZE); /* every control page */
		break;
	case 1:
	case 2:
		bend_indices(mem);
		break;
	case 3:
		bend_records(mem);
		break;
	case 4:
		bend_side(mem);
		break;
	default:
		scribble(mem, sizeof(struct ddlink_desc));
	}
}

static void ring_somebody(struct link *l)
{
	ck_assert_int_eq(link_ring_doorbell(l, rnd() % 2, rnd() % DDLINK_VECTORS), 0);
}

static bool link_is_up(const char *device)
{
	char *path = xasprintf("/sys/bus/ddlink/devices/%s/state", device), *state;
	bool up;

	ck_assert_int_eq(vm_read_file(system_client(sys), path, &state), 0);
	up = strncmp(state, "up", 2) == 0;
	free(state);
	free(path);
	return up;
}

/* Lets the link come up again, if it does soon, and traffic fill the rings. */
static bool let_recover(const char *device)
{
	uint64_t deadline = now_us() + RECOVERY_US;

	while (now_us() < deadline) {
		ck_assert_int_eq(loop_sleep(loop, 100 * USEC_PER_MSEC), 0);
		if (link_is_up(device)) {
			ck_assert_int_eq(loop_sleep(loop, 100 * USEC_PER_MSEC), 0);
			return true;
		}
	}
	return false;
}

static void client_answers(void)
{
	ck_assert_int_eq(vm_ping(system_client(sys), 10 * USEC_PER_SEC), 0);
}

/* Writes them all to @device's link, of which VM @dd is the other side; both must go on. */
static void write_contents(const char *device, const char *dd)
{
	struct link *l = system_link(sys, device);
	volatile unsigned char *mem = link_memory(l);
	unsigned int i, live = 0;

	ck_assert(mem != NULL);
	seed_contents();
	for (i = 0; i < CONTENTS; i++) {
		if (i % BURST == 0) {
			live += let_recover(device);
			client_answers();
			ck_assert_int_eq(vm_ping(system_vm(sys, dd), 10 * USEC_PER_SEC), 0);
		}
		write_content(mem, i);
		ring_somebody(l);
		if (i % 8 == 0)
			ck_assert_int_eq(loop_sleep(loop, USEC_PER_MSEC), 0);
	}
	pr_info("%u random contents; the link was up again before %u of %u bursts", i, live,
		CONTENTS / BURST);
	/* It was worth trying: sessions came back in between, and carried traffic. */
	ck_assert_uint_ge(live, 5);
}

#endif
