// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's side of the agent's protocol against guests that are well, broken, and hostile. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/util.h"
#include "vm/agent.h"

#define WAIT_US (5 * USEC_PER_SEC)

static struct loop *loop;
static struct agent *agent;
static int guest; /* the guest's end */

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	guest = fds[1];
	ck_assert_int_eq(agent_open(&agent, loop, fds[0], "vm"), 0);
}

static void teardown(void)
{
	agent_free(agent);
	fd_close(&guest);
	loop_free(loop);
}

static void run_loop(void)
{
	while (sd_event_run(loop->event, 0) > 0)
		;
}

static void raw(const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = send(guest, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			run_loop();
			continue;
		}
		if (n < 0) /* the host hung up, as some tests want */
			return;
		p += n;
		len -= (size_t)n;
	}
}

static void frame(uint16_t type, uint32_t id, const void *payload, size_t len)
{
	struct ddag_header h = {
		.magic = DDAG_MAGIC,
		.length = (uint32_t)len,
		.type = type,
		.id = id,
	};

	raw(&h, sizeof(h));
	raw(payload, len);
}

static void hello(uint32_t version)
{
	char payload[sizeof(struct ddag_hello) + 3];
	struct ddag_hello h = { .version = version };

	memcpy(payload, &h, sizeof(h));
	memcpy(payload + sizeof(h), "6.1", 3);
	frame(DDAG_HELLO, 0, payload, sizeof(payload));
	run_loop();
}

static void send_exit(int id, int32_t status)
{
	struct ddag_exit ex = { .status = status, .user_us = 11, .system_us = 22 };

	frame(DDAG_EXIT, (uint32_t)id, &ex, sizeof(ex));
}

static void send_error(int id, int32_t err, const char *text)
{
	char payload[256];
	struct ddag_error e = { .err = err };

	memcpy(payload, &e, sizeof(e));
	memcpy(payload + sizeof(e), text, strlen(text));
	frame(DDAG_ERROR, (uint32_t)id, payload, sizeof(e) + strlen(text));
}

/* A request as it reaches the guest. */
static void expect_request(uint16_t type, int id, const void *payload, size_t len)
{
	struct ddag_header h;
	char buf[256];

	run_loop();
	ck_assert_int_eq(read(guest, &h, sizeof(h)), sizeof(h));
	ck_assert_uint_eq(h.magic, DDAG_MAGIC);
	ck_assert_uint_eq(h.type, type);
	ck_assert_uint_eq(h.flags, 0);
	ck_assert_uint_eq(h.id, (uint32_t)id);
	ck_assert_uint_eq(h.length, len);
	ck_assert_uint_le(len, sizeof(buf));
	ck_assert_int_eq(len ? read(guest, buf, len) : 0, (ssize_t)len);
	ck_assert_int_eq(memcmp(buf, payload, len), 0);
}

START_TEST(hello_and_heartbeat_are_signs_of_life)
{
	struct ddag_heartbeat hb = { .uptime_us = 5, .cpu_busy_us = 3, .mem_total_kib = 100 };

	ck_assert(!agent_ready(agent));
	ck_assert_uint_eq(agent_last_heard_us(agent), 0);
	ck_assert_ptr_null(agent_heartbeat(agent));
	hello(DDAG_VERSION);
	ck_assert(agent_ready(agent));
	ck_assert_uint_ne(agent_hello_us(agent), 0);
	ck_assert_uint_ge(agent_last_heard_us(agent), agent_hello_us(agent));
	frame(DDAG_HEARTBEAT, 0, &hb, sizeof(hb) - 1);
	run_loop();
	ck_assert_ptr_null(agent_heartbeat(agent));
	frame(DDAG_HEARTBEAT, 0, &hb, sizeof(hb));
	run_loop();
	ck_assert_ptr_nonnull(agent_heartbeat(agent));
	ck_assert_uint_eq(agent_heartbeat(agent)->cpu_busy_us, 3);
}
END_TEST

START_TEST(another_version_is_refused)
{
	hello(DDAG_VERSION + 1);
	ck_assert(!agent_ready(agent));
	ck_assert_int_eq(agent_error(agent), -EPROTO);
	ck_assert_int_eq(agent_send(agent, DDAG_PING, NULL, 0), -EPIPE);
}
END_TEST

