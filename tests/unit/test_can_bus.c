// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A CAN bus outside of all VMs, seen from the VMs' ends of its adapters' lines: who hears what, and
 * what is made of commands that no driver would send.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "classes/can_bus.h"
#include "core/util.h"

#define N 3

static struct loop *loop;
static struct can_bus *bus;
static int lines[N];

static void setup(void)
{
	unsigned int i;

	ck_assert_int_eq(loop_new(&loop), 0);
	bus = can_bus_new();
	for (i = 0; i < N; i++)
		ck_assert_int_eq(can_bus_plug(bus, loop, i, &lines[i]), 0);
}

static void teardown(void)
{
	unsigned int i;

	can_bus_free(bus);
	loop_free(loop);
	for (i = 0; i < N; i++)
		close(lines[i]);
}

/* Says @text on a line, and gives the bus time to do what it does. */
static void say(unsigned int line, const char *text)
{
	ck_assert_int_eq(send(lines[line], text, strlen(text), 0), (ssize_t)strlen(text));
	ck_assert_int_eq(loop_sleep(loop, 2 * USEC_PER_MSEC), 0);
}

/* All that has come on a line is @text. */
static void hears(unsigned int line, const char *text)
{
	char heard[8192] = "";
	ssize_t n = recv(lines[line], heard, sizeof(heard) - 1, MSG_DONTWAIT);

	heard[n > 0 ? n : 0] = '\0';
	ck_assert_str_eq(heard, text);
}

static void open_all(void)
{
	unsigned int i;

	for (i = 0; i < N; i++) {
		say(i, "S6\rO\r");
		hears(i, "\r\r");
	}
}

START_TEST(a_frame_is_heard_by_all_others)
{
	static const char *const frames[] = {
		"t1230\r", "t7FF80011223344556677\r", "T1FFFFFFF2aBcD\r", "r0003\r", "R123456780\r",
	};
	size_t i;

	open_all();
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		say(1, frames[i]);
		hears(1, frames[i][0] < 'a' ? "Z\r" : "z\r");
		hears(0, frames[i]);
		hears(2, frames[i]);
	}
}
END_TEST

START_TEST(a_command_may_come_in_pieces_and_several_at_once)
{
	open_all();
	say(0, "t12");
	hears(1, "");
	say(0, "31FF\rt4560\r\r");
	hears(1, "t1231FF\rt4560\r");
	hears(0, "z\rz\r");
}
END_TEST

START_TEST(who_is_closed_or_has_another_speed_hears_nothing)
{
	open_all();
	say(1, "C\r");
	say(2, "C\rS4\rO\r");
	hears(1, "\r");
	hears(2, "\r\r\r");
	say(0, "t1230\r");
	hears(1, "");
	hears(2, "");
	say(1, "t1230\r");
	hears(1, "\a");
	say(1, "S4\rO\rt4560\r");
	hears(1, "\r\rz\r");
	hears(2, "t4560\r");
}
END_TEST

START_TEST(who_only_listens_does_not_speak)
{
	open_all();
	say(2, "C\rL\r");
	hears(2, "\r\r");
	say(2, "t1230\r");
	hears(2, "\a");
	hears(0, "");
	say(0, "t1230\r");
	hears(2, "t1230\r");
}
END_TEST

START_TEST(nonsense_is_refused_and_heard_by_nobody)
{
	static const char *const nonsense[] = {
		"t\r",
		"t123\r",
		"t1239\r",
		"t1231F\r", /* half a byte */
		"t12301\r", /* more than it says */
		"t8000\r",
		"tXYZ0\r",
		"t1231ZZ\r",
		"T200000000\r",
		"T1234567\r",
		"r12311122\r",
		"S9\r",
		"S\r",
		"O1\r",
		"O\r",
		"x\r",
		"\001\r",
		"T1111222281122334455667788EA5F\r", /* with a time, which was not asked for */
		"T111122228112233445566778800000000000000\r",
	};
	size_t i;

	open_all();
	for (i = 0; i < ARRAY_SIZE(nonsense); i++) {
		char heard[16] = "";

		say(0, nonsense[i]);
		ck_assert_int_eq(recv(lines[0], heard, sizeof(heard), MSG_DONTWAIT), 1);
		ck_assert_msg(heard[0] == '\a', "%s", nonsense[i]);
		hears(1, "");
	}
	say(0, "t1230\r");
	hears(1, "t1230\r");
}
END_TEST

/* A VM that has stopped reading loses frames, whole ones, and keeps nobody else waiting. */
START_TEST(who_does_not_read_loses_whole_frames)
{
	static const char frame[] = "t12381122334455667788\r";
	char all[65536];
	size_t i, kept = 0;
	ssize_t n;

	open_all();
	for (i = 0; i < 20000; i++) {
		ck_assert_int_gt(send(lines[0], frame, strlen(frame), 0), 0);
		if (i % 40 == 39) {
			ck_assert_int_eq(loop_sleep(loop, 100), 0);
			while (recv(lines[0], all, sizeof(all), MSG_DONTWAIT) > 0)
				;
			while (recv(lines[2], all, sizeof(all), MSG_DONTWAIT) > 0)
				;
		}
	}
	while ((n = recv(lines[1], all, strlen(frame), MSG_DONTWAIT)) > 0) {
		ck_assert_int_eq(n, (ssize_t)strlen(frame));
		ck_assert_int_eq(memcmp(all, frame, strlen(frame)), 0);
		kept++;
	}
	ck_assert_uint_gt(kept, 0);
	ck_assert_uint_lt(kept, 20000);
}
END_TEST

START_TEST(an_adapter_is_replaced_when_its_vm_is)
{
	open_all();
	close(lines[1]);
	ck_assert_int_eq(loop_sleep(loop, 2 * USEC_PER_MSEC), 0);
	say(0, "t1230\r");
	hears(0, "z\r");
	hears(2, "t1230\r");
	ck_assert_int_eq(can_bus_plug(bus, loop, 1, &lines[1]), 0);
	say(0, "t1230\r");
	hears(1, "");
	say(1, "S6\rO\r");
	say(0, "t4560\r");
	hears(1, "\r\rt4560\r");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("can-bus");
	TCase *tc = tcase_create("can-bus");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_frame_is_heard_by_all_others);
	tcase_add_test(tc, a_command_may_come_in_pieces_and_several_at_once);
	tcase_add_test(tc, who_is_closed_or_has_another_speed_hears_nothing);
	tcase_add_test(tc, who_only_listens_does_not_speak);
	tcase_add_test(tc, nonsense_is_refused_and_heard_by_nobody);
	tcase_add_test(tc, who_does_not_read_loses_whole_frames);
	tcase_add_test(tc, an_adapter_is_replaced_when_its_vm_is);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
