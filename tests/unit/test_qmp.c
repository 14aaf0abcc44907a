// SPDX-License-Identifier: GPL-2.0-or-later
/* The QMP client against a monitor of our own: as QEMU speaks, and as it never should. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/loop.h"
#include "core/util.h"
#include "vm/qmp.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
#define WAIT_US (5 * USEC_PER_SEC)

static struct loop *loop;
static struct qmp *qmp;
static int monitor; /* QEMU's end */
static sd_event_source *monitor_source;
static char commands[65536]; /* all that the monitor was sent */
static unsigned int n_events;
static char last_event[64];
static char last_data[64];

static void say(const char *text)
{
	size_t len = strlen(text);

	ck_assert_int_eq(send(monitor, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Answers a command as QEMU does, with the command's own arguments. */
static void answer(const char *line)
{
	json_t *cmd = json_loads(line, 0, NULL);
	const char *name = json_string_value(json_object_get(cmd, "execute"));
	json_t *reply;
	char *text;

	ck_assert_msg(name != NULL, "not a command: %s", line);
	if (streq(name, "mute")) {
		json_decref(cmd);
		return;
	}
	if (streq(name, "refuse"))
		reply = json_pack("{s:{s:s, s:s}, s:O}", "error", "class", "GenericError", "desc",
				  "it \x1b[31mwill not", "id", json_object_get(cmd, "id"));
	else
		reply = json_pack("{s:O*, s:O}", "return", json_object_get(cmd, "arguments"), "id",
				  json_object_get(cmd, "id"));
	if (!json_object_get(reply, "error") && !json_object_get(reply, "return"))
		json_object_set_new(reply, "return", json_object());
	text = json_dumps(reply, 0);
	say(text);
	say("\r\n");
	free(text);
	json_decref(reply);
	json_decref(cmd);
}

static int on_command(sd_event_source *s, int fd, uint32_t revents, void *data)
{
	static char line[65536];
	static size_t len;
	size_t used = strlen(commands);
	ssize_t n = read(fd, line + len, sizeof(line) - len - 1);
	char *end;

	(void)s;
	(void)revents;
	(void)data;
	if (n <= 0) {
		monitor_source = sd_event_source_unref(monitor_source);
		return 0;
	}
	len += (size_t)n;
	line[len] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		used += (size_t)snprintf(commands + used, sizeof(commands) - used, "%s\n", line);
		answer(line);
		len -= (size_t)(end + 1 - line);
		memmove(line, end + 1, len + 1);
	}
	return 0;
}

static void on_event(void *arg, const char *event, json_t *data)
{
	const char *reason = json_string_value(json_object_get(data, "reason"));

	ck_assert_ptr_eq(arg, &n_events);
	n_events++;
	snprintf(last_event, sizeof(last_event), "%s", event);
	snprintf(last_data, sizeof(last_data), "%s", reason ? reason : "");
}

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	monitor = fds[1];
	n_events = 0;
	commands[0] = '\0';
	ck_assert_int_ge(sd_event_add_io(loop->event, &monitor_source, monitor, EPOLLIN, on_command,
					 NULL),
			 0);
	ck_assert_int_eq(qmp_open(&qmp, loop, fds[0], "vm", NULL, on_event, &n_events), 0);
}

static void teardown(void)
{
	qmp_free(qmp);
	sd_event_source_unref(monitor_source);
	fd_close(&monitor);
	loop_free(loop);
}

static bool is_ready(void *arg)
{
	return qmp_ready(arg);
}

static bool is_over(void *arg)
{
	return qmp_error(arg) != 0;
}

static void greet(void)
{
	say(GREETING);
	ck_assert_int_eq(loop_wait(loop, is_ready, qmp, WAIT_US), 0);
}

START_TEST(greets_then_runs_commands)
{
	json_t *ret = NULL;

	ck_assert(!qmp_ready(qmp));
	greet();
	ck_assert_ptr_nonnull(strstr(commands, "\"qmp_capabilities\""));
	ck_assert_int_eq(qmp_call(qmp, "echo", json_pack("{s:i, s:s}", "a", 7, "b", "x\ny"), &ret,
				  WAIT_US),
			 0);
	ck_assert_int_eq(json_integer_value(json_object_get(ret, "a")), 7);
	ck_assert_str_eq(json_string_value(json_object_get(ret, "b")), "x\ny");
	json_decref(ret);
	ck_assert_int_eq(qmp_call(qmp, "stop", NULL, NULL, WAIT_US), 0);
	ck_assert_ptr_null(strstr(strstr(commands, "\"stop\""), "arguments"));
}
END_TEST

START_TEST(a_refusal_is_an_error_not_an_end)
{
	json_t *ret = (json_t *)&loop;

	greet();
	ck_assert_int_eq(qmp_call(qmp, "refuse", NULL, &ret, WAIT_US), -EIO);
	ck_assert_ptr_eq(ret, (json_t *)&loop);
	ck_assert_int_eq(qmp_error(qmp), 0);
	ck_assert_int_eq(qmp_call(qmp, "stop", NULL, NULL, WAIT_US), 0);
}
END_TEST

START_TEST(no_answer_is_a_timeout_and_a_late_one_is_ignored)
{
	json_t *ret = NULL;
	char late[128];
	const char *mute;

	greet();
	ck_assert_int_eq(qmp_call(qmp, "mute", NULL, NULL, 30 * USEC_PER_MSEC), -ETIMEDOUT);
	mute = strstr(commands, "\"mute\"");
	ck_assert_ptr_nonnull(mute);
	snprintf(late, sizeof(late), "{\"return\": {\"late\": 1}, \"id\": %ld}\r\n",
		 strtol(strstr(mute, "\"id\":") + 5, NULL, 10));
	say(late);
	ck_assert_int_eq(qmp_call(qmp, "echo", json_pack("{s:i}", "fresh", 1), &ret, WAIT_US), 0);
	ck_assert_ptr_nonnull(json_object_get(ret, "fresh"));
	ck_assert_ptr_null(json_object_get(ret, "late"));
	json_decref(ret);
}
END_TEST

START_TEST(events_are_told_between_replies)
{
	greet();
	say("{\"timestamp\": {}, \"event\": \"SHUTDOWN\", \"data\": "
	    "{\"guest\": true, \"reason\": \"guest-reset\"}}\r\n{\"event\": \"STO\\u001bP\"}\r\n");
	ck_assert_int_eq(qmp_call(qmp, "stop", NULL, NULL, WAIT_US), 0);
	ck_assert_uint_eq(n_events, 2);
	ck_assert_str_eq(last_event, "STO?P");
	ck_assert_str_eq(last_data, "");
}
END_TEST

static void say_in_pieces(const char *text)
{
	char one[2] = "";

	for (; *text; text++) {
		one[0] = *text;
		say(one);
		ck_assert_int_ge(sd_event_run(loop->event, 0), 0);
	}
}

START_TEST(lines_may_come_in_pieces)
{
	say_in_pieces(GREETING);
	ck_assert_int_eq(loop_wait(loop, is_ready, qmp, WAIT_US), 0);
	say_in_pieces("{\"event\": \"RESUME\", \"data\": {\"reason\": \"r\"}}\n");
	ck_assert_int_eq(qmp_call(qmp, "stop", NULL, NULL, WAIT_US), 0);
	ck_assert_uint_eq(n_events, 1);
	ck_assert_str_eq(last_data, "r");
}
END_TEST

static const char *const nonsense[] = {
	"hello\n",
	"\x01\xff\xfe{}\n",
	"[1, 2]\n",
	"{\"id\": 1}\n",
	"{\"event\": 5}\n",
	"{\"QMP\": \n",
	"{\"return\": {}, \"id\": 1} trailing\n",
};

START_TEST(nonsense_ends_the_connection)
{
	greet();
	say(nonsense[_i]);
	ck_assert_int_eq(loop_wait(loop, is_over, qmp, WAIT_US), 0);
	ck_assert_int_eq(qmp_error(qmp), -EPROTO);
	ck_assert(!qmp_ready(qmp));
	ck_assert_int_eq(qmp_call(qmp, "stop", json_object(), NULL, WAIT_US), -EPROTO);
}
END_TEST

START_TEST(odd_but_legal_lines_are_taken)
{
	greet();
	say("\r\n\n{\"return\": {}}\n{\"return\": {}, \"id\": \"x\"}\n{\"return\": 3, \"id\": 1}\n" GREETING
	    "{\"event\": \"E\", \"data\": [\"not an object\"]}\n");
	ck_assert_int_eq(qmp_call(qmp, "stop", NULL, NULL, WAIT_US), 0);
	ck_assert_uint_eq(n_events, 1);
}
END_TEST

static int flood(sd_event_source *s, int fd, uint32_t revents, void *data)
{
	static const char block[65536] = { [0 ... 65535] = 'x' };

	(void)s;
	(void)revents;
	*(size_t *)data += sizeof(block);
	if (send(fd, block, sizeof(block), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
		monitor_source = sd_event_source_unref(monitor_source);
	return 0;
}

START_TEST(a_line_without_end_is_cut_off)
{
	size_t sent = 0;

	greet();
	sd_event_source_unref(monitor_source);
	ck_assert_int_ge(
		sd_event_add_io(loop->event, &monitor_source, monitor, EPOLLOUT, flood, &sent), 0);
	ck_assert_int_eq(loop_wait(loop, is_over, qmp, 4 * WAIT_US), 0);
	ck_assert_int_eq(qmp_error(qmp), -EPROTO);
	ck_assert_uint_gt(sent, QMP_LINE_MAX);
}
END_TEST

static int hang_up(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	(void)data;
	monitor_source = sd_event_source_unref(monitor_source);
	fd_close(&monitor);
	return 0;
}

START_TEST(death_ends_a_wait_at_once)
{
	uint64_t start;

	greet();
	ck_assert_int_ge(sd_event_add_time_relative(loop->event, NULL, CLOCK_MONOTONIC,
						    20 * USEC_PER_MSEC, 1000, hang_up, NULL),
			 0);
	start = now_us();
	ck_assert_int_eq(qmp_call(qmp, "mute", NULL, NULL, 60 * USEC_PER_SEC), -EPIPE);
	ck_assert_uint_lt(now_us() - start, 10 * USEC_PER_SEC);
	ck_assert_int_eq(qmp_error(qmp), -EPIPE);
	ck_assert_int_eq(qmp_call(qmp, "stop", NULL, NULL, WAIT_US), -EPIPE);
}
END_TEST

START_TEST(events_are_logged_up_to_a_limit)
{
	char path[] = "/tmp/drivervm-test-XXXXXX";
	int fd = mkstemp(path), fds[2], i;
	char *text, *big;
	size_t len;

	close(fd);
	qmp_free(qmp);
	fd_close(&monitor);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	monitor = fds[1];
	ck_assert_int_eq(qmp_open(&qmp, loop, fds[0], "vm", path, on_event, &n_events), 0);
	say("{\"event\": \"FIRST\", \"data\": {\"k\": 1}}\n");
	big = xcalloc(1, 60001);
	memset(big, 'y', 60000);
	text = xasprintf("{\"event\": \"BIG\", \"data\": {\"k\": \"%s\"}}\n", big);
	for (i = 1; i <= 40; i++) {
		say(text);
		while (n_events < (unsigned int)i + 1)
			ck_assert_int_ge(sd_event_run(loop->event, WAIT_US), 0);
	}
	free(text);
	ck_assert_int_eq(file_read(path, &text, &len), 0);
	ck_assert_ptr_nonnull(strstr(text, "FIRST {\"k\":1}\n"));
	ck_assert_ptr_nonnull(strstr(text, "no more events are logged"));
	ck_assert_uint_lt(len, 1200000);
	free(text);
	free(big);
	unlink(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("qmp");
	TCase *tc = tcase_create("qmp");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, greets_then_runs_commands);
	tcase_add_test(tc, a_refusal_is_an_error_not_an_end);
	tcase_add_test(tc, no_answer_is_a_timeout_and_a_late_one_is_ignored);
	tcase_add_test(tc, events_are_told_between_replies);
	tcase_add_test(tc, lines_may_come_in_pieces);
	tcase_add_loop_test(tc, nonsense_ends_the_connection, 0, ARRAY_SIZE(nonsense));
	tcase_add_test(tc, odd_but_legal_lines_are_taken);
	tcase_add_test(tc, a_line_without_end_is_cut_off);
	tcase_add_test(tc, death_ends_a_wait_at_once);
	tcase_add_test(tc, events_are_logged_up_to_a_limit);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
