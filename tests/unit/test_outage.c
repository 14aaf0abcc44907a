// SPDX-License-Identifier: GPL-2.0-or-later
/* What the workloads that offer a steady load make of when their requests were answered. */
#include <check.h>
#include <stdio.h>
#include <string.h>

/* Plugins are no part of the harness. */
#include "../../workloads/outage.h"

static struct answers a;
static double begin;
/* Of the curve: "T=VALUE;" */
static char points[8192];

static void put(const double *at, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_int_eq(answers_add(&a, at[i]), 0);
}

static void teardown(void)
{
	answers_free(&a);
}

static int on_point(struct drivervm_env *env, double t, const char *metric, const char *unit,
		    double value)
{
	size_t len = strlen(points);

	(void)env;
	ck_assert_str_eq(metric, "answer_rate");
	ck_assert_str_eq(unit, "1/s");
	snprintf(points + len, sizeof(points) - len, "%g=%g;", t, value);
	return 0;
}

static const struct drivervm_host_ops ops = { .point = on_point };
static struct drivervm_env env = { .ops = &ops };

START_TEST(the_longest_gap_is_the_outage)
{
	static const double at[] = { 0.1, 0.2, 0.9, 1.0 };

	put(at, 4);
	ck_assert_double_eq_tol(outage_find(&a, 0, 1.05, &begin), 0.7, 1e-9);
	ck_assert_double_eq(begin, 0.2);
}
END_TEST

/* Answers overtake one another. */
START_TEST(order_does_not_matter)
{
	static const double at[] = { 1.0, 0.1, 0.9, 0.2 };

	put(at, 4);
	ck_assert_double_eq_tol(outage_find(&a, 0, 1.05, &begin), 0.7, 1e-9);
	ck_assert_double_eq(begin, 0.2);
}
END_TEST

START_TEST(what_never_came_back_counts_to_the_end)
{
	static const double at[] = { 0.1, 0.2, 0.3 };

	put(at, 3);
	ck_assert_double_eq_tol(outage_find(&a, 0, 4, &begin), 3.7, 1e-9);
	ck_assert_double_eq(begin, 0.3);
}
END_TEST

START_TEST(what_never_began_counts_from_the_start)
{
	static const double at[] = { 2.0, 2.1 };

	ck_assert_double_eq(outage_find(&a, 0, 4, &begin), 4);
	put(at, 2);
	ck_assert_double_eq(outage_find(&a, 0, 2.5, &begin), 2);
	ck_assert_double_eq(begin, 0);
}
END_TEST

/* An answer after the end shows that the gap before it was no longer than that. */
START_TEST(answers_after_the_end_make_no_gap)
{
	static const double at[] = { 0.5, 1.0, 1.2 };

	put(at, 3);
	ck_assert_double_eq_tol(outage_find(&a, 0, 1.1, &begin), 0.5, 1e-9);
}
END_TEST

START_TEST(the_curve_is_around_the_outage)
{
	static const double at[] = { 0.04, 0.09, 0.14, 0.2, 0.55, 0.59, 0.61, 0.65 };

	put(at, 8);
	outage_find(&a, 0, 0.8, &begin);
	ck_assert_double_eq(begin, 0.2);
	outage_curve(&env, &a, 0.1, begin, 0, 0.8);
	/* The answer at 0 is the last one before. */
	ck_assert_str_eq(points, "-200=20;-100=20;0=0;100=0;200=0;300=20;400=20;500=0;");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outage");
	TCase *tcase = tcase_create("outage");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, the_longest_gap_is_the_outage);
	tcase_add_test(tcase, order_does_not_matter);
	tcase_add_test(tcase, what_never_came_back_counts_to_the_end);
	tcase_add_test(tcase, what_never_began_counts_from_the_start);
	tcase_add_test(tcase, answers_after_the_end_make_no_gap);
	tcase_add_test(tcase, the_curve_is_around_the_outage);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
