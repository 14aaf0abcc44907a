// SPDX-License-Identifier: GPL-2.0-or-later
/* `drivervm top`: rates from two answers, and the table as text. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/top_table.h"
#include "core/util.h"

/* A system of a client, a driver VM with a card, and one with a disk, as status/status.h says. */
#define ANSWER                                                                                     \
	"{'system': 'pair', 'pid': 42, 'accel': 'tcg', 'now_us': 5000000, 'up_since_us': "         \
	"1000000, 'processors': 2, 'busy_us': 9000000, 'self': {'cpu_us': 1000, 'rss': 4194304, "  \
	"'own': 2097152}, 'vms': ["                                                                \
	"{'name': 'client', 'role': 'client', 'alive': true, 'ready': true, 'pid': 7, 'memory': "  \
	"536870912, 'vcpus': 2, 'cpu_us': 100, 'rss': 314572800, 'own': 209715200, 'heard_us': "   \
	"4500000, 'guest': {'busy_us': 100, 'uptime_us': 4000000}},"                               \
	"{'name': 'dd2', 'role': 'driver', 'alive': true, 'ready': true, 'pid': 8, 'memory': "     \
	"134217728, 'vcpus': 1, 'cpu_us': 200, 'rss': 62914560, 'own': 20971520, 'heard_us': "     \
	"4500000, 'guest': {'busy_us': 0, 'uptime_us': 9000000}},"                                 \
	"{'name': 'dd10', 'role': 'driver', 'alive': true, 'ready': true, 'pid': 9, 'memory': "    \
	"134217728, 'vcpus': 1, 'cpu_us': 0, 'rss': 62914560, 'own': 10485760, 'heard_us': "       \
	"4500000}],"                                                                               \
	"'devices': ["                                                                             \
	"{'name': 'net0', 'class': 'net', 'driver': 'e1000', 'vm': 'dd2', 'user': 'client', "      \
	"'via': 'link', 'link': {'up': true, 'server': 'up', 'client': 'up', 'sessions': [1, 2], " \
	"'passed': [4294967200, 0], 'record': [0, 0]}},"                                           \
	"{'name': 'disk0', 'class': 'blk', 'driver': 'ahci', 'vm': 'dd10', 'user': 'client', "     \
	"'via': 'link', 'link': {'up': true, 'server': 'up', 'client': 'up', 'sessions': [3, 4], " \
	"'passed': [48, 32], 'record': [48, 32]}}]}"

static struct top_snapshot *first, *second;

static struct top_snapshot *snapshot(json_t *answer)
{
	struct top_snapshot *s;

	ck_assert_int_eq(top_snapshot_new(&s, answer), 0);
	return s;
}

