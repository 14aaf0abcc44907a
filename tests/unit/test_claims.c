// SPDX-License-Identifier: GPL-2.0-or-later
/* Claims: which samples make a pair, what is worked out of them, and what the verdict is. */
#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "describe.h"
#include "results/claims.h"
#include "results/pairs.h"
#include "results/run_dir.h"

#define CLAIM(kind, sides, expect)                                                       \
	DESCRIBE_HEAD "claims:\n"                                                        \
		      "  - id: c\n    statement: s\n    source: t\n    kind: " kind "\n" \
		      "    metric: throughput\n" sides "    expect: \"" expect           \
		      "\"\n    unit: \"1\"\n"
#define OF "    of: [system=isolated]\n"
#define OVER "    over: [system=native]\n"
#define BASE "    base: [system=virtio]\n"
#define WHERE "    where: [mtu=1500]\n"

static struct sample v[256];
static struct dim dims[256][4];
static struct samples all;

static void setup(void)
{
	all = (struct samples){ .v = v };
}

static struct sample *add(const char *system, const char *mtu, unsigned int invocation,
			  unsigned int iteration, double value)
{
	struct sample *s = &v[all.n];
	struct dim *d = dims[all.n++];

	d[0] = (struct dim){ "driver", "e1000" };
	d[1] = (struct dim){ "mtu", mtu };
	d[2] = (struct dim){ "system", system };
	*s = (struct sample){
		.experiment = "test",
		.metric = "throughput",
		.unit = "bit/s",
		.value = value,
		.dims = d,
		.n_dims = 3,
		.invocation = invocation,
		.iteration = iteration,
		.ok = true,
	};
	return s;
}

static struct judgement judge(const char *description)
{
	struct experiment *exp = describe(description);
	struct judgement j;

	claim_judge(exp, &exp->claims[0], &all, 1, &j);
	j.experiment = NULL;
	j.claim = NULL;
	experiment_free(exp);
	return j;
}

/* native as given, isolated @factor of it, in three invocations of two iterations. */
static void add_runs(double factor)
{
	unsigned int i;

	for (i = 0; i < 6; i++) {
		add("native", "1500", i / 2, i % 2, 100 + 10 * i);
		add("isolated", "1500", i / 2, i % 2, (100 + 10 * i) * factor);
	}
}

START_TEST(pairs_are_of_one_moment)
{
	struct judgement j;

	/* Absolute values drift by half; the ratio of pairs does not. */
	add_runs(0.98);
	j = judge(CLAIM("ratio", OF OVER WHERE, ">= 0.97"));
	ck_assert(j.measured);
	ck_assert_uint_eq(j.estimate.n, 6);
	ck_assert_double_eq_tol(j.estimate.value, 0.98, 1e-12);
	ck_assert_double_eq_tol(j.estimate.low, 0.98, 1e-12);
	ck_assert(!j.estimate.noisy);
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	ck_assert_str_eq(j.why, "the interval lies above 0.97");
}
END_TEST

START_TEST(what_falls_short_is_not_reproduced)
{
	struct judgement j;

	add_runs(0.9);
	j = judge(CLAIM("ratio", OF OVER, ">= 0.97"));
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	ck_assert_str_eq(j.why, "the median lies below 0.97");
}
END_TEST

START_TEST(what_is_met_in_part_is_not_shown)
{
	static const double ratios[] = { 0.90, 0.98, 0.99, 0.985, 0.99 };
	struct judgement j;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		add("native", "1500", i, 0, 100);
		add("isolated", "1500", i, 0, 100 * ratios[i]);
	}
	j = judge(CLAIM("ratio", OF OVER, ">= 0.97"));
	ck_assert_double_eq_tol(j.estimate.value, 0.985, 1e-12);
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	ck_assert_ptr_nonnull(strstr(j.why, "the median meets 0.97 but the interval reaches 0.9"));
}
END_TEST

START_TEST(differences_and_values)
{
	struct judgement j;

	add_runs(1.5);
	j = judge(CLAIM("difference", OF OVER, "<= 100"));
	ck_assert_double_eq_tol(j.estimate.value, 62.5, 1e-9);
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	ck_assert_str_eq(j.why, "the interval lies below 100");
	j = judge(CLAIM("value", OF, "<= 100"));
	ck_assert_double_eq_tol(j.estimate.value, 187.5, 1e-9);
	ck_assert_uint_eq(j.estimate.n, 6);
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	ck_assert_str_eq(j.why, "the median lies above 100");
}
END_TEST

