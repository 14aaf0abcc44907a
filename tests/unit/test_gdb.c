// SPDX-License-Identifier: GPL-2.0-or-later
/* The client of the debug stub against a stub of our own: as QEMU's behaves, and as it never
 * should. */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/util.h"
#include "faultinject/gdb/gdb.h"
#include "faultinject/gdb/packet.h"

#define MEMORY_AT 0xffffffffc0000000ULL
#define WAIT_US (5 * USEC_PER_SEC)

static struct loop *loop;
static struct gdb *gdb;

/* The stub: it stands for QEMU and its guest. */
static int stub;
static sd_event_source *stub_source;
static struct gdb_parser stub_parser;
static uint8_t memory[4096];
static uint64_t breakpoint; /* 0: none */
static bool runs;
static unsigned int n_stray; /* bytes that stopped the guest and were lost by that */
static const char *instead; /* of any answer; NULL: the right one */
static bool mute;

/* What the handler was told. */
static struct gdb_stop stops[8];
static unsigned int n_stops;
static bool goes_on; /* after each, without the breakpoint */

static void send_text(const char *text)
{
	ck_assert_int_eq(send(stub, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void say(const char *payload)
{
	char *packet = gdb_frame(payload);

	send_text(packet);
	free(packet);
}

static void stop_guest(unsigned int sig)
{
	char *text = xasprintf("T%02xthread:01;", sig);

	runs = false;
	say(text);
	free(text);
}

static void say_registers(void)
{
	char text[17 * 16 + 1];

	memset(text, '0', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	/* RIP, little endian, in place 16: that of the breakpoint, or else 0x1234. */
	if (breakpoint)
		memcpy(text + 256, "341200c0ffffffff", 16);
	else
		memcpy(text + 256, "3412000000000000", 16);
	say(text);
}

static void access_memory(const char *payload)
{
	uint64_t address = strtoull(payload + 1, NULL, 16), at = address - MEMORY_AT;
	size_t len = strtoull(strchr(payload, ',') + 1, NULL, 16);
	char *hex;

	if (len > 2048 || address < MEMORY_AT || at + len > sizeof(memory)) {
		say("E14");
	} else if (payload[0] == 'm') {
		hex = gdb_hex(memory + at, len);
		say(hex);
		free(hex);
	} else {
		ck_assert(gdb_unhex(strchr(payload, ':') + 1, memory + at, len));
		say("OK");
	}
}

static void answer(const char *payload)
{
	if (mute)
		return;
	if (instead)
		say(instead);
	else if (streq(payload, "qC"))
		say("QC01");
	else if (streq(payload, "g"))
		say_registers();
	else if (payload[0] == 'm' || payload[0] == 'M')
		access_memory(payload);
	else if (streq(payload, "c"))
		runs = true;
	else if (streq(payload, "D"))
		runs = true, say("OK");
	else if (payload[0] == 'Z')
		breakpoint = strtoull(payload + 3, NULL, 16), say("OK");
	else if (payload[0] == 'z')
		breakpoint = 0, say("OK");
	else
		ck_abort_msg("unknown: %s", payload);
}

static int on_bytes(sd_event_source *s, int fd, uint32_t revents, void *data)
{
	uint8_t bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes)), i;

	(void)revents;
	(void)data;
	if (n <= 0)
		sd_event_source_set_enabled(s, SD_EVENT_OFF);
	for (i = 0; i < n; i++) {
		if (runs) {
			n_stray += bytes[i] != 3;
			stop_guest(2);
		} else if (bytes[i] == '$' || stub_parser.state != GDB_BETWEEN) {
			if (gdb_parse(&stub_parser, bytes[i]) == GDB_PACKET) {
				send_text("+");
				answer(stub_parser.payload);
			}
		}
	}
	return 0;
}

static void on_stop(void *arg, const struct gdb_stop *stop)
{
	ck_assert_ptr_eq(arg, &n_stops);
	ck_assert_uint_lt(n_stops, ARRAY_SIZE(stops));
	stops[n_stops++] = *stop;
	if (!goes_on)
		return;
	gdb_post_unbreak(gdb, stop->pc);
	gdb_post_continue(gdb);
}

static int open_gdb(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	stub = fds[1];
	ck_assert_int_ge(sd_event_add_io(loop->event, &stub_source, stub, EPOLLIN, on_bytes, NULL),
			 0);
	return gdb_open(&gdb, loop, fds[0], on_stop, &n_stops);
}

static void setup(void)
{
	size_t i;

	ck_assert_int_eq(loop_new(&loop), 0);
	for (i = 0; i < sizeof(memory); i++)
		memory[i] = (uint8_t)(i * 7);
}

static void setup_opened(void)
{
	setup();
	ck_assert_int_eq(open_gdb(), 0);
}

static void teardown(void)
{
	gdb_free(gdb);
	stub_source = sd_event_source_disable_unref(stub_source);
	fd_close(&stub);
	loop_free(loop);
}

static bool has_stopped(void *arg)
{
	return n_stops >= *(unsigned int *)arg;
}

static void await_stops(unsigned int n)
{
	ck_assert_int_eq(loop_wait(loop, has_stopped, &n, WAIT_US), 0);
}

static enum gdb_item parse(struct gdb_parser *p, const char *text)
{
	enum gdb_item item = GDB_NOTHING;

	for (; *text && item == GDB_NOTHING; text++)
		item = gdb_parse(p, (uint8_t)*text);
	return item;
}

START_TEST(packets_are_framed_and_found)
{
	struct gdb_parser p = { 0 };
	char *packet = gdb_frame("m10,4");

	ck_assert_str_eq(packet, "$m10,4#2e");
	free(packet);
	ck_assert_int_eq(parse(&p, "++$OK#9a"), GDB_PACKET);
	ck_assert_str_eq(p.payload, "OK");
	ck_assert_int_eq(parse(&p, "$#00"), GDB_PACKET);
	ck_assert_str_eq(p.payload, "");
}
END_TEST

START_TEST(wrong_packets_are_nonsense)
{
	static const char *const wrong[] = { "$OK#9b", "$OK#zz", "-", "$OK#9z" };
	struct gdb_parser p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		p = (struct gdb_parser){ 0 };
		ck_assert_int_eq(parse(&p, wrong[i]), GDB_NONSENSE);
	}
	p = (struct gdb_parser){ 0 };
	gdb_parse(&p, '$');
	for (i = 0; i < GDB_PACKET_MAX; i++)
		ck_assert_int_eq(gdb_parse(&p, 'a'), GDB_NOTHING);
	ck_assert_int_eq(gdb_parse(&p, 'a'), GDB_NONSENSE);
}
END_TEST

START_TEST(a_stop_told_at_first_is_no_answer)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	stub = fds[1];
	stop_guest(2);
	ck_assert_int_ge(sd_event_add_io(loop->event, &stub_source, stub, EPOLLIN, on_bytes, NULL),
			 0);
	ck_assert_int_eq(gdb_open(&gdb, loop, fds[0], on_stop, &n_stops), 0);
	ck_assert_uint_eq(n_stops, 0);
}
END_TEST

