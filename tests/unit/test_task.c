// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks: that they run beside whoever waits, end when they are told to, and wait with deadlines. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "core/task.h"
#include "core/util.h"

static struct loop *loop;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
}

static void teardown(void)
{
	loop_free(loop);
}

struct counter {
	unsigned int n;
	int result;
};

static void count_three(void *arg)
{
	struct counter *c = arg;

	for (c->n = 0; c->n < 3; c->n++)
		c->result = loop_sleep(loop, 2 * USEC_PER_MSEC);
}

START_TEST(a_task_runs_while_the_program_waits)
{
	struct counter c = { 0 };
	struct task *task;

	ck_assert_int_eq(task_start(&task, loop, count_three, &c), 0);
	ck_assert_uint_eq(c.n, 0);
	ck_assert(!task_done(task));
	ck_assert_int_eq(loop_sleep(loop, 50 * USEC_PER_MSEC), 0);
	ck_assert_uint_eq(c.n, 3);
	ck_assert_int_eq(c.result, 0);
	ck_assert(task_done(task));
	task_free(task);
}
END_TEST

START_TEST(tasks_run_side_by_side)
{
	struct counter c[8] = { 0 };
	struct task *tasks[8];
	uint64_t start = now_us();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(c); i++)
		ck_assert_int_eq(task_start(&tasks[i], loop, count_three, &c[i]), 0);
	ck_assert_int_eq(loop_sleep(loop, 30 * USEC_PER_MSEC), 0);
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		ck_assert_uint_eq(c[i].n, 3);
		task_free(tasks[i]);
	}
	ck_assert_uint_gt(now_us() - start, 29 * USEC_PER_MSEC);
}
END_TEST

static void sleep_long(void *arg)
{
	*(int *)arg = loop_sleep(loop, 3600 * USEC_PER_SEC);
}

START_TEST(a_task_that_is_freed_ends_its_waits)
{
	struct task *task;
	int result = 1;

	ck_assert_int_eq(task_start(&task, loop, sleep_long, &result), 0);
	task_free(task);
	ck_assert_int_eq(result, -EINTR);
}
END_TEST

static bool is_set(void *arg)
{
	return *(bool *)arg;
}

static bool flag;

static void wait_for_flag(void *arg)
{
	*(int *)arg = loop_wait(loop, is_set, &flag, 0);
}

START_TEST(a_task_goes_on_when_what_it_waits_for_has_come_true)
{
	struct task *task;
	int result = 1;

	flag = false;
	ck_assert_int_eq(task_start(&task, loop, wait_for_flag, &result), 0);
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_MSEC), 0);
	ck_assert_int_eq(result, 1);
	flag = true;
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_MSEC), 0);
	ck_assert_int_eq(result, 0);
	task_free(task);
}
END_TEST

static void start_another(void *arg)
{
	struct counter *c = arg;
	struct task *task;

	ck_assert_int_eq(task_start(&task, loop, count_three, c), 0);
	ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert(task_done(task));
	task_free(task);
	c->n = 100;
}

START_TEST(a_task_may_start_and_free_another)
{
	struct counter c = { 0 };
	struct task *task;

	ck_assert_int_eq(task_start(&task, loop, start_another, &c), 0);
	ck_assert_int_eq(loop_sleep(loop, 60 * USEC_PER_MSEC), 0);
	ck_assert(task_done(task));
	ck_assert_uint_eq(c.n, 100);
	task_free(task);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("task");
	TCase *tc = tcase_create("task");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_task_runs_while_the_program_waits);
	tcase_add_test(tc, tasks_run_side_by_side);
	tcase_add_test(tc, a_task_that_is_freed_ends_its_waits);
	tcase_add_test(tc, a_task_goes_on_when_what_it_waits_for_has_come_true);
	tcase_add_test(tc, a_task_may_start_and_free_another);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