START_TEST(ratios_of_differences)
{
	struct judgement j;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		add("virtio", "1500", i, 0, 50 + i);
		add("native", "1500", i, 0, 60 + i);
		add("isolated", "1500", i, 0, 80 + i);
	}
	j = judge(CLAIM("ratio of differences", OF OVER BASE, "<= 4"));
	ck_assert_uint_eq(j.estimate.n, 3);
	ck_assert_double_eq_tol(j.estimate.value, 3, 1e-12);
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
}
END_TEST

START_TEST(only_what_belongs_together_is_paired)
{
	struct judgement j;

	add("native", "1500", 0, 0, 100);
	add("isolated", "1500", 0, 0, 90);
	add("native", "500", 0, 0, 10); /* another mtu */
	add("isolated", "1500", 0, 1, 1); /* native has no such iteration */
	add("isolated", "1500", 1, 0, 1); /* nor invocation */
	add("native", "1500", 2, 0, 100)->metric = "other";
	add("isolated", "1500", 2, 0, 1);
	add("native", "1500", 3, 0, 100)->experiment = "other";
	add("isolated", "1500", 3, 0, 1);
	add("native", "1500", 4, 0, 100)->ok = false;
	add("isolated", "1500", 4, 0, 1);
	add("native", "1500", 5, 0, 0); /* nothing is divided by 0 */
	add("isolated", "1500", 5, 0, 1);
	add("native", "1500", 6, 0, 200);
	add("isolated", "1500", 6, 0, 180);
	add("isolated", "1500", 6, 0, 1); /* recorded again: the first counts */
	j = judge(CLAIM("ratio", OF OVER WHERE, ">= 0.5"));
	ck_assert_uint_eq(j.estimate.n, 2);
	ck_assert_double_eq_tol(j.estimate.value, 0.9, 1e-12);
}
END_TEST

START_TEST(where_holds_for_all_sides)
{
	struct judgement j;

	add_runs(0.98);
	add("native", "500", 0, 0, 100);
	add("isolated", "500", 0, 0, 1);
	j = judge(CLAIM("ratio", OF OVER, ">= 0.5"));
	ck_assert_uint_eq(j.estimate.n, 7);
	j = judge(CLAIM("ratio", OF OVER WHERE, ">= 0.5"));
	ck_assert_uint_eq(j.estimate.n, 6);
}
END_TEST

START_TEST(nothing_measured_is_not_applicable)
{
	struct judgement j;
	struct sample *s;

	j = judge(CLAIM("ratio", OF OVER, ">= 0.97"));
	ck_assert_int_eq(j.verdict, VERDICT_NOT_APPLICABLE);
	ck_assert(!j.measured);
	ck_assert_str_eq(j.why, "this run did not measure it");
	s = add("isolated", "1500", 0, 0, 0);
	s->ok = false;
	s->reason = "VM net-dd died";
	j = judge(CLAIM("ratio", OF OVER, ">= 0.97"));
	ck_assert_int_eq(j.verdict, VERDICT_NOT_APPLICABLE);
	ck_assert_str_eq(j.why, "all 1 samples failed: VM net-dd died");
	s->skipped = true;
	j = judge(CLAIM("ratio", OF OVER, ">= 0.97"));
	ck_assert_str_eq(j.why, "skipped: VM net-dd died");
}
END_TEST

START_TEST(one_pair_proves_nothing)
{
	struct judgement j;

	add("native", "1500", 0, 0, 100);
	add("isolated", "1500", 0, 0, 99);
	j = judge(CLAIM("ratio", OF OVER, ">= 0.97"));
	ck_assert(j.measured);
	ck_assert(!j.estimate.bounded);
	ck_assert_int_eq(j.verdict, VERDICT_NOT_APPLICABLE);
}
END_TEST

