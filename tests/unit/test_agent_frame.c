// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest agent's frames: what is sent arrives whole, and no garbage stops the reader. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The guest's code is not part of the harness. */
#include "agent/frame.c"

static struct frame_reader reader;
static struct frame_queue queue;

static void setup(void)
{
	memset(&reader, 0, sizeof(reader));
}

static void teardown(void)
{
	free(queue.data);
	memset(&queue, 0, sizeof(queue));
}

static void feed(const void *data, size_t len)
{
	const char *p = data;
	size_t space;

	while (len) {
		void *to = frame_reader_space(&reader, &space);
		size_t n = len < space ? len : space;

		ck_assert_uint_gt(space, 0);
		memcpy(to, p, n);
		frame_reader_added(&reader, n);
		p += n;
		len -= n;
	}
}

static void feed_queue(void)
{
	feed(queue.data + queue.start, frame_queue_pending(&queue));
	queue.start = queue.end;
}

static void expect(uint16_t type, uint32_t id, const char *payload, size_t len)
{
	struct ddag_header header;
	const char *got;

	ck_assert(frame_reader_next(&reader, &header, &got));
	ck_assert_uint_eq(header.type, type);
	ck_assert_uint_eq(header.id, id);
	ck_assert_uint_eq(header.length, len);
	ck_assert_int_eq(memcmp(got, payload, len), 0);
}

static void expect_none(void)
{
	struct ddag_header header;
	const char *got;

	ck_assert(!frame_reader_next(&reader, &header, &got));
}

START_TEST(frames_arrive_in_order_with_both_parts)
{
	ck_assert_int_eq(frame_queue_add(&queue, DDAG_OUT, 7, "ab", 2, "cde", 3), 0);
	ck_assert_int_eq(frame_queue_add(&queue, DDAG_PING, 8, NULL, 0, NULL, 0), 0);
	feed_queue();
	expect(DDAG_OUT, 7, "abcde", 5);
	expect(DDAG_PING, 8, "", 0);
	expect_none();
	ck_assert_uint_eq(reader.skipped, 0);
}
END_TEST

START_TEST(a_frame_may_come_byte_by_byte)
{
	size_t i, n;

	frame_queue_add(&queue, DDAG_EXEC, 3, "true", 5, NULL, 0);
	n = frame_queue_pending(&queue);
	for (i = 0; i < n; i++) {
		expect_none();
		feed(queue.data + i, 1);
	}
	expect(DDAG_EXEC, 3, "true", 5);
}
END_TEST

START_TEST(the_longest_frames_pass_and_longer_ones_are_refused)
{
	static char big[DDAG_PAYLOAD_MAX + 1];
	int i;

	memset(big, 'D', sizeof(big));
	ck_assert_int_eq(frame_queue_add(&queue, DDAG_OUT, 1, big, sizeof(big), NULL, 0),
			 -EMSGSIZE);
	ck_assert_int_eq(frame_queue_add(&queue, DDAG_OUT, 1, big, DDAG_PAYLOAD_MAX, "x", 1),
			 -EMSGSIZE);
	ck_assert_uint_eq(frame_queue_pending(&queue), 0);
	for (i = 0; i < 5; i++) {
		frame_queue_add(&queue, DDAG_OUT, 2, big, DDAG_PAYLOAD_MAX, NULL, 0);
		feed_queue();
		expect(DDAG_OUT, 2, big, DDAG_PAYLOAD_MAX);
	}
}
END_TEST

START_TEST(garbage_before_a_frame_is_skipped)
{
	static const char almost[] = "noise DDA DDADDAD";

	feed(almost, sizeof(almost) - 1);
	frame_queue_add(&queue, DDAG_PING, 5, NULL, 0, NULL, 0);
	feed_queue();
	expect(DDAG_PING, 5, "", 0);
	ck_assert_uint_eq(reader.skipped, sizeof(almost) - 1);
}
END_TEST

START_TEST(a_magic_split_between_reads_is_found)
{
	frame_queue_add(&queue, DDAG_PING, 5, NULL, 0, NULL, 0);
	feed("zzDD", 2);
	feed(queue.data, 2);
	expect_none();
	feed(queue.data + 2, frame_queue_pending(&queue) - 2);
	expect(DDAG_PING, 5, "", 0);
}
END_TEST

