// SPDX-License-Identifier: GPL-2.0-or-later
/* Picking samples by their dimensions: order, parts of a system, pairs. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "core/util.h"
#include "report/selection.h"

#define DIMS(...)                              \
	.dims = (struct dim[]){ __VA_ARGS__ }, \
	.n_dims = sizeof((struct dim[]){ __VA_ARGS__ }) / sizeof(struct dim)
#define OK .experiment = "e", .metric = "m", .unit = "s", .ok = true

static char zeta[] = "zeta", alpha[] = "alpha", mtu[] = "mtu", large[] = "1500", small[] = "500";
static char *systems[] = { zeta, alpha };
static char *mtus[] = { large, small };
static struct experiment_axis axes[] = { { mtu, mtus, 2 } };
static const struct experiment experiment = {
	.systems = systems,
	.n_systems = 2,
	.matrix = axes,
	.n_matrix = 1,
};

static struct sample list[] = {
	{ OK, .value = 1, .invocation = 0, DIMS({ "mtu", "500" }, { "system", "alpha" }) },
	{ OK, .value = 2, .invocation = 0, DIMS({ "mtu", "500" }, { "system", "zeta" }) },
	{ OK, .value = 8, .invocation = 1, DIMS({ "mtu", "500" }, { "system", "zeta" }) },
	{ OK, .value = 4, .invocation = 0, DIMS({ "mtu", "1500" }, { "system", "zeta" }) },
	{ OK, .value = 9, DIMS({ "mtu", "500" }, { "system", "zeta" }, { "vm", "c" }) },
	{ OK, .value = 9,
	  DIMS({ "mtu", "500" }, { "system", "zeta" }, { "thread", "io" }, { "vm", "c" }) },
	{ .experiment = "e", .metric = "m", DIMS({ "mtu", "500" }, { "system", "alpha" }) },
	{ .experiment = "other", .metric = "m", .unit = "s", .ok = true, .value = 7 },
	{ .experiment = "e", .metric = "n", .unit = "s", .ok = true, .value = 7 },
};
static const struct samples samples = { .v = list, .n = ARRAY_SIZE(list) };

static struct selection all;

static void setup(void)
{
	all = (struct selection){ 0 };
	select_metric(&all, &samples, "e", "m", NULL, NULL);
}

static void teardown(void)
{
	selection_free(&all);
}

START_TEST(only_whole_systems_unless_parts_are_asked_for)
{
	struct keys parts = { 0 };
	struct selection sel = { 0 };

	ck_assert_uint_eq(all.n, 4);
	keys_add(&parts, "vm");
	select_metric(&sel, &samples, "e", "m", NULL, &parts);
	ck_assert_uint_eq(sel.n, 5);
	selection_free(&sel);
	keys_add(&parts, "thread");
	select_metric(&sel, &samples, "e", "m", NULL, &parts);
	ck_assert_uint_eq(sel.n, 6);
	selection_free(&sel);
	keys_free(&parts);
}
END_TEST

START_TEST(of_a_fleet_only_the_mean_is_left)
{
	static const char *const vms[] = { "client", "dd", "dd0", "dd17", "dd*", "dd17b", "net0" };
	static const char *const left[] = { "client", "dd", "dd*", "dd17b", "net0" };
	struct sample s[ARRAY_SIZE(vms)];
	struct dim d[ARRAY_SIZE(vms)];
	struct selection sel = { .v = xcalloc(ARRAY_SIZE(vms), sizeof(*sel.v)),
				 .n = ARRAY_SIZE(vms) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		d[i] = (struct dim){ "vm", vms[i] };
		s[i] = (struct sample){ OK, .dims = &d[i], .n_dims = 1 };
		sel.v[i] = &s[i];
	}
	select_fleets(&sel);
	ck_assert_uint_eq(sel.n, ARRAY_SIZE(left));
	for (i = 0; i < sel.n; i++)
		ck_assert_str_eq(sample_dim(sel.v[i], "vm"), left[i]);
	selection_free(&sel);
}
END_TEST

START_TEST(conditions_are_met)
{
	char of_mtu[] = "mtu=500", of_vm[] = "vm=c";
	char *pairs[] = { of_mtu, of_vm };
	struct dimset where = { pairs, 1 };
	struct selection sel = { 0 };

	select_metric(&sel, &samples, "e", "m", &where, NULL);
	ck_assert_uint_eq(sel.n, 3);
	selection_free(&sel);
	where.n = 2;
	select_metric(&sel, &samples, "e", "m", &where, NULL);
	ck_assert_uint_eq(sel.n, 1);
	selection_free(&sel);
}
END_TEST

START_TEST(values_and_rows_come_in_the_descriptions_order)
{
	struct keys values = { 0 }, keys = { 0 };
	struct selection rows = { 0 };

	selection_values(&all, &experiment, "system", &values);
	ck_assert_uint_eq(values.n, 2);
	ck_assert_str_eq(values.v[0], "zeta");
	ck_assert_str_eq(values.v[1], "alpha");
	selection_varying(&all, "system", &keys);
	ck_assert_uint_eq(keys.n, 1);
	ck_assert_str_eq(keys.v[0], "mtu");
	selection_rows(&all, &experiment, &keys, &rows);
	ck_assert_uint_eq(rows.n, 2);
	ck_assert_str_eq(sample_dim(rows.v[0], "mtu"), "1500");
	ck_assert_str_eq(sample_dim(rows.v[1], "mtu"), "500");
	selection_free(&rows);
	keys_free(&values);
	keys_free(&keys);
}
END_TEST

START_TEST(values_that_are_not_listed_go_by_number)
{
	static const char *const times[] = { "20", "-20", "word", "0", "-100", "3" };
	static const char *const sorted[] = { "-100", "-20", "0", "3", "20", "word" };
	struct sample s[ARRAY_SIZE(times)];
	struct dim d[ARRAY_SIZE(times)];
	struct selection sel = { .v = xcalloc(ARRAY_SIZE(times), sizeof(*sel.v)),
				 .n = ARRAY_SIZE(times) };
	struct keys values = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		d[i] = (struct dim){ "t", times[i] };
		s[i] = (struct sample){ OK, .dims = &d[i], .n_dims = 1 };
		sel.v[i] = &s[i];
	}
	selection_values(&sel, &experiment, "t", &values);
	ck_assert_uint_eq(values.n, ARRAY_SIZE(sorted));
	for (i = 0; i < values.n; i++)
		ck_assert_str_eq(values.v[i], sorted[i]);
	keys_free(&values);
	selection_free(&sel);
}
END_TEST

START_TEST(what_goes_with_the_series_is_no_condition)
{
	struct sample own[] = {
		{ OK, DIMS({ "driver", "a" }, { "mtu", "1500" }, { "system", "zeta" }) },
		{ OK, DIMS({ "driver", "a" }, { "mtu", "500" }, { "system", "zeta" }) },
		{ OK, DIMS({ "driver", "b" }, { "mtu", "500" }, { "system", "alpha" }) },
	};
	struct samples three = { .v = own, .n = ARRAY_SIZE(own) };
	struct selection sel = { 0 };
	struct keys keys = { 0 };

	select_metric(&sel, &three, "e", "m", NULL, NULL);
	selection_varying(&sel, "system", &keys);
	ck_assert_uint_eq(keys.n, 1);
	ck_assert_str_eq(keys.v[0], "mtu");
	keys_free(&keys);
	selection_free(&sel);
}
END_TEST

START_TEST(ratios_pair_samples_of_one_invocation)
{
	struct sample alpha_values[] = {
		{ OK, .value = 1, .invocation = 2 },
		{ OK, .value = 6, .invocation = 1 },
		{ OK, .value = 5, .invocation = 7 },
	};
	struct sample zeta_values[] = {
		{ OK, .value = 2, .invocation = 1 },
		{ OK, .value = 2, .invocation = 2 },
		{ OK, .value = 0, .invocation = 7 },
	};
	struct samples alphas = { .v = alpha_values, .n = 3 }, zetas = { .v = zeta_values, .n = 3 };
	struct selection of = { 0 }, over = { 0 };
	struct estimate e = { 0 };

	select_metric(&of, &alphas, "e", "m", NULL, NULL);
	ck_assert_int_eq(selection_ratio(&of, &over, 1, &e), -ENODATA);
	select_metric(&over, &zetas, "e", "m", NULL, NULL);
	ck_assert_int_eq(selection_ratio(&of, &over, 1, &e), 0);
	ck_assert_uint_eq(e.n, 2);
	ck_assert_double_eq(e.value, 1.75);
	ck_assert_double_ge(e.low, 0.5);
	ck_assert_double_le(e.high, 3);
	selection_free(&over);
	selection_free(&of);
}
END_TEST

START_TEST(estimates_are_scaled_medians)
{
	struct keys keys = { 0 };
	struct selection sel = { 0 };
	struct estimate e = { 0 };

	keys_add(&keys, "system");
	select_like(&sel, &all, &list[1], &keys);
	ck_assert_uint_eq(sel.n, 3);
	ck_assert_int_eq(selection_estimate(&sel, 10, 1, &e), 0);
	ck_assert_double_eq(e.value, 40);
	ck_assert_uint_eq(e.n, 3);
	selection_free(&sel);
	ck_assert_int_eq(selection_estimate(&sel, 10, 1, &e), -ENODATA);
	keys_free(&keys);
}
END_TEST

START_TEST(a_deviation_is_a_share_of_the_mean)
{
	struct keys keys = { 0 };
	struct selection sel = { 0 };
	double share;

	keys_add(&keys, "system");
	select_like(&sel, &all, &list[1], &keys);
	ck_assert_int_eq(selection_deviation(&sel, &share), 0);
	/* 2, 8 and 4 */
	ck_assert_double_eq_tol(share, 0.654654, 1e-6);
	selection_free(&sel);
	/* One alone has none. */
	select_like(&sel, &all, &list[0], &keys);
	ck_assert_uint_eq(sel.n, 1);
	ck_assert_int_eq(selection_deviation(&sel, &share), -ENODATA);
	selection_free(&sel);
	keys_free(&keys);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_selection");
	TCase *tc = tcase_create("report_selection");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, only_whole_systems_unless_parts_are_asked_for);
	tcase_add_test(tc, of_a_fleet_only_the_mean_is_left);
	tcase_add_test(tc, conditions_are_met);
	tcase_add_test(tc, values_and_rows_come_in_the_descriptions_order);
	tcase_add_test(tc, values_that_are_not_listed_go_by_number);
	tcase_add_test(tc, what_goes_with_the_series_is_no_condition);
	tcase_add_test(tc, ratios_pair_samples_of_one_invocation);
	tcase_add_test(tc, estimates_are_scaled_medians);
	tcase_add_test(tc, a_deviation_is_a_share_of_the_mean);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