START_TEST(an_aim_is_reported)
{
	struct judgement j;

	add_runs(0.7);
	j = judge(CLAIM("ratio", OF OVER "    aim: \">= 0.85\"\n", ">= 0.60"));
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	ck_assert_str_eq(j.why, "the interval lies above 0.6; the aim of 0.85 is not reached");
	setup();
	add_runs(0.9);
	j = judge(CLAIM("ratio", OF OVER "    aim: \">= 0.85\"\n", ">= 0.60"));
	ck_assert_ptr_nonnull(strstr(j.why, "the aim of 0.85 is reached"));
}
END_TEST

START_TEST(expectations_are_parsed)
{
	bool at_least;
	double target;

	ck_assert_int_eq(expectation_parse(">= 0.97", &at_least, &target), 0);
	ck_assert(at_least);
	ck_assert_double_eq(target, 0.97);
	ck_assert_int_eq(expectation_parse("<=5e2", &at_least, &target), 0);
	ck_assert(!at_least);
	ck_assert_double_eq(target, 500);
	ck_assert_int_eq(expectation_parse("0.97", &at_least, &target), -EINVAL);
	ck_assert_int_eq(expectation_parse(">= ", &at_least, &target), -EINVAL);
	ck_assert_int_eq(expectation_parse(">= 1 x", &at_least, &target), -EINVAL);
	ck_assert_int_eq(expectation_parse(">= nan", &at_least, &target), -EINVAL);
	ck_assert_int_eq(expectation_parse("> 1", &at_least, &target), -EINVAL);
	ck_assert_int_eq(expectation_parse("", &at_least, &target), -EINVAL);
}
END_TEST

/* The whole way: a run's folder in, claims.json and a table out. */
START_TEST(a_run_is_judged)
{
	char *dir = temp_folder(), *path, *sub = xasprintf("%s/experiments", dir), *table = NULL;
	unsigned int failed = 42;
	struct sample_writer *w;
	json_t *json, *claim;
	size_t len, i;
	FILE *out;

	ck_assert_int_eq(mkdir_p(sub), 0);
	free(temp_file(sub, "test.yaml",
		       CLAIM("ratio", OF OVER, ">= 0.97") "  - id: d\n    statement: s\n"
							  "    source: t\n    kind: value\n"
							  "    metric: none\n" OF
							  "    expect: \"<= 8\"\n    unit: s\n"));
	free(temp_file(dir, "plan.json", "{\"seed\":7,\"experiments\":[{\"name\":\"test\"}]}"));
	add_runs(0.9);
	path = run_dir_path(dir, "samples.jsonl");
	ck_assert_int_eq(sample_writer_open(&w, path), 0);
	for (i = 0; i < all.n; i++)
		ck_assert_int_eq(sample_add(w, &v[i]), 0);
	sample_writer_close(w);
	out = open_memstream(&table, &len);
	ck_assert_int_eq(claims_write(dir, out, &failed), 0);
	fclose(out);
	ck_assert_uint_eq(failed, 1);
	ck_assert_ptr_nonnull(strstr(table, "not reproduced"));
	ck_assert_int_eq(run_dir_read_json(dir, "claims.json", &json), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "version")), RESULT_VERSION);
	claim = json_array_get(json_object_get(json, "claims"), 0);
	ck_assert_double_eq_tol(json_real_value(json_object_get(claim, "measured")), 0.9, 1e-12);
	ck_assert_double_eq(json_real_value(json_object_get(claim, "target")), 0.97);
	ck_assert(json_is_null(json_object_get(claim, "aim")));
	ck_assert_str_eq(json_string_value(json_object_get(claim, "verdict")), "not reproduced");
	ck_assert_int_eq(json_integer_value(json_object_get(claim, "n")), 6);
	claim = json_array_get(json_object_get(json, "claims"), 1);
	ck_assert(json_is_null(json_object_get(claim, "measured")));
	ck_assert(json_is_null(json_object_get(claim, "low")));
	ck_assert_str_eq(json_string_value(json_object_get(claim, "verdict")), "not applicable");
	json_decref(json);
	free(table);
	free(path);
	free(sub);
	temp_folder_free(dir);
}
END_TEST

#define ALONG "    along: mtu\n"

/* Of three invocations, 0.2 per unit of the axis, which has three values. */
static void add_lines(void)
{
	static const char *const mtus[] = { "1500", "500", "1000" };
	unsigned int i, m;

	for (i = 0; i < 3; i++)
		for (m = 0; m < 3; m++)
			add("isolated", mtus[m], i, 0, 40 * i + 0.2 * atoi(mtus[m]));
}