START_TEST(a_command_prints_and_exits)
{
	const struct agent_reply *reply;
	int id;

	hello(DDAG_VERSION);
	id = agent_send(agent, DDAG_EXEC, "ls\0-l\0", 6);
	ck_assert_int_gt(id, 0);
	expect_request(DDAG_EXEC, id, "ls\0-l\0", 6);
	frame(DDAG_OUT, (uint32_t)id, "one\n", 4);
	frame(DDAG_OUT, (uint32_t)id, "", 0);
	frame(DDAG_OUT, (uint32_t)id, "t\0o\n", 4);
	run_loop();
	reply = agent_reply(agent, id);
	ck_assert(!reply->done);
	send_exit(id, 3);
	ck_assert_int_eq(agent_wait(agent, id, WAIT_US), 0);
	ck_assert(reply->done);
	ck_assert_int_eq(reply->err, 0);
	ck_assert_int_eq(reply->exit.status, 3);
	ck_assert_uint_eq(reply->exit.user_us, 11);
	ck_assert_uint_eq(reply->exit.system_us, 22);
	ck_assert_uint_eq(reply->output_len, 8);
	ck_assert_int_eq(memcmp(reply->output, "one\nt\0o\n", 9), 0);
	agent_forget(agent, id);
	ck_assert_ptr_null(agent_reply(agent, id));
	ck_assert_int_eq(agent_wait(agent, id, WAIT_US), -ENOENT);
}
END_TEST

START_TEST(requests_are_told_apart)
{
	int a, b;

	hello(DDAG_VERSION);
	a = agent_send(agent, DDAG_EXEC, "a", 2);
	b = agent_send(agent, DDAG_EXEC, "b", 2);
	ck_assert_int_ne(a, b);
	frame(DDAG_OUT, (uint32_t)b, "B", 1);
	frame(DDAG_OUT, (uint32_t)a, "A", 1);
	send_exit(b, 0);
	ck_assert_int_eq(agent_wait(agent, b, WAIT_US), 0);
	ck_assert_str_eq(agent_reply(agent, b)->output, "B");
	ck_assert_str_eq(agent_reply(agent, a)->output, "A");
	ck_assert_int_eq(agent_wait(agent, a, 20 * USEC_PER_MSEC), -ETIMEDOUT);
	ck_assert_ptr_nonnull(agent_reply(agent, a));
	agent_forget(agent, a);
	frame(DDAG_OUT, (uint32_t)a, "late", 4);
	send_exit(a, 0);
	frame(DDAG_OUT, (uint32_t)b, "after the end", 13);
	run_loop();
	ck_assert_int_eq(agent_error(agent), 0);
	ck_assert_str_eq(agent_reply(agent, b)->output, "B");
}
END_TEST

static const struct {
	int32_t sent;
	int taken;
} errors[] = {
	{ -ENOENT, -ENOENT }, { -EACCES, -EACCES }, { 0, -EPROTO },	  { 2, -EPROTO },
	{ -5000, -EPROTO },   { -EPIPE, -EIO },	    { -ETIMEDOUT, -EIO }, { -EINTR, -EIO },
};

START_TEST(a_guest_cannot_claim_what_only_the_host_knows)
{
	const struct agent_reply *reply;
	int id;

	hello(DDAG_VERSION);
	id = agent_send(agent, DDAG_EXEC, "x", 2);
	frame(DDAG_OUT, (uint32_t)id, "partial", 7);
	send_error(id, errors[_i].sent, "the reason");
	ck_assert_int_eq(agent_wait(agent, id, WAIT_US), 0);
	reply = agent_reply(agent, id);
	ck_assert_int_eq(reply->err, errors[_i].taken);
	ck_assert_str_eq(reply->output, "the reason");
}
END_TEST

START_TEST(malformed_answers_end_their_request_only)
{
	int id[4], i;

	hello(DDAG_VERSION);
	for (i = 0; i < 4; i++)
		id[i] = agent_send(agent, DDAG_PING, NULL, 0);
	frame(DDAG_EXIT, (uint32_t)id[0], "short", 5);
	frame(DDAG_ERROR, (uint32_t)id[1], "no", 2);
	send_exit(id[2], -5);
	send_exit(id[3], 256);
	run_loop();
	for (i = 0; i < 4; i++) {
		ck_assert(agent_reply(agent, id[i])->done);
		ck_assert_int_eq(agent_reply(agent, id[i])->err, -EPROTO);
	}
	ck_assert_int_eq(agent_error(agent), 0);
}
END_TEST

