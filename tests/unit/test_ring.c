// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rings of a link, in the very code that the kernel modules run: what goes in comes out, peers
 * that lie are found out, and nobody is woken without need.
 */
#include <check.h>
#include <stdlib.h>
#include <sys/random.h>

#include "ddlink_ring.h"

#define SIZE 4096u

static struct ddlink_ring_ctl *ctl;
static u8 *data;
static struct ddlink_producer prod;
static struct ddlink_consumer cons;

/* Both on the heap and of exact size, so that AddressSanitizer sees any step outside. */
static void setup(void)
{
	ctl = calloc(1, sizeof(*ctl));
	data = calloc(1, SIZE);
	prod = (struct ddlink_producer){ .ctl = ctl, .data = data, .size = SIZE };
	cons = (struct ddlink_consumer){ .ctl = ctl, .data = data, .size = SIZE };
	ddlink_producer_reset(&prod);
	ddlink_consumer_reset(&cons);
}

static void teardown(void)
{
	free(ctl);
	free(data);
}

/* As if base bytes had passed already. */
static void start_at(u32 base)
{
	prod.head = prod.next = prod.published = prod.kick_from = prod.tail = base;
	cons.tail = cons.next = cons.released = cons.kick_from = cons.head = base;
	ddlink_store(&ctl->head, base);
	ddlink_store(&ctl->tail, base);
	ddlink_store(&ctl->space_event, base - 1);
	ddlink_store(&ctl->data_event, base);
}

static int put(u32 type, u32 len, u8 fill)
{
	u8 *payload;
	int ret = ddlink_reserve(&prod, type, len, len ^ fill, &payload);

	if (ret)
		return ret;
	memset(payload, fill, len);
	ddlink_commit(&prod);
	ddlink_publish(&prod);
	return 0;
}

static void expect(u32 type, u32 len, u8 fill)
{
	struct ddlink_record rec;
	u32 i;

	ck_assert_int_eq(ddlink_peek(&cons, &rec), 1);
	ck_assert_uint_eq(rec.type, type);
	ck_assert_uint_eq(rec.len, len);
	ck_assert_uint_eq(rec.cookie, len ^ fill);
	for (i = 0; i < len && rec.payload[i] == fill; i++)
		;
	ck_assert_uint_eq(i, len);
	ddlink_consume(&cons);
	ddlink_release(&cons);
}

static void expect_empty(void)
{
	struct ddlink_record rec;

	ck_assert_int_eq(ddlink_peek(&cons, &rec), 0);
}

START_TEST(layout_is_fixed)
{
	ck_assert_uint_eq(sizeof(struct ddlink_rec_header), DDLINK_ALIGN);
	ck_assert_uint_eq(offsetof(struct ddlink_ring_ctl, head), 0);
	ck_assert_uint_eq(offsetof(struct ddlink_ring_ctl, space_event), 4);
	ck_assert_uint_eq(offsetof(struct ddlink_ring_ctl, tail), 128);
	ck_assert_uint_eq(offsetof(struct ddlink_ring_ctl, data_event), 132);
	ck_assert_uint_le(sizeof(struct ddlink_ring_ctl), DDLINK_PAGE);
}
END_TEST

START_TEST(records_come_out_as_they_went_in)
{
	u32 len;

	expect_empty();
	/* Many times round the ring, with every length that needs another padding. */
	for (len = 0; len <= ddlink_payload_max(SIZE); len++) {
		ck_assert_int_eq(put(1 + len % 7, len, (u8)len), 0);
		expect(1 + len % 7, len, (u8)len);
		expect_empty();
	}
	ck_assert_uint_eq(prod.records, len);
	ck_assert_uint_eq(cons.records, len);
	ck_assert_uint_eq(prod.bytes, cons.bytes);
	ck_assert_uint_eq(prod.bytes, (u64)len * (len - 1) / 2);
}
END_TEST

