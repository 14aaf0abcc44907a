// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings of faults in the middle of an iteration, and what is recorded without any. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "core/loop.h"
#include "core/util.h"
#include "experiment/inject.h"
#include "supervise/setting.h"

static struct loop *loop;
static struct injection in;
static char why[256];

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	injection_init(&in);
	in.loop = loop;
}

static void teardown(void)
{
	injection_close(&in);
	loop_free(loop);
}

static int nothing(const struct fault_site *site, const struct fault_values *values,
		   struct fault_shot *shot, char **reason)
{
	(void)site;
	(void)values;
	(void)shot;
	(void)reason;
	return 0;
}

static const struct fault idle_fault = {
	.name = "test-idle",
	.family = "test",
	.summary = "does nothing",
	.activation = "never",
	.inject = nothing,
};

FAULT(idle_fault)

START_TEST(settings_are_checked)
{
	static const struct {
		const char *key, *value;
		int err;
	} c[] = {
		{ "fault", "none", 0 },
		{ "fault", "test-idle", 0 },
		{ "fault", "", -EINVAL },
		{ "fault", "Test-Idle", -EINVAL },
		{ "fault_at", "0", 0 },
		{ "fault_at", "1500.5", 0 },
		{ "fault_at", "-1", -EINVAL },
		{ "fault_at", "nan", -EINVAL },
		{ "fault_at", "3600001", -EINVAL },
		{ "fault_every", "never", 0 },
		{ "fault_every", "15", 0 },
		{ "fault_every", "1 s", -EINVAL },
		{ "fault_every", "3601", -EINVAL },
		{ "fault_device", "net0", 0 },
		{ "fault_device", "first", 0 },
		{ "fault_device", "", -EINVAL },
		{ "faults", "none", -ENOENT },
		{ "mtu", "1500", -ENOENT },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(c); i++)
		ck_assert_msg(injection_check(c[i].key, c[i].value, why, sizeof(why)) == c[i].err,
			      "%s=%s", c[i].key, c[i].value);
}
END_TEST

START_TEST(strategies_are_checked)
{
	ck_assert_int_eq(recover_check("none"), 0);
	ck_assert_int_eq(recover_check("clone"), 0);
	ck_assert_int_eq(recover_check("hot"), -EINVAL);
	ck_assert_int_eq(recover_check(""), -EINVAL);
}
END_TEST

START_TEST(a_strategy_says_how_systems_come_up)
{
	struct system_options opt = { 0 };

	recover_bring_up(&opt, "none");
	ck_assert(!opt.boot_named);
	recover_bring_up(&opt, "spare");
	ck_assert(opt.boot_named);
	ck_assert_int_eq(opt.origin, supervise_strategy_origin("spare"));
	ck_assert_int_ne(opt.origin, VM_BOOT);
}
END_TEST

START_TEST(without_a_fault_nothing_is_recorded)
{
	struct readings readings = { 0 };

	injection_start(&in);
	ck_assert_int_eq(injection_stop(&in, why, sizeof(why)), 0);
	injection_readings(&in, &readings);
	ck_assert_uint_eq(readings.n, 0);
	readings_free(&readings);
}
END_TEST

START_TEST(never_is_no_fault)
{
	injection_set(&in, "fault", "test-idle");
	injection_set(&in, "fault_every", "never");
	ck_assert_int_eq(injection_open(&in, loop, NULL, NULL, NULL, 1, why, sizeof(why)), 0);
	injection_start(&in);
	ck_assert_int_eq(injection_stop(&in, why, sizeof(why)), 0);
}
END_TEST

/* What was to be measured did not happen. */
START_TEST(a_fault_that_came_too_late_is_a_failure)
{
	injection_set(&in, "fault", "test-idle");
	injection_set(&in, "fault_at", "60000");
	injection_start(&in);
	ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(injection_stop(&in, why, sizeof(why)), -ENODATA);
	ck_assert_str_eq(why, "fault test-idle: the iteration was over before it was injected");
	/* The next one is not blamed for it. */
	in.fault = NULL;
	injection_start(&in);
	ck_assert_int_eq(injection_stop(&in, why, sizeof(why)), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("injection");
	TCase *tc = tcase_create("injection");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, settings_are_checked);
	tcase_add_test(tc, strategies_are_checked);
	tcase_add_test(tc, a_strategy_says_how_systems_come_up);
	tcase_add_test(tc, without_a_fault_nothing_is_recorded);
	tcase_add_test(tc, never_is_no_fault);
	tcase_add_test(tc, a_fault_that_came_too_late_is_a_failure);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
