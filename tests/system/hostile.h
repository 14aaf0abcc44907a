/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link whose memory is filled with random contents, while its device is in use. For the tests of
 * every class of device.
 */
#ifndef DRIVERVM_TESTS_HOSTILE_H
#define DRIVERVM_TESTS_HOSTILE_H

#include "support.h"

#include "ddlink_ring.h"
#include "faultinject/link/contents.h"
#include "link/link.h"

/*
 * Contents that a link must survive, those written in one go (a test may have set that: fewer
 * bursts take less time), and the moment it then gets.
 */
#define CONTENTS 10500
#ifndef BURST
#define BURST 150
#endif
#define RECOVERY_US (1000 * USEC_PER_MSEC)

static void seed_contents(struct rng *rng)
{
	const char *seed = getenv("DRIVERVM_TEST_SEED");

	rng_seed(rng, seed ? strtoull(seed, NULL, 0) : 1);
}

static void ring_somebody(struct link *l, struct rng *rng)
{
	ck_assert_int_eq(link_ring_doorbell(l, (unsigned int)rng_below(rng, 2),
					    (unsigned int)rng_below(rng, DDLINK_VECTORS)),
			 0);
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

/*
 * A record in a ring of @device's link, as the honest producer of that ring would write it, but for
 * what it says: @len bytes of @payload.
 */
static inline void forge_record(const char *device, unsigned int ring,
				const struct ddlink_rec_header *header, const void *payload)
{
	struct link *l = system_link(sys, device);
	volatile unsigned char *mem = link_memory(l);
	volatile unsigned char *index =
		mem + ddlink_ring_ctl_offset(ring) + offsetof(struct ddlink_ring_ctl, head);
	uint32_t head = contents_read32(index);
	size_t at = DDLINK_REGION_SIZE - (2 - ring) * DDLINK_RING_SIZE +
		    (head & (DDLINK_RING_SIZE - 1));

	memcpy((void *)(mem + at), header, sizeof(*header));
	memcpy((void *)(mem + at + sizeof(*header)), payload, header->len);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	contents_write32(index, head + ddlink_record_size(header->len));
	ck_assert_int_eq(
		link_ring_doorbell(l, ring == DDLINK_RING_TO_SERVER ? DDLINK_SERVER : DDLINK_CLIENT,
				   DDLINK_VECTOR_RING),
		0);
}

/* Times that VM @vm, a side of @device's link, found that the other breaks the rules. */
static inline long long violations(struct vm *vm, const char *device)
{
	char *path = xasprintf("/sys/bus/ddlink/devices/%s/stats", device), *text, *at;
	long long n;

	ck_assert_int_eq(vm_read_file(vm, path, &text), 0);
	at = strstr(text, "violations ");
	ck_assert(at != NULL);
	n = strtoll(at + strlen("violations "), NULL, 10);
	free(text);
	free(path);
	return n;
}

/* The side that got it must call it a violation, in five seconds. */
static inline void wait_violation(struct vm *vm, const char *device, long long before)
{
	int i;

	for (i = 0; i < 50 && violations(vm, device) == before; i++)
		ck_assert_int_eq(loop_sleep(loop, 100 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(violations(vm, device), before + 1);
}

/* Writes them all to @device's link, of which VM @dd is the other side; both must go on. */
static void write_contents(const char *device, const char *dd)
{
	struct link *l = system_link(sys, device);
	volatile unsigned char *mem = link_memory(l);
	unsigned int i, live = 0;
	struct rng rng;

	ck_assert(mem != NULL);
	seed_contents(&rng);
	for (i = 0; i < CONTENTS; i++) {
		if (i % BURST == 0) {
			live += let_recover(device);
			client_answers();
			ck_assert_int_eq(vm_ping(system_vm(sys, dd), 10 * USEC_PER_SEC), 0);
		}
		contents_write(mem, &rng, i);
		ring_somebody(l, &rng);
		if (i % 8 == 0)
			ck_assert_int_eq(loop_sleep(loop, USEC_PER_MSEC), 0);
	}
	pr_info("%u random contents; the link was up again before %u of %u bursts", i, live,
		CONTENTS / BURST);
	/* It was worth trying: sessions came back in between, and carried traffic. */
	ck_assert_uint_ge(live, 5);
}

#endif