START_TEST(a_slope_has_a_line_per_invocation)
{
	struct judgement j;

	add_lines();
	add("native", "1500", 0, 0, 1e6); /* no part of it */
	j = judge(CLAIM("slope", OF ALONG, "<= 0.3"));
	ck_assert_double_eq_tol(j.estimate.value, 0.2, 1e-9);
	ck_assert_double_eq_tol(j.estimate.high, 0.2, 1e-9);
	ck_assert_uint_eq(j.estimate.n, 3);
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	ck_assert_str_eq(j.why, "the interval lies below 0.3");
	j = judge(CLAIM("slope", OF ALONG, "<= 0.1"));
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	ck_assert_str_eq(j.why, "the slope lies above 0.1");
}
END_TEST

START_TEST(a_slope_of_one_invocation_says_so)
{
	struct judgement j;

	add_lines();
	all.n = 3;
	j = judge(CLAIM("slope", OF ALONG, "<= 0.3"));
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	ck_assert_str_eq(j.why, "the interval lies below 0.3; of one invocation only, by drawing "
				"its 3 points");
	all.n = 1;
	j = judge(CLAIM("slope", OF ALONG, "<= 0.3"));
	ck_assert_int_eq(j.verdict, VERDICT_NOT_APPLICABLE);
	ck_assert_str_eq(j.why, "1 values, but no two along the axis");
}
END_TEST

START_TEST(an_extreme_is_of_all_there_is)
{
	struct judgement j;

	add_runs(1);
	j = judge(CLAIM("minimum", OF, ">= 99"));
	ck_assert_double_eq(j.estimate.value, 100);
	ck_assert_uint_eq(j.estimate.n, 6);
	ck_assert(!j.estimate.bounded && !j.estimate.noisy);
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	ck_assert_str_eq(j.why, "the lowest of 6 lies above 99");
	j = judge(CLAIM("maximum", OF, "<= 149"));
	ck_assert_double_eq(j.estimate.value, 150);
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	ck_assert_str_eq(j.why, "the highest of 6 lies above 149");
	j = judge(CLAIM("minimum", OF, ">= 101"));
	ck_assert_str_eq(j.why, "the lowest of 6 lies below 101");
}
END_TEST

/* The worst may be missing: an iteration that failed has a sample of the main metric only. */
START_TEST(an_extreme_is_not_shown_if_some_failed)
{
	struct judgement j;
	struct sample *s;

	add_runs(1);
	s = add("isolated", "1500", 3, 0, 0);
	s->ok = false;
	s->metric = "main";
	s->reason = "VM dd7 died";
	j = judge(CLAIM("minimum", OF, ">= 99"));
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	ck_assert_str_eq(j.why, "1 samples failed beside the 6: VM dd7 died");
	add("isolated", "1500", 3, 0, 120); /* measured after all */
	j = judge(CLAIM("minimum", OF, ">= 99"));
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	s->invocation = 4;
	s->skipped = true;
	j = judge(CLAIM("minimum", OF, ">= 99"));
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("claims");
	TCase *tc = tcase_create("claims");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, pairs_are_of_one_moment);
	tcase_add_test(tc, what_falls_short_is_not_reproduced);
	tcase_add_test(tc, what_is_met_in_part_is_not_shown);
	tcase_add_test(tc, differences_and_values);
	tcase_add_test(tc, ratios_of_differences);
	tcase_add_test(tc, only_what_belongs_together_is_paired);
	tcase_add_test(tc, where_holds_for_all_sides);
	tcase_add_test(tc, nothing_measured_is_not_applicable);
	tcase_add_test(tc, one_pair_proves_nothing);
	tcase_add_test(tc, an_aim_is_reported);
	tcase_add_test(tc, expectations_are_parsed);
	tcase_add_test(tc, a_slope_has_a_line_per_invocation);
	tcase_add_test(tc, a_slope_of_one_invocation_says_so);
	tcase_add_test(tc, an_extreme_is_of_all_there_is);
	tcase_add_test(tc, an_extreme_is_not_shown_if_some_failed);
	tcase_add_test(tc, a_run_is_judged);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