/* That answer, to be changed by the test. */
static json_t *answer(void)
{
	json_t *a;
	char *text = xstrdup(ANSWER), *p;

	/* Written with ' for ". */
	for (p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	a = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(a);
	free(text);
	return a;
}

static void set(json_t *of, const char *key, json_int_t value)
{
	json_object_set_new(of, key, json_integer(value));
}

static json_t *vm_of(json_t *a, size_t i)
{
	return json_array_get(json_object_get(a, "vms"), i);
}

static json_t *link_of(json_t *a, size_t i)
{
	return json_object_get(json_array_get(json_object_get(a, "devices"), i), "link");
}

static void set_passed(json_t *a, size_t device, json_int_t to_vm, json_int_t from_vm)
{
	json_object_set_new(link_of(a, device), "passed", json_pack("[II]", to_vm, from_vm));
}

/* Two seconds later. */
static json_t *later(void)
{
	json_t *a = answer();

	set(a, "now_us", 7000000);
	set(a, "busy_us", 12000000);
	set(json_object_get(a, "self"), "cpu_us", 21000);
	set(vm_of(a, 0), "cpu_us", 1000100);
	set(vm_of(a, 1), "cpu_us", 500200);
	set(json_object_get(vm_of(a, 0), "guest"), "busy_us", 500100);
	set(json_object_get(vm_of(a, 0), "guest"), "uptime_us", 5000000);
	set_passed(a, 0, 1904, 4000000);
	set_passed(a, 1, 48 + 48 * 3000, 32 + 32 * 3000);
	return a;
}

static void setup(void)
{
	first = snapshot(answer());
	second = snapshot(later());
	top_snapshot_rates(second, first);
}

static void teardown(void)
{
	top_snapshot_free(first);
	top_snapshot_free(second);
	top_snapshot_free(NULL);
}

START_TEST(rates_come_from_two_answers)
{
	ck_assert_double_eq_tol(second->machine_cpu, 1.5, 1e-9);
	ck_assert_double_eq_tol(second->self_cpu, 0.01, 1e-9);
	ck_assert_double_eq_tol(second->vms[0].cpu, 0.5, 1e-9);
	ck_assert_double_eq_tol(second->vms[1].cpu, 0.25, 1e-9);
	/* By the guest's own clock. */
	ck_assert_double_eq_tol(second->vms[0].guest_cpu, 0.5, 1e-9);
	/* The counter has wrapped: 96 bytes to its end, and 1904. */
	ck_assert_double_eq_tol(second->devices[0].rate[0], 1000, 1e-6);
	ck_assert_double_eq_tol(second->devices[0].rate[1], 2e6, 1e-6);
	ck_assert_double_eq_tol(second->devices[1].rate[0], 48 * 1500, 1e-6);
	ck_assert_double_eq_tol(second->vms[1].rate, 2e6 + 1000, 1e-6);
}
END_TEST

START_TEST(what_cannot_be_compared_is_unknown)
{
	json_t *a = later();
	struct top_snapshot *s;

	ck_assert_double_lt(first->vms[0].cpu, 0);
	ck_assert_double_lt(first->machine_cpu, 0);
	set(vm_of(a, 1), "pid", 88); /* started again */
	set(vm_of(a, 0), "cpu_us", 50); /* nonsense: less than before */
	json_object_set_new(link_of(a, 0), "sessions", json_pack("[ii]", 1, 5));
	json_object_set_new(link_of(a, 1), "up", json_false());
	s = snapshot(a);
	top_snapshot_rates(s, first);
	ck_assert_double_lt(s->vms[0].cpu, 0);
	ck_assert_double_lt(s->vms[1].cpu, 0);
	ck_assert_double_lt(s->vms[1].guest_cpu, 0);
	ck_assert_double_lt(s->devices[0].rate[0], 0);
	ck_assert_double_lt(s->devices[1].rate[0], 0);
	top_snapshot_free(s);
	/* Another bring-up of a system of the same name. */
	a = later();
	set(a, "up_since_us", 6000000);
	s = snapshot(a);
	top_snapshot_rates(s, first);
	ck_assert_double_lt(s->vms[0].cpu, 0);
	ck_assert_double_lt(s->self_cpu, 0);
	top_snapshot_rates(s, NULL);
	top_snapshot_free(s);
}
END_TEST

START_TEST(a_guest_that_said_nothing_new_is_as_it_was)
{
	json_t *a = later();
	struct top_snapshot *third;

	set(a, "now_us", 7500000);
	third = snapshot(a);
	top_snapshot_rates(third, second);
	ck_assert_double_eq_tol(third->vms[0].guest_cpu, 0.5, 1e-9);
	ck_assert_double_lt(third->vms[2].guest_cpu, 0); /* it never said anything */
	top_snapshot_free(third);
}
END_TEST

START_TEST(what_is_no_answer_is_refused)
{
	struct top_snapshot *s;

	ck_assert_int_eq(top_snapshot_new(&s, json_object()), -EPROTO);
	ck_assert_int_eq(top_snapshot_new(&s, json_array()), -EPROTO);
	ck_assert_int_eq(
		top_snapshot_new(&s, json_pack("{ss s[] si}", "system", "x", "vms", "devices", 1)),
		-EPROTO);
	/* What is missing in it is nothing to fall over. */
	s = snapshot(json_pack("{ss s[{}] s[{s{}}]}", "system", "x", "vms", "devices", "link"));
	ck_assert_str_eq(s->vms[0].name, "?");
	top_snapshot_free(s);
}
END_TEST

/* The table, whose *@n lines @lines point to (there is room for 16); the caller frees it. */
static char *table(const struct top_snapshot *s, const struct top_view *view, char **lines,
		   size_t *n)
{
	char *text, *p;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	top_print(out, s, view);
	fclose(out);
	*n = 0;
	for (p = text; (lines[*n] = strsep(&p, "\n")) && p; (*n)++)
		;
	return text;
}

START_TEST(the_table_shows_all)
{
	const struct top_view view = { 0 };
	char *lines[16];
	size_t n;
	char *text = table(second, &view, lines, &n);

	ck_assert_uint_eq(n, 8);
	ck_assert_str_eq(lines[0], "pair (process 42, tcg), up 0:00:06: 3 VMs; 2 of 2 links up");
	ck_assert_str_eq(lines[1],
			 "CPU %, 200 being all: client 50.0, driver VMs 25.0, drivervm 1.0, "
			 "rest of the host 74.0");
	ck_assert_str_eq(lines[2],
			 "Memory: promised 768M; RSS 420M; own: client 200M, driver VMs 30.0M, "
			 "drivervm 2.0M");
	ck_assert_str_eq(lines[5], "client     up       50.0   50.0   300M   200M   512M");
	ck_assert_str_eq(lines[6],
			 "dd2        up       25.0      -  60.0M  20.0M   128M net0    e1000"
			 "       up                1.0kB      2.0MB");
	ck_assert_str_eq(lines[7],
			 "dd10       up        0.0      -  60.0M  10.0M   128M disk0   ahci"
			 "        up              1.5k rq    1.5k rq");
	free(text);
}
END_TEST

START_TEST(the_first_table_has_no_rates)
{
	const struct top_view view = { 0 };
	char *lines[16];
	size_t n;
	char *text = table(first, &view, lines, &n);

	ck_assert_str_eq(lines[1], "CPU: not known yet");
	ck_assert_str_eq(lines[5], "client     up          -      -   300M   200M   512M");
	free(text);
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	const struct top_view view = { .sort = TOP_BY_NAME };
	json_t *a = later();
	struct top_snapshot *s;
	char *lines[16], *text;
	size_t n;

	json_object_set_new(vm_of(a, 1), "alive", json_false());
	json_object_del(vm_of(a, 1), "pid");
	json_object_set_new(link_of(a, 0), "up", json_false());
	json_object_set_new(link_of(a, 0), "server", json_string("gone"));
	json_object_set_new(link_of(a, 0), "client", json_string("waiting"));
	set(a, "now_us", 20000000);
	set(vm_of(a, 2), "heard_us", 6000000);
	json_object_set_new(vm_of(a, 0), "ready", json_false());
	s = snapshot(a);
	top_snapshot_rates(s, first);
	text = table(s, &view, lines, &n);
	ck_assert_ptr_nonnull(strstr(lines[0], "3 VMs, 1 dead; 1 of 2 links up"));
	ck_assert_int_eq(strncmp(lines[5], "client     boots ", 17), 0);
	ck_assert_str_eq(lines[6],
			 "dd2        dead        -      -      -      -   128M net0    e1000"
			 "       gone/waiting          -          -");
	ck_assert_int_eq(strncmp(lines[7], "dd10       silent ", 18), 0);
	free(text);
	top_snapshot_free(s);
}
END_TEST

START_TEST(a_guest_with_nothing_to_do_says_so_less_often)
{
	const struct top_view view = { .sort = TOP_BY_NAME };
	json_t *a = later();
	struct top_snapshot *s;
	char *lines[16], *text;
	size_t n;

	set(a, "now_us", 20000000);
	set(vm_of(a, 2), "heard_us", 9000000);
	s = snapshot(a);
	top_snapshot_rates(s, first);
	text = table(s, &view, lines, &n);
	ck_assert_int_eq(strncmp(lines[7], "dd10       up ", 14), 0);
	free(text);
	top_snapshot_free(s);
}
END_TEST

START_TEST(it_is_sorted_as_wished)
{
	static const struct {
		const char *by;
		const char *order[3];
	} cases[] = {
		{ "cpu", { "client ", "dd2 ", "dd10 " } },
		{ "mem", { "client ", "dd2 ", "dd10 " } },
		{ "name", { "client ", "dd2 ", "dd10 " } },
		{ "rate", { "dd2 ", "dd10 ", "client " } },
	};
	char *lines[16];
	size_t i, j, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct top_view view = { 0 };
		char *text;

		ck_assert_int_eq(top_sort_parse(cases[i].by, &view.sort), 0);
		text = table(second, &view, lines, &n);
		for (j = 0; j < 3; j++)
			ck_assert_int_eq(strncmp(lines[5 + j], cases[i].order[j],
						 strlen(cases[i].order[j])),
					 0);
		free(text);
	}
	ck_assert_int_eq(top_sort_parse("size", &(enum top_sort){ 0 }), -EINVAL);
}
END_TEST

