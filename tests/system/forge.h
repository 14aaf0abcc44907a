/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that no honest side of a link would write, one at a time, and what comes of them. For the
 * tests of every class of device.
 */
#ifndef DRIVERVM_TESTS_FORGE_H
#define DRIVERVM_TESTS_FORGE_H

#include "support.h"

#include "ddlink_ring.h"
#include "faultinject/link/contents.h"
#include "link/link.h"

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
	char *path = xasprintf("/sys/bus/ddlink/devices/%s/stats", device);
	long long n = guest_number(vm, path, "violations ");

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

#endif
