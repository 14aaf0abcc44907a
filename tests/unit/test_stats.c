// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics against values worked out elsewhere (R 4.2, and by hand). */
#include <check.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/util.h"
#include "stats/stats.h"

#define NEAR 1e-9

START_TEST(medians_and_quantiles)
{
	static const double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 };
	static const double ten[] = { 10, 2, 38, 23, 38, 23, 21, 4, 7, 15 };
	double x;

	ck_assert_int_eq(stats_median(odd, 3, &x), 0);
	ck_assert_double_eq(x, 5);
	ck_assert_int_eq(stats_median(even, 4, &x), 0);
	ck_assert_double_eq(x, 2.5);
	ck_assert_double_eq(odd[0], 9); /* the input is not sorted in place */
	/* R: quantile(c(10,2,38,23,38,23,21,4,7,15), c(.25,.9)) = 7.75, 38 */
	ck_assert_int_eq(stats_quantile(ten, 10, 0.25, &x), 0);
	ck_assert_double_eq_tol(x, 7.75, NEAR);
	ck_assert_int_eq(stats_quantile(ten, 10, 0.9, &x), 0);
	ck_assert_double_eq_tol(x, 38, NEAR);
	ck_assert_int_eq(stats_quantile(ten, 10, 0, &x), 0);
	ck_assert_double_eq(x, 2);
	ck_assert_int_eq(stats_quantile(ten, 10, 1, &x), 0);
	ck_assert_double_eq(x, 38);
	/* by hand: mean 18.1, sum of squares about it 1504.9 */
	ck_assert_int_eq(stats_mean(ten, 10, &x), 0);
	ck_assert_double_eq_tol(x, 18.1, NEAR);
	ck_assert_int_eq(stats_stddev(ten, 10, &x), 0);
	ck_assert_double_eq_tol(x, sqrt(1504.9 / 9), NEAR);
}
END_TEST

START_TEST(nothing_and_nonsense_are_errors)
{
	static const double bad[][2] = { { 1, NAN }, { INFINITY, 1 }, { -INFINITY, 1 } };
	static const double good[] = { 1, 2 };
	struct estimate e = { .value = 42 };
	double x = 42, y = 42;
	size_t i;

	ck_assert_int_eq(stats_median(NULL, 0, &x), -ENODATA);
	ck_assert_int_eq(stats_mean(NULL, 0, &x), -ENODATA);
	ck_assert_int_eq(stats_stddev(good, 1, &x), -ENODATA);
	ck_assert_int_eq(stats_estimate(NULL, NULL, 0, 1, &e), -ENODATA);
	ck_assert_int_eq(stats_proportion(0, 0, &x, &y), -ENODATA);
	ck_assert_int_eq(stats_proportion(3, 2, &x, &y), -EDOM);
	ck_assert_int_eq(stats_quantile(good, 2, 1.1, &x), -EDOM);
	ck_assert_int_eq(stats_quantile(good, 2, NAN, &x), -EDOM);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(stats_median(bad[i], 2, &x), -EDOM);
		ck_assert_int_eq(stats_mean(bad[i], 2, &x), -EDOM);
		ck_assert_int_eq(stats_stddev(bad[i], 2, &x), -EDOM);
		ck_assert_int_eq(stats_estimate(bad[i], NULL, 2, 1, &e), -EDOM);
	}
	ck_assert_double_eq(x, 42);
	ck_assert_double_eq(y, 42);
	ck_assert_double_eq(e.value, 42);
}
END_TEST

START_TEST(huge_values_do_not_overflow)
{
	static const double huge[] = { -DBL_MAX, DBL_MAX };
	struct estimate e;
	double x;

	ck_assert_int_eq(stats_median(huge, 2, &x), 0);
	ck_assert_double_eq(x, 0);
	ck_assert_int_eq(stats_mean(huge, 2, &x), 0);
	ck_assert_double_eq(x, 0);
	ck_assert_int_eq(stats_stddev(huge, 2, &x), -EDOM);
	ck_assert_int_eq(stats_estimate(huge, NULL, 2, 1, &e), 0);
	ck_assert(isfinite(e.low) && isfinite(e.high));
	ck_assert(e.noisy);
}
END_TEST