START_TEST(indices_wrap)
{
	unsigned int i;

	start_at(~(DDLINK_ALIGN - 1) - 3 * 1024);
	for (i = 0; i < 64; i++) {
		ck_assert_int_eq(put(1, 100 + i, (u8)i), 0);
		ck_assert_int_eq(put(2, 200 + i, (u8)~i), 0);
		expect(1, 100 + i, (u8)i);
		expect(2, 200 + i, (u8)~i);
	}
	expect_empty();
	ck_assert_uint_lt(prod.head, SIZE * 16);
}
END_TEST

START_TEST(full_ring_takes_no_more_and_recovers)
{
	unsigned int n = 0, i;

	while (put(1, 112, (u8)n) == 0)
		n++;
	ck_assert_uint_eq(n, SIZE / 128);
	ck_assert_int_eq(put(1, 0, 0), -ENOSPC);
	expect(1, 112, 0);
	ck_assert_int_eq(put(1, 112, (u8)n), 0);
	ck_assert_int_eq(put(1, 112, 0), -ENOSPC);
	for (i = 1; i <= n; i++)
		expect(1, 112, (u8)i);
	expect_empty();
}
END_TEST

START_TEST(too_long_never_fits)
{
	ck_assert_int_eq(put(1, ddlink_payload_max(SIZE) + 1, 0), -EMSGSIZE);
	ck_assert_int_eq(put(1, ~0u, 0), -EMSGSIZE);
	/* The longest fits an empty ring wherever that stands. */
	start_at(SIZE / 2 + DDLINK_ALIGN);
	ck_assert_int_eq(put(1, ddlink_payload_max(SIZE), 9), 0);
	expect(1, ddlink_payload_max(SIZE), 9);
}
END_TEST

START_TEST(unpublished_and_uncommitted_are_unseen)
{
	u8 *payload;

	ck_assert_int_eq(ddlink_reserve(&prod, 1, 10, 0, &payload), 0);
	expect_empty();
	ck_assert_int_eq(ddlink_reserve(&prod, 2, 4, 4 ^ 7, &payload), 0);
	memset(payload, 7, 4);
	ddlink_commit(&prod);
	expect_empty();
	ddlink_publish(&prod);
	expect(2, 4, 7);
	expect_empty();
}
END_TEST

START_TEST(consumer_is_woken_once_for_each_time_it_sleeps)
{
	ck_assert_int_eq(put(1, 8, 0), 0);
	ck_assert(ddlink_producer_kick(&prod));
	ck_assert_int_eq(put(1, 8, 0), 0);
	ck_assert(!ddlink_producer_kick(&prod));
	expect(1, 8, 0);
	ck_assert_msg(ddlink_consumer_arm(&cons), "there is a record left");
	expect(1, 8, 0);
	ck_assert(!ddlink_consumer_arm(&cons));
	/* Several at once are one reason to wake. */
	ck_assert_int_eq(put(1, 8, 0), 0);
	ck_assert_int_eq(put(1, 8, 0), 0);
	ck_assert(ddlink_producer_kick(&prod));
	ck_assert(!ddlink_producer_kick(&prod));
}
END_TEST

START_TEST(producer_is_woken_when_the_room_it_wants_is_there)
{
	u32 i, n = 0;

	while (put(1, 112, 0) == 0)
		n++;
	ck_assert_int_eq(ddlink_producer_arm(&prod, SIZE / 2), 0);
	for (i = 0; i < n; i++) {
		expect(1, 112, 0);
		ck_assert_int_eq(ddlink_consumer_kick(&cons), i + 1 == n / 2);
	}
	ck_assert_int_eq(ddlink_producer_arm(&prod, SIZE), SIZE);
}
END_TEST

START_TEST(nobody_waits_nobody_is_woken)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		ck_assert_int_eq(put(1, 112, 0), 0);
		expect(1, 112, 0);
		ck_assert(!ddlink_consumer_kick(&cons));
		/* The consumer never armed again, so it is awake after the first. */
		ck_assert_int_eq(ddlink_producer_kick(&prod), i == 0);
	}
}
END_TEST

static struct ddlink_rec_header *record_at(u32 offset)
{
	return (struct ddlink_rec_header *)(data + offset);
}

