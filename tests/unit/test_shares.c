// SPDX-License-Identifier: GPL-2.0-or-later
/* How the workload that loads many devices sums up: fairness, and latencies of all of them. */
#include <check.h>
#include <stdlib.h>

/* Plugins are no part of the harness. */
#include "../../workloads/histogram.h"
#include "../../workloads/shares.h"

START_TEST(equal_shares_are_fair)
{
	double v[] = { 7, 7, 7, 7 };

	shares_of(v, 4);
	ck_assert_double_eq(v[3], 1);
	ck_assert_double_eq(shares_jain(v, 4), 1);
	ck_assert_double_eq(shares_least(v, 4), 1);
}
END_TEST

/* One of four that gets nothing, and one that gets all: k/n, as the index promises. */
START_TEST(who_gets_nothing_is_seen)
{
	double three[] = { 5, 0, 5, 5 }, one[] = { 0, 0, 9, 0 };

	shares_of(three, 4);
	ck_assert_double_eq_tol(shares_jain(three, 4), 0.75, 1e-12);
	ck_assert_double_eq(shares_least(three, 4), 0);
	shares_of(one, 4);
	ck_assert_double_eq_tol(shares_jain(one, 4), 0.25, 1e-12);
}
END_TEST

/* Kinds that differ tenfold, each fair in itself, are fair together. */
START_TEST(kinds_are_compared_with_their_own)
{
	double v[] = { 100, 100, 10, 10, 10 };

	shares_of(v, 2);
	shares_of(v + 2, 3);
	ck_assert_double_eq_tol(shares_jain(v, 5), 1, 1e-12);
	v[4] = 0.2;
	ck_assert_double_eq(shares_least(v, 5), 0.2);
}
END_TEST

START_TEST(a_kind_that_carried_nothing_has_no_shares)
{
	double v[] = { 0, 0 };

	shares_of(v, 2);
	shares_of(v, 0);
	ck_assert_double_eq(shares_least(v, 2), 0);
	ck_assert_double_eq(shares_jain(v, 2), 0);
}
END_TEST

static int add(struct histogram *h, const char *text)
{
	json_t *bins = json_loads(text, 0, NULL);
	int err = histogram_add(h, bins);

	json_decref(bins);
	return err;
}

START_TEST(percentiles_are_of_all_jobs_together)
{
	struct histogram h = { 0 };

	ck_assert_int_eq(add(&h, "{\"9000\": 1, \"1000\": 49}"), 0);
	ck_assert_int_eq(add(&h, "{\"2000\": 49, \"70000\": 1}"), 0);
	ck_assert_int_eq(histogram_add(&h, NULL), 0);
	ck_assert_uint_eq(h.count, 100);
	ck_assert_double_eq(histogram_percentile(&h, 0.49), 1);
	ck_assert_double_eq(histogram_percentile(&h, 0.5), 2);
	ck_assert_double_eq(histogram_percentile(&h, 0.98), 2);
	ck_assert_double_eq(histogram_percentile(&h, 0.99), 9);
	ck_assert_double_eq(histogram_percentile(&h, 0.999), 70);
	ck_assert_double_eq(histogram_percentile(&h, 1), 70);
	histogram_free(&h);
}
END_TEST

START_TEST(odd_bins_are_refused)
{
	static const char *const odd[] = { "{\"x\": 1}", "{\"\": 1}", "{\"10 \": 1}",
					   "{\"10\": -1}" };
	struct histogram h = { 0 };

	ck_assert_int_eq(add(&h, odd[_i]), -EINVAL);
	histogram_free(&h);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shares");
	TCase *tc = tcase_create("shares");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, equal_shares_are_fair);
	tcase_add_test(tc, who_gets_nothing_is_seen);
	tcase_add_test(tc, kinds_are_compared_with_their_own);
	tcase_add_test(tc, a_kind_that_carried_nothing_has_no_shares);
	tcase_add_test(tc, percentiles_are_of_all_jobs_together);
	tcase_add_loop_test(tc, odd_bins_are_refused, 0, 4);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
