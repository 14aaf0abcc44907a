// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults: how they are found and described, and what values their parameters take. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "fault/fault.h"
#include "faultinject/link/contents.h"
#include "ddlink_layout.h"

/* -- a fault for these tests -- */

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	(void)site;
	(void)values;
	(void)shot;
	(void)why;
	return 0;
}

static const struct fault_param params[] = {
	{ "ms", "a time, ms", "1.5", fault_param_number },
	{ "n", "how many", "3", fault_param_count },
	{ 0 },
};

static const struct fault mine = {
	.name = "mine",
	.family = "none",
	.summary = "for a test",
	.activation = "never",
	.params = params,
	.inject = inject,
};

FAULT(mine)

/* -- all that there are -- */

START_TEST(all_are_described)
{
	const struct fault_param *p;
	const struct fault_entry *e;

	for (e = fault_first(); e; e = e->next) {
		const struct fault *f = e->fault;

		ck_assert_msg(f->name && f->family && f->summary && f->activation && f->inject,
			      "fault %s lacks something", f->name);
		ck_assert_ptr_eq(fault_find(f->name), f);
		for (p = f->params; p && p->key; p++)
			ck_assert_msg(p->help && p->def && p->valid && p->valid(p->def),
				      "fault %s: parameter %s", f->name, p->key);
	}
}
END_TEST

START_TEST(they_are_in_order)
{
	const struct fault_entry *e = fault_first();
	int order;

	for (; e->next; e = e->next) {
		order = strcmp(e->fault->family, e->next->fault->family);
		if (!order)
			order = strcmp(e->fault->name, e->next->fault->name);
		ck_assert_msg(order < 0, "%s, %s", e->fault->name, e->next->fault->name);
	}
}
END_TEST

START_TEST(one_is_found_by_its_name)
{
	ck_assert_ptr_eq(fault_find("mine"), &mine);
	ck_assert_ptr_nonnull(fault_find("kill"));
	ck_assert_ptr_null(fault_find("min"));
	ck_assert_ptr_null(fault_find(""));
}
END_TEST

/* -- values -- */

START_TEST(what_is_not_given_is_the_default)
{
	static const char *const pairs[] = { "n=7" };
	struct fault_values *v;
	char *why = NULL;

	ck_assert_int_eq(fault_values_new(&v, &mine, pairs, 1, &why), 0);
	ck_assert_str_eq(fault_value(v, "n"), "7");
	ck_assert_str_eq(fault_value(v, "ms"), "1.5");
	ck_assert_double_eq(fault_number(v, "n"), 7);
	ck_assert_double_eq(fault_number(v, "ms"), 1.5);
	fault_values_free(v);
	ck_assert_int_eq(fault_values_new(&v, &mine, NULL, 0, &why), 0);
	ck_assert_str_eq(fault_value(v, "n"), "3");
	fault_values_free(v);
	fault_values_free(NULL);
}
END_TEST

static const struct {
	const char *pair;
	const char *why;
} wrong[] = {
	{ "x=1", "fault mine has no parameter 'x'" },
	{ "n", "fault mine has no parameter 'n'" },
	{ "nn=1", "fault mine has no parameter 'nn'" },
	{ "=1", "fault mine has no parameter ''" },
	{ "n=1.5", "'1.5' is no value for n of fault mine (how many)" },
	{ "n=-1", "'-1' is no value for n of fault mine (how many)" },
	{ "n=", "'' is no value for n of fault mine (how many)" },
	{ "ms=inf", "'inf' is no value for ms of fault mine (a time, ms)" },
	{ "ms=1s", "'1s' is no value for ms of fault mine (a time, ms)" },
};

START_TEST(what_is_wrong_is_refused)
{
	struct fault_values *v;
	char *why = NULL;

	ck_assert_int_eq(fault_values_new(&v, &mine, &wrong[_i].pair, 1, &why), -EINVAL);
	ck_assert_str_eq(why, wrong[_i].why);
	free(why);
}
END_TEST

static const struct {
	const char *fault, *good, *bad;
} own[] = {
	{ "spin", "ms=60000", "ms=60001" },
	{ "spin", "ms=1", "ms=0" },
	{ "garbage", "burst=1000", "burst=1001" },
	{ "interrupt-storm", "rate=1", "rate=0" },
	{ "io-error", "errno=ENOSPC", "errno=5" },
	{ "io-error", "iotype=any", "iotype=flush" },
	{ "io-error", "sector=any", "sector=-1" },
	{ "io-error", "once=yes", "once=1" },
	{ "slow", "iops=0", "iops=1e300" },
	{ "flip-dma", "skip=9", "skip=3e9" },
	{ "register-garbage", "writes=1", "writes=0" },
	{ "wrong-read", "reads=any", "reads=3" },
	{ "wrong-read", "reads=3:4,2:128", "reads=3:4,2:" },
	{ "wrong-read", "reads=1:1,2:2,3:3,4:4", "reads=1:1,2:2,3:3,4:4,5:5" },
};

START_TEST(faults_check_their_own_values)
{
	const struct fault *f = fault_find(own[_i].fault);
	struct fault_values *v;
	char *why = NULL;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fault_values_new(&v, f, &own[_i].good, 1, &why), 0);
	fault_values_free(v);
	ck_assert_int_eq(fault_values_new(&v, f, &own[_i].bad, 1, &why), -EINVAL);
	free(why);
}
END_TEST

/* -- contents of a link -- */

/* Whatever is drawn, the memory's end is kept (AddressSanitizer looks), and a seed says it all. */
START_TEST(random_contents_stay_within_the_memory)
{
	unsigned char *one = xcalloc(1, DDLINK_REGION_SIZE), *two = xcalloc(1, DDLINK_REGION_SIZE);
	struct rng a, b;
	unsigned int i;

	rng_seed(&a, 5);
	rng_seed(&b, 5);
	for (i = 1; i < 2000; i++) {
		contents_write(one, &a, i % 50 ? i : 1);
		contents_write(two, &b, i % 50 ? i : 1);
	}
	ck_assert_int_eq(memcmp(one, two, DDLINK_REGION_SIZE), 0);
	contents_write(one, &a, 0);
	ck_assert_int_ne(memcmp(one, two, DDLINK_REGION_SIZE), 0);
	free(two);
	free(one);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fault");
	TCase *tc = tcase_create("fault");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, all_are_described);
	tcase_add_test(tc, they_are_in_order);
	tcase_add_test(tc, one_is_found_by_its_name);
	tcase_add_test(tc, what_is_not_given_is_the_default);
	tcase_add_loop_test(tc, what_is_wrong_is_refused, 0, ARRAY_SIZE(wrong));
	tcase_add_loop_test(tc, faults_check_their_own_values, 0, ARRAY_SIZE(own));
	tcase_add_test(tc, random_contents_stay_within_the_memory);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