START_TEST(frames_may_come_in_pieces)
{
	struct ddag_exit ex = { .status = 9 };
	struct ddag_header h = { .magic = DDAG_MAGIC, .length = sizeof(ex), .type = DDAG_EXIT };
	char bytes[sizeof(h) + sizeof(ex)];
	size_t i;
	int id;

	hello(DDAG_VERSION);
	id = agent_send(agent, DDAG_PING, NULL, 0);
	h.id = (uint32_t)id;
	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + sizeof(h), &ex, sizeof(ex));
	for (i = 0; i < sizeof(bytes); i++) {
		ck_assert(!agent_reply(agent, id)->done);
		raw(bytes + i, 1);
		run_loop();
	}
	ck_assert(agent_reply(agent, id)->done);
	ck_assert_int_eq(agent_reply(agent, id)->exit.status, 9);
}
END_TEST

START_TEST(garbage_between_frames_is_skipped)
{
	static const char noise[] = "login: \0\xff\xfe"
				    "DDADDDAD\x1b[2J";
	int id;

	raw(noise, sizeof(noise));
	raw("D", 1);
	hello(DDAG_VERSION);
	ck_assert(agent_ready(agent));
	id = agent_send(agent, DDAG_PING, NULL, 0);
	raw(noise, sizeof(noise));
	send_exit(id, 0);
	raw(noise, sizeof(noise));
	ck_assert_int_eq(agent_wait(agent, id, WAIT_US), 0);
	ck_assert_int_eq(agent_error(agent), 0);
}
END_TEST

START_TEST(the_greatest_frame_passes_and_a_greater_one_ends_it)
{
	char *payload = xcalloc(1, DDAG_PAYLOAD_MAX);
	struct ddag_header h = {
		.magic = DDAG_MAGIC,
		.length = DDAG_PAYLOAD_MAX + 1,
		.type = DDAG_OUT,
	};
	int id;

	hello(DDAG_VERSION);
	id = agent_send(agent, DDAG_READ, "/x", 3);
	memset(payload, 'p', DDAG_PAYLOAD_MAX);
	frame(DDAG_OUT, (uint32_t)id, payload, DDAG_PAYLOAD_MAX);
	frame(DDAG_OUT, (uint32_t)id, payload, DDAG_PAYLOAD_MAX);
	run_loop();
	ck_assert_uint_eq(agent_reply(agent, id)->output_len, 2 * DDAG_PAYLOAD_MAX);
	raw(&h, sizeof(h));
	run_loop();
	ck_assert_int_eq(agent_error(agent), -EPROTO);
	ck_assert(agent_reply(agent, id)->done);
	ck_assert_int_eq(agent_reply(agent, id)->err, -EPROTO);
	ck_assert_int_eq(agent_wait(agent, id, WAIT_US), 0);
	free(payload);
}
END_TEST

START_TEST(output_is_capped)
{
	char *payload = xcalloc(1, DDAG_PAYLOAD_MAX);
	unsigned int i;
	int id;

	hello(DDAG_VERSION);
	id = agent_send(agent, DDAG_EXEC, "yes", 4);
	for (i = 0; i < AGENT_OUTPUT_MAX / DDAG_PAYLOAD_MAX + 20; i++)
		frame(DDAG_OUT, (uint32_t)id, payload, DDAG_PAYLOAD_MAX - 1);
	send_exit(id, 0);
	ck_assert_int_eq(agent_wait(agent, id, WAIT_US), 0);
	ck_assert_uint_eq(agent_reply(agent, id)->output_len, AGENT_OUTPUT_MAX);
	free(payload);
}
END_TEST

START_TEST(requests_are_bounded)
{
	char *big = xcalloc(1, DDAG_PAYLOAD_MAX + 1);
	int i, err = 0;

	hello(DDAG_VERSION);
	ck_assert_int_eq(agent_send(agent, DDAG_WRITE, big, DDAG_PAYLOAD_MAX + 1), -EMSGSIZE);
	/* A guest that does not read: the queue fills, and no more is taken. */
	for (i = 0; i < AGENT_REQUESTS_MAX && err >= 0; i++) {
		err = agent_send(agent, DDAG_WRITE, big, DDAG_PAYLOAD_MAX);
		run_loop();
	}
	ck_assert_int_eq(err, -ENOBUFS);
	for (i = 0, err = 0; i <= AGENT_REQUESTS_MAX && err >= 0; i++)
		err = agent_send(agent, DDAG_PING, NULL, 0);
	ck_assert_int_eq(err, -EBUSY);
	free(big);
}
END_TEST