START_TEST(it_fits_the_terminal)
{
	const struct top_view small = { .rows = 7, .columns = 20 }, exact = { .rows = 8 };
	char *lines[16];
	size_t i, n;
	char *text = table(second, &small, lines, &n);

	ck_assert_uint_eq(n, 7);
	for (i = 0; i < n; i++)
		ck_assert_uint_le(strlen(lines[i]), 20);
	ck_assert_str_eq(lines[6], "... and 2 more VMs");
	free(text);
	text = table(second, &exact, lines, &n);
	ck_assert_uint_eq(n, 8);
	ck_assert_int_eq(strncmp(lines[7], "dd10 ", 5), 0);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top");
	TCase *tc = tcase_create("top");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rates_come_from_two_answers);
	tcase_add_test(tc, what_cannot_be_compared_is_unknown);
	tcase_add_test(tc, a_guest_that_said_nothing_new_is_as_it_was);
	tcase_add_test(tc, what_is_no_answer_is_refused);
	tcase_add_test(tc, the_table_shows_all);
	tcase_add_test(tc, the_first_table_has_no_rates);
	tcase_add_test(tc, what_is_wrong_is_said);
	tcase_add_test(tc, a_guest_with_nothing_to_do_says_so_less_often);
	tcase_add_test(tc, it_is_sorted_as_wished);
	tcase_add_test(tc, it_fits_the_terminal);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