START_TEST(memory_is_read_and_written)
{
	uint8_t data[3000], byte = 0;

	ck_assert_int_eq(gdb_read(gdb, MEMORY_AT + 5, data, sizeof(data)), 0);
	ck_assert_mem_eq(data, memory + 5, sizeof(data));
	memset(data, 0xa5, sizeof(data));
	ck_assert_int_eq(gdb_write(gdb, MEMORY_AT + 1, data, sizeof(data)), 0);
	ck_assert_mem_eq(memory + 1, data, sizeof(data));
	ck_assert_uint_eq(memory[0], 0);
	ck_assert_int_eq(gdb_read(gdb, 0x1000, &byte, 1), -EFAULT);
	ck_assert_int_eq(gdb_error(gdb), 0);
	ck_assert_int_eq(gdb_read(gdb, MEMORY_AT, &byte, 1), 0);
}
END_TEST

START_TEST(a_breakpoint_is_told_and_passed)
{
	goes_on = true;
	ck_assert_int_eq(gdb_break(gdb, MEMORY_AT + 0x1234), 0);
	ck_assert_uint_eq(breakpoint, MEMORY_AT + 0x1234);
	ck_assert_int_eq(gdb_continue(gdb), 0);
	ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert(runs);
	ck_assert_int_eq(gdb_read(gdb, MEMORY_AT, memory, 1), -EBUSY);
	stop_guest(5);
	await_stops(1);
	ck_assert_uint_eq(stops[0].signal, GDB_TRAP);
	ck_assert_uint_eq(stops[0].pc, 0xffffffffc0001234ULL);
	ck_assert_int_eq(loop_sleep(loop, 50 * USEC_PER_MSEC), 0);
	ck_assert(runs);
	ck_assert_uint_eq(breakpoint, 0);
	/* Nothing was said to a guest that runs, which would have stopped it. */
	ck_assert_uint_eq(n_stray, 0);
}
END_TEST