START_TEST(what_a_slow_guest_could_not_take_arrives_later)
{
	char *big = xcalloc(1, DDAG_PAYLOAD_MAX), *got = xcalloc(1, 2 << 20);
	size_t want = 10 * (sizeof(struct ddag_header) + DDAG_PAYLOAD_MAX), have = 0;
	ssize_t n;
	int i;

	memset(big, 'w', DDAG_PAYLOAD_MAX);
	for (i = 0; i < 10; i++)
		ck_assert_int_gt(agent_send(agent, DDAG_WRITE, big, DDAG_PAYLOAD_MAX), 0);
	while (have < want) {
		run_loop();
		n = recv(guest, got + have, 5000, MSG_DONTWAIT);
		ck_assert_int_gt(n, 0);
		have += (size_t)n;
	}
	run_loop();
	ck_assert_int_eq(recv(guest, got, 1, MSG_DONTWAIT), -1);
	for (i = 0; i < 10; i++) {
		struct ddag_header h;

		memcpy(&h, got + (size_t)i * (sizeof(h) + DDAG_PAYLOAD_MAX), sizeof(h));
		ck_assert_uint_eq(h.magic, DDAG_MAGIC);
		ck_assert_uint_eq(h.length, DDAG_PAYLOAD_MAX);
	}
	free(big);
	free(got);
}
END_TEST

static int hang_up(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	(void)data;
	fd_close(&guest);
	return 0;
}

START_TEST(death_ends_a_wait_at_once)
{
	uint64_t start;
	int id;

	hello(DDAG_VERSION);
	id = agent_send(agent, DDAG_PING, NULL, 0);
	ck_assert_int_ge(sd_event_add_time_relative(loop->event, NULL, CLOCK_MONOTONIC,
						    20 * USEC_PER_MSEC, 1000, hang_up, NULL),
			 0);
	start = now_us();
	ck_assert_int_eq(agent_wait(agent, id, 60 * USEC_PER_SEC), 0);
	ck_assert_uint_lt(now_us() - start, 10 * USEC_PER_SEC);
	ck_assert_int_eq(agent_reply(agent, id)->err, -EPIPE);
	ck_assert_int_eq(agent_error(agent), -EPIPE);
	ck_assert(!agent_ready(agent));
	ck_assert_int_eq(agent_send(agent, DDAG_PING, NULL, 0), -EPIPE);
}
END_TEST

/* Sanitizers watch; what must hold is that memory stays bounded and the loop goes on. */
START_TEST(random_bytes_do_no_harm)
{
	const uint32_t magic = DDAG_MAGIC;
	uint8_t noise[4096];
	size_t i, j;
	int id;

	srand((unsigned int)_i);
	hello(DDAG_VERSION);
	id = agent_send(agent, DDAG_EXEC, "x", 2);
	for (i = 0; i < 64 && !agent_error(agent); i++) {
		for (j = 0; j < sizeof(noise); j++)
			noise[j] = (uint8_t)rand();
		/* Frames that nearly make sense reach further than noise. */
		for (j = 0; j + 16 < sizeof(noise); j += 64 + (size_t)rand() % 512) {
			memcpy(noise + j, &magic, sizeof(magic));
			memset(noise + j + 5, 0, 3);
			noise[j + 8] = (uint8_t)(32 + rand() % 40);
			memset(noise + j + 9, 0, 7);
			noise[j + 12] = (uint8_t)(rand() % 2 ? id : 0);
		}
		raw(noise, sizeof(noise));
		run_loop();
	}
	if (agent_reply(agent, id)->done)
		ck_assert_int_le(agent_reply(agent, id)->err, 0);
	ck_assert_uint_le(agent_reply(agent, id)->output_len, AGENT_OUTPUT_MAX);
	ck_assert(agent_error(agent) == 0 || agent_error(agent) == -EPROTO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent");
	TCase *tc = tcase_create("agent");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, hello_and_heartbeat_are_signs_of_life);
	tcase_add_test(tc, another_version_is_refused);
	tcase_add_test(tc, a_command_prints_and_exits);
	tcase_add_test(tc, requests_are_told_apart);
	tcase_add_loop_test(tc, a_guest_cannot_claim_what_only_the_host_knows, 0,
			    ARRAY_SIZE(errors));
	tcase_add_test(tc, malformed_answers_end_their_request_only);
	tcase_add_test(tc, frames_may_come_in_pieces);
	tcase_add_test(tc, garbage_between_frames_is_skipped);
	tcase_add_test(tc, the_greatest_frame_passes_and_a_greater_one_ends_it);
	tcase_add_test(tc, output_is_capped);
	tcase_add_test(tc, requests_are_bounded);
	tcase_add_test(tc, what_a_slow_guest_could_not_take_arrives_later);
	tcase_add_test(tc, death_ends_a_wait_at_once);
	tcase_add_loop_test(tc, random_bytes_do_no_harm, 0, 20);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