static void forge(u32 offset, u32 type, u32 len)
{
	ddlink_store(&record_at(offset)->type, type);
	ddlink_store(&record_at(offset)->len, len);
}

static void expect_refused(void)
{
	struct ddlink_record rec;

	ck_assert_int_eq(ddlink_peek(&cons, &rec), -EPROTO);
}

static const u32 bad_heads[] = {
	1, 8, SIZE + DDLINK_ALIGN, 2 * SIZE, 0x80000000u, 0u - DDLINK_ALIGN
};

START_TEST(consumer_refuses_head)
{
	ddlink_store(&ctl->head, bad_heads[_i]);
	expect_refused();
}
END_TEST

static const u32 bad_lens[] = { 65, 128, SIZE, SIZE + 1, 0x7fffffff, 0xfffffff0u, ~0u };

START_TEST(consumer_refuses_a_head_off_the_grid)
{
	/* A sound record, but the next could not be. */
	ddlink_store(&ctl->head, 40);
	forge(0, 1, 0);
	expect_refused();
}
END_TEST

START_TEST(consumer_refuses_length)
{
	/* 80 bytes are published: a header and 64 bytes. */
	ddlink_store(&ctl->head, 80);
	forge(0, 1, bad_lens[_i]);
	expect_refused();
}
END_TEST

START_TEST(consumer_refuses_a_record_across_the_end)
{
	start_at(SIZE - 32);
	ddlink_store(&ctl->head, SIZE + 64);
	forge(SIZE - 32, 1, 32);
	expect_refused();
	forge(SIZE - 32, 1, 16);
	ddlink_store64(&record_at(SIZE - 32)->cookie, 16 ^ 0);
	expect(1, 16, 0);
}
END_TEST

START_TEST(consumer_refuses_padding_elsewhere)
{
	ddlink_store(&ctl->head, SIZE);
	forge(0, DDLINK_REC_PAD, 48);
	expect_refused();
	/* A whole ring of padding would let the producer keep the consumer busy with nothing. */
	forge(0, DDLINK_REC_PAD, SIZE - sizeof(struct ddlink_rec_header));
	expect_refused();
}
END_TEST

START_TEST(producer_refuses_tail)
{
	u8 *payload;

	start_at(SIZE);
	/* Beyond what is published, though less than a ring. */
	ck_assert_int_eq(put(1, 112, 0), 0);
	ddlink_store(&ctl->tail, SIZE + 128 + DDLINK_ALIGN);
	ck_assert_int_eq(ddlink_room(&prod), -EPROTO);
	ddlink_store(&ctl->tail, SIZE);
	while (put(1, 112, 0) == 0)
		;
	/* Back, off the grid. */
	ddlink_store(&ctl->tail, SIZE - DDLINK_ALIGN);
	ck_assert_int_eq(ddlink_reserve(&prod, 1, 8, 0, &payload), -EPROTO);
	ddlink_store(&ctl->tail, SIZE + 8);
	ck_assert_int_eq(ddlink_producer_arm(&prod, 16), -EPROTO);
	ddlink_store(&ctl->tail, SIZE + 128);
	ck_assert_int_eq(ddlink_room(&prod), 128);
	/* And not behind where it was seen. */
	ddlink_store(&ctl->tail, SIZE);
	ck_assert_int_eq(ddlink_room(&prod), -EPROTO);
}
END_TEST

START_TEST(own_indices_in_shared_memory_do_not_matter)
{
	ck_assert_int_eq(put(1, 40, 1), 0);
	ddlink_store(&ctl->head, 12345);
	ck_assert_int_eq(put(1, 41, 2), 0);
	expect(1, 40, 1);
	ddlink_store(&ctl->tail, 54321);
	expect(1, 41, 2);
	ck_assert_int_eq(ddlink_room(&prod), SIZE);
}
END_TEST

static void fill_random(void *to, size_t len)
{
	while (len) {
		size_t part = len < 256 ? len : 256;

		ck_assert_int_eq(getrandom(to, part, 0), (ssize_t)part);
		to = (u8 *)to + part;
		len -= part;
	}
}