START_TEST(halted_it_stays_so)
{
	goes_on = true;
	ck_assert_int_eq(gdb_continue(gdb), 0);
	ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(gdb_halt(gdb), 0);
	ck_assert_uint_eq(n_stops, 1);
	ck_assert_uint_eq(stops[0].signal, 2);
	ck_assert(!runs);
	ck_assert_int_eq(gdb_halt(gdb), 0);
	ck_assert_uint_eq(n_stops, 1);
	ck_assert_int_eq(gdb_detach(gdb), 0);
	ck_assert(runs);
	ck_assert_uint_eq(n_stray, 0);
}
END_TEST

START_TEST(nonsense_ends_the_connection)
{
	static const char *const nonsense[] = { "T05", "xyz", "0g", "00", "OK" };
	uint8_t bytes[4];

	instead = nonsense[_i];
	ck_assert_int_eq(gdb_read(gdb, MEMORY_AT, bytes, sizeof(bytes)), -EPROTO);
	send_text("$OK#00");
	ck_assert_int_eq(gdb_write(gdb, MEMORY_AT, bytes, sizeof(bytes)), -EPROTO);
	ck_assert_int_eq(gdb_error(gdb), -EPROTO);
}
END_TEST

START_TEST(registers_that_are_none_end_it)
{
	ck_assert_int_eq(gdb_continue(gdb), 0);
	ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	instead = "0123";
	stop_guest(5);
	ck_assert_int_eq(loop_sleep(loop, 50 * USEC_PER_MSEC), 0);
	ck_assert_uint_eq(n_stops, 0);
	ck_assert_int_eq(gdb_error(gdb), -EPROTO);
	ck_assert_int_eq(gdb_halt(gdb), -EPROTO);
}
END_TEST

START_TEST(its_end_is_noticed)
{
	ck_assert_int_eq(gdb_continue(gdb), 0);
	stub_source = sd_event_source_disable_unref(stub_source);
	fd_close(&stub);
	ck_assert_int_eq(gdb_halt(gdb), -EPIPE);
	ck_assert_int_eq(gdb_detach(gdb), -EPIPE);
	ck_assert_int_eq(gdb_error(gdb), -EPIPE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gdb");
	TCase *opened = tcase_create("opened"), *bare = tcase_create("bare");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_test(bare, packets_are_framed_and_found);
	tcase_add_test(bare, wrong_packets_are_nonsense);
	tcase_add_test(bare, a_stop_told_at_first_is_no_answer);
	tcase_add_checked_fixture(opened, setup_opened, teardown);
	tcase_set_timeout(opened, 30);
	tcase_add_test(opened, memory_is_read_and_written);
	tcase_add_test(opened, a_breakpoint_is_told_and_passed);
	tcase_add_test(opened, halted_it_stays_so);
	tcase_add_loop_test(opened, nonsense_ends_the_connection, 0, 5);
	tcase_add_test(opened, registers_that_are_none_end_it);
	tcase_add_test(opened, its_end_is_noticed);
	suite_add_tcase(suite, bare);
	suite_add_tcase(suite, opened);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