START_TEST(a_length_no_frame_has_is_garbage)
{
	struct ddag_header header = { .magic = DDAG_MAGIC, .length = DDAG_PAYLOAD_MAX + 1 };

	feed(&header, sizeof(header));
	header.length = UINT32_MAX;
	feed(&header, sizeof(header));
	frame_queue_add(&queue, DDAG_PING, 6, NULL, 0, NULL, 0);
	feed_queue();
	expect(DDAG_PING, 6, "", 0);
	ck_assert_uint_eq(reader.skipped, 2 * sizeof(header));
}
END_TEST

START_TEST(half_a_frame_does_not_swallow_the_next)
{
	struct ddag_header half = { .magic = DDAG_MAGIC, .length = 1000, .id = 1 };

	feed(&half, sizeof(half));
	expect_none();
	ck_assert(!frame_reader_stalled(&reader));
	ck_assert(frame_reader_stalled(&reader));
	expect_none();
	ck_assert(!frame_reader_stalled(&reader));
	frame_queue_add(&queue, DDAG_PING, 2, NULL, 0, NULL, 0);
	feed_queue();
	expect(DDAG_PING, 2, "", 0);
}
END_TEST

START_TEST(random_bytes_never_stop_the_reader)
{
	struct ddag_header header;
	const char *payload;
	unsigned int seed, i;
	char noise[512];

	for (seed = 0; seed < 2000; seed++) {
		srand(seed);
		for (i = 0; i < sizeof(noise); i++)
			noise[i] = rand() % 4 ? "DDAG"[rand() % 4] : (char)rand();
		feed(noise, (size_t)rand() % sizeof(noise));
		while (frame_reader_next(&reader, &header, &payload))
			ck_assert_uint_le(header.length, DDAG_PAYLOAD_MAX);
	}
	while (reader.end > reader.start)
		frame_reader_stalled(&reader);
	frame_queue_add(&queue, DDAG_PING, 9, NULL, 0, NULL, 0);
	feed_queue();
	expect(DDAG_PING, 9, "", 0);
}
END_TEST

START_TEST(a_full_pipe_keeps_the_rest_queued)
{
	static char big[DDAG_PAYLOAD_MAX];
	char buf[4096];
	int fds[2], i;
	ssize_t n;

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	for (i = 0; i < 4; i++)
		frame_queue_add(&queue, DDAG_OUT, (uint32_t)i, big, sizeof(big), NULL, 0);
	ck_assert_int_eq(frame_queue_flush(&queue, fds[1]), 0);
	ck_assert_uint_gt(frame_queue_pending(&queue), 0);
	i = 0;
	while ((n = read(fds[0], buf, sizeof(buf))) > 0) {
		struct ddag_header header;
		const char *payload;

		feed(buf, (size_t)n);
		while (frame_reader_next(&reader, &header, &payload))
			ck_assert_uint_eq(header.id, (uint32_t)i++);
		frame_queue_flush(&queue, fds[1]);
	}
	ck_assert_int_eq(i, 4);
	ck_assert_uint_eq(frame_queue_pending(&queue), 0);
	close(fds[0]);
	ck_assert_int_eq(frame_queue_add(&queue, DDAG_PING, 1, NULL, 0, NULL, 0), 0);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(frame_queue_flush(&queue, fds[1]), -EPIPE);
	close(fds[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent_frame");
	TCase *tc = tcase_create("frames");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, frames_arrive_in_order_with_both_parts);
	tcase_add_test(tc, a_frame_may_come_byte_by_byte);
	tcase_add_test(tc, the_longest_frames_pass_and_longer_ones_are_refused);
	tcase_add_test(tc, garbage_before_a_frame_is_skipped);
	tcase_add_test(tc, a_magic_split_between_reads_is_found);
	tcase_add_test(tc, a_length_no_frame_has_is_garbage);
	tcase_add_test(tc, half_a_frame_does_not_swallow_the_next);
	tcase_add_test(tc, random_bytes_never_stop_the_reader);
	tcase_add_test(tc, a_full_pipe_keeps_the_rest_queued);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