START_TEST(an_interval_is_reproducible_and_holds_the_median)
{
	static const double v[] = { 10.1, 9.9, 10, 10.05, 9.95, 10.02, 9.98, 10.01 };
	struct estimate a, b, c;

	ck_assert_int_eq(stats_estimate(v, NULL, 8, 7, &a), 0);
	ck_assert_int_eq(stats_estimate(v, NULL, 8, 7, &b), 0);
	ck_assert_int_eq(stats_estimate(v, NULL, 8, 8, &c), 0);
	ck_assert_double_eq(a.low, b.low);
	ck_assert_double_eq(a.high, b.high);
	ck_assert_double_eq_tol(a.value, 10.005, NEAR);
	ck_assert(a.bounded && !a.noisy);
	ck_assert_double_lt(a.low, a.value);
	ck_assert_double_gt(a.high, a.value);
	ck_assert_double_ge(a.low, 9.9);
	ck_assert_double_le(a.high, 10.1);
	ck_assert_double_eq_tol(a.low, c.low, 0.03);
	ck_assert_uint_eq(a.n, 8);
}
END_TEST

START_TEST(the_interval_of_two_is_both)
{
	/* Of two values a quarter of the resamples are each value twice: 2.5 % lies within. */
	static const double v[] = { 1, 3 };
	struct estimate e;

	ck_assert_int_eq(stats_estimate(v, NULL, 2, 1, &e), 0);
	ck_assert_double_eq(e.low, 1);
	ck_assert_double_eq(e.value, 2);
	ck_assert_double_eq(e.high, 3);
	ck_assert(e.noisy);
}
END_TEST

START_TEST(one_value_has_no_interval)
{
	static const double v[] = { 5 };
	struct estimate e;

	ck_assert_int_eq(stats_estimate(v, NULL, 1, 1, &e), 0);
	ck_assert_double_eq(e.value, 5);
	ck_assert(!e.bounded);
	ck_assert(e.noisy);
}
END_TEST

/* Ten values of one invocation are hardly more than one: blocks must widen the interval. */
START_TEST(values_of_one_invocation_are_not_independent)
{
	double v[30];
	unsigned int block[30], i;
	struct estimate single, blocked;

	for (i = 0; i < 30; i++) {
		block[i] = i / 10;
		v[i] = 100 + 10 * block[i] + i % 10 * 0.01;
	}
	ck_assert_int_eq(stats_estimate(v, NULL, 30, 3, &single), 0);
	ck_assert_int_eq(stats_estimate(v, block, 30, 3, &blocked), 0);
	ck_assert_double_eq(single.value, blocked.value);
	ck_assert_double_lt(blocked.low, 100.1);
	ck_assert_double_gt(blocked.high, 120);
	ck_assert_double_gt(single.low, blocked.low);
}
END_TEST

START_TEST(all_in_one_invocation_is_resampled_singly)
{
	static const double v[] = { 1, 2, 3, 4, 5 };
	static const unsigned int block[] = { 4, 4, 4, 4, 4 };
	struct estimate a, b;

	ck_assert_int_eq(stats_estimate(v, block, 5, 9, &a), 0);
	ck_assert_int_eq(stats_estimate(v, NULL, 5, 9, &b), 0);
	ck_assert_double_eq(a.low, b.low);
	ck_assert_double_eq(a.high, b.high);
	ck_assert_double_lt(a.low, a.high);
}
END_TEST

/* Coverage: of many experiments with a known median, about 95 % of intervals must hold it. */
START_TEST(intervals_cover_what_they_promise)
{
	struct rng r;
	unsigned int held = 0, t, i;
	double v[25];

	rng_seed(&r, 12345);
	for (t = 0; t < 200; t++) {
		struct estimate e;

		for (i = 0; i < 25; i++)
			v[i] = (double)rng_below(&r, 1000001) / 1e6;
		ck_assert_int_eq(stats_estimate(v, NULL, 25, t, &e), 0);
		held += e.low <= 0.5 && e.high >= 0.5;
	}
	ck_assert_uint_ge(held, 178); /* 89 % */
	ck_assert_uint_le(held, 199);
}
END_TEST

