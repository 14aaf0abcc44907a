/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link whose memory is filled with random contents, while its device is in use. For the tests of
 * every class of device.
 */
#ifndef DRIVERVM_TESTS_HOSTILE_H
#define DRIVERVM_TESTS_HOSTILE_H

#include "support.h"

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