/* Takes all there is, reads all of it, and says how it ended. */
static int drain(void)
{
	struct ddlink_record rec;
	u32 got = 0, i, sum = 0;
	int ret;

	while ((ret = ddlink_peek(&cons, &rec)) > 0) {
		ck_assert(rec.payload >= data && rec.payload + rec.len <= data + SIZE);
		for (i = 0; i < rec.len; i++)
			sum += rec.payload[i];
		ddlink_consume(&cons);
		ddlink_release(&cons);
		got += ddlink_record_size(rec.len);
		ck_assert_msg(got <= SIZE, "more than a ring at once (%u)", sum);
	}
	return ret;
}

/*
 * Random contents, of which the fields that must fit are now and then set so that they do, or
 * nearly: pure noise would never get past the first check. Every fourth round publishes just one
 * record that is right but for its type, so that accepting is no matter of luck.
 */
START_TEST(garbage_is_survived)
{
	unsigned int round, refused = 0, accepted = 0;
	u32 r[4], off, len;

	for (round = 0; round < 20000; round++) {
		if (round % 16 == 0)
			fill_random(data, SIZE);
		fill_random(r, sizeof(r));
		start_at(r[0] & ~(DDLINK_ALIGN - 1));
		ddlink_store(&ctl->head, cons.tail + (r[1] % (SIZE + 64) & ~(r[2] % 4 ? 15u : 0u)));
		ddlink_store(&ctl->tail, prod.head + (r[2] & 0xff) - 0x80);
		ddlink_store(&ctl->space_event, r[2]);
		ddlink_store(&ctl->data_event, r[3]);
		for (off = 0; off < SIZE; off += 256)
			forge(off, r[3] % 3, (r[3] >> 8) % 300);
		len = (r[3] >> 4) % 300;
		forge(cons.tail & (SIZE - 1), r[3] % 3, len);
		if (round % 4 == 0)
			ddlink_store(&ctl->head, cons.tail + ddlink_record_size(len));
		if (drain() < 0)
			refused++;
		else
			accepted++;
		put(1, r[0] % SIZE, 1);
		ddlink_producer_kick(&prod);
		ddlink_consumer_kick(&cons);
	}
	ck_assert_uint_gt(refused, 1000);
	ck_assert_uint_gt(accepted, 1000);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ring");
	TCase *use = tcase_create("use");
	TCase *hostile = tcase_create("hostile");

	tcase_add_checked_fixture(use, setup, teardown);
	tcase_add_test(use, layout_is_fixed);
	tcase_add_test(use, records_come_out_as_they_went_in);
	tcase_add_test(use, indices_wrap);
	tcase_add_test(use, full_ring_takes_no_more_and_recovers);
	tcase_add_test(use, too_long_never_fits);
	tcase_add_test(use, unpublished_and_uncommitted_are_unseen);
	tcase_add_test(use, consumer_is_woken_once_for_each_time_it_sleeps);
	tcase_add_test(use, producer_is_woken_when_the_room_it_wants_is_there);
	tcase_add_test(use, nobody_waits_nobody_is_woken);
	suite_add_tcase(s, use);

	tcase_set_timeout(hostile, 60);
	tcase_add_checked_fixture(hostile, setup, teardown);
	tcase_add_loop_test(hostile, consumer_refuses_head, 0,
			    sizeof(bad_heads) / sizeof(*bad_heads));
	tcase_add_test(hostile, consumer_refuses_a_head_off_the_grid);
	tcase_add_loop_test(hostile, consumer_refuses_length, 0,
			    sizeof(bad_lens) / sizeof(*bad_lens));
	tcase_add_test(hostile, consumer_refuses_a_record_across_the_end);
	tcase_add_test(hostile, consumer_refuses_padding_elsewhere);
	tcase_add_test(hostile, producer_refuses_tail);
	tcase_add_test(hostile, own_indices_in_shared_memory_do_not_matter);
	tcase_add_test(hostile, garbage_is_survived);
	suite_add_tcase(s, hostile);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