START_TEST(ratios_of_unpaired_runs)
{
	static const double a[] = { 10, 11, 9, 10 }, b[] = { 20, 21, 19, 20 }, zero[] = { 0, 1 };
	const struct stats_series of = { b, NULL, 4 }, over = { a, NULL, 4 };
	const struct stats_series none = { NULL, NULL, 0 }, bad = { zero, NULL, 2 };
	struct estimate e;

	ck_assert_int_eq(stats_ratio(&of, &over, 1, &e), 0);
	ck_assert_double_eq(e.value, 2);
	ck_assert_double_ge(e.low, 19.0 / 11);
	ck_assert_double_le(e.high, 21.0 / 9);
	ck_assert_double_lt(e.low, 2);
	ck_assert_double_gt(e.high, 2);
	ck_assert_int_eq(stats_ratio(&none, &over, 1, &e), -ENODATA);
	ck_assert_int_eq(stats_ratio(&of, &none, 1, &e), -ENODATA);
	ck_assert_int_eq(stats_ratio(&of, &bad, 1, &e), -EDOM);
}
END_TEST

START_TEST(proportions)
{
	double low, high;

	/* R: binom.test(8, 10)$conf.int = 0.4439045 0.9747893; (0, 10) = 0 0.3084971 */
	ck_assert_int_eq(stats_proportion(8, 10, &low, &high), 0);
	ck_assert_double_eq_tol(low, 0.4439045, 1e-6);
	ck_assert_double_eq_tol(high, 0.9747893, 1e-6);
	ck_assert_int_eq(stats_proportion(0, 10, &low, &high), 0);
	ck_assert_double_eq(low, 0);
	ck_assert_double_eq_tol(high, 0.3084971, 1e-6);
	ck_assert_int_eq(stats_proportion(10, 10, &low, &high), 0);
	ck_assert_double_eq_tol(low, 1 - 0.3084971, 1e-6);
	ck_assert_double_eq(high, 1);
}
END_TEST

START_TEST(the_generator_is_the_published_one)
{
	unsigned int v[100], seen[100] = { 0 }, moved = 0, i;
	unsigned int counts[6] = { 0 };
	struct rng r;

	/* SplitMix64's first outputs for seed 1234567, as its authors' code gives them. */
	rng_seed(&r, 1234567);
	ck_assert(rng_next(&r) == 6457827717110365317ULL);
	ck_assert(rng_next(&r) == 3203168211198807973ULL);
	for (i = 0; i < 6000; i++)
		counts[rng_below(&r, 6)]++;
	for (i = 0; i < 6; i++) {
		ck_assert_uint_gt(counts[i], 850);
		ck_assert_uint_lt(counts[i], 1150);
	}
	for (i = 0; i < 100; i++)
		v[i] = i;
	rng_shuffle(&r, v, 100);
	for (i = 0; i < 100; i++) {
		seen[v[i]]++;
		moved += v[i] != i;
	}
	for (i = 0; i < 100; i++)
		ck_assert_uint_eq(seen[i], 1);
	ck_assert_uint_gt(moved, 80);
}
END_TEST

START_TEST(a_slope_is_the_lines)
{
	/* By hand: y = 2 + 3x, exactly; three invocations of other offsets. */
	static const double x[] = { 1, 10, 100, 1, 10, 100, 1, 10, 100 };
	static const double exact[] = { 5, 32, 302, 105, 132, 402, 6, 33, 303 };
	static const unsigned int block[] = { 0, 0, 0, 1, 1, 1, 2, 2, 2 };
	/* R: coef(lm(c(1,3,2,5,4) ~ c(1,2,3,4,5)))[2] = 0.8 */
	static const double five_x[] = { 1, 2, 3, 4, 5 }, five_y[] = { 1, 3, 2, 5, 4 };
	static const unsigned int one[] = { 7, 7, 7, 7, 7 };
	struct estimate e;

	ck_assert_int_eq(stats_slope(x, exact, block, 9, 1, &e), 0);
	ck_assert_double_eq_tol(e.value, 3, NEAR);
	ck_assert_double_eq_tol(e.low, 3, NEAR);
	ck_assert_double_eq_tol(e.high, 3, NEAR);
	ck_assert_uint_eq(e.n, 3); /* lines */
	ck_assert(e.bounded && !e.noisy);
	ck_assert_int_eq(stats_slope(five_x, five_y, one, 5, 1, &e), 0);
	ck_assert_double_eq_tol(e.value, 0.8, NEAR);
	ck_assert_uint_eq(e.n, 5); /* points */
	ck_assert(e.bounded && e.noisy);
	ck_assert_double_lt(e.low, 0.5);
	ck_assert_double_gt(e.high, 1);
}
END_TEST

START_TEST(slopes_of_invocations_are_drawn_whole)
{
	/* Slopes 1, 2 and 3: the median is 2, and some resamples are all 1 or all 3. */
	static const double x[] = { 3, 0, 0, 3, 3, 0 }, y[] = { 3, 0, 0, 6, 9, 0 };
	static const unsigned int block[] = { 5, 5, 2, 2, 9, 9 };
	static const unsigned int mixed[] = { 5, 2, 5, 2, 9, 9 };
	struct estimate e;

	ck_assert_int_eq(stats_slope(x, y, block, 6, 1, &e), 0);
	ck_assert_double_eq_tol(e.value, 2, NEAR);
	ck_assert_double_eq_tol(e.low, 1, NEAR);
	ck_assert_double_eq_tol(e.high, 3, NEAR);
	/* The order does not matter, only which point is whose: (3,3)-(0,0), (0,0)-(3,6). */
	ck_assert_int_eq(stats_slope(x, y, mixed, 6, 1, &e), 0);
	ck_assert_double_eq_tol(e.value, 2, NEAR);
}
END_TEST

START_TEST(what_has_no_line_has_no_slope)
{
	static const double same[] = { 0.1, 0.1, 0.1, 0.1 }, y[] = { 1, 2, 3, 4 };
	static const double two_x[] = { 1, 2, 1, 1 };
	static const double bad[] = { 1, NAN, 1, 1 };
	static const unsigned int block[] = { 0, 0, 1, 1 };
	struct estimate e = { .value = 42 };

	ck_assert_int_eq(stats_slope(NULL, NULL, NULL, 0, 1, &e), -ENODATA);
	ck_assert_int_eq(stats_slope(same, y, block, 4, 1, &e), -ENODATA);
	ck_assert_int_eq(stats_slope(bad, y, block, 4, 1, &e), -EDOM);
	ck_assert_int_eq(stats_slope(y, bad, block, 4, 1, &e), -EDOM);
	ck_assert_double_eq(e.value, 42);
	/* One invocation has a line of two points: no interval. */
	ck_assert_int_eq(stats_slope(two_x, y, block, 4, 1, &e), 0);
	ck_assert_double_eq_tol(e.value, 1, NEAR);
	ck_assert(!e.bounded && e.noisy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tc = tcase_create("stats");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, medians_and_quantiles);
	tcase_add_test(tc, nothing_and_nonsense_are_errors);
	tcase_add_test(tc, huge_values_do_not_overflow);
	tcase_add_test(tc, an_interval_is_reproducible_and_holds_the_median);
	tcase_add_test(tc, the_interval_of_two_is_both);
	tcase_add_test(tc, one_value_has_no_interval);
	tcase_add_test(tc, values_of_one_invocation_are_not_independent);
	tcase_add_test(tc, all_in_one_invocation_is_resampled_singly);
	tcase_add_test(tc, intervals_cover_what_they_promise);
	tcase_add_test(tc, ratios_of_unpaired_runs);
	tcase_add_test(tc, a_slope_is_the_lines);
	tcase_add_test(tc, slopes_of_invocations_are_drawn_whole);
	tcase_add_test(tc, what_has_no_line_has_no_slope);
	tcase_add_test(tc, proportions);
	tcase_add_test(tc, the_generator_is_the_published_one);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
