// SPDX-License-Identifier: GPL-2.0-or-later
/* Campaigns: mistakes in descriptions, which trial is which, and what an outcome is. */
#include <errno.h>

#include "campaign_desc.h"
#include "faultinject/campaign/outcome.h"
#include "faultinject/campaign/run.h"

#define CLAIM                                                   \
	"claims:\n  - id: k\n    statement: s\n    source: t\n" \
	"    expect: \">= 0.9\"\n"

static char *dir;

static void setup(void)
{
	dir = temp_folder();
}

static void teardown(void)
{
	temp_folder_free(dir);
}

/* Every description in the tree is right by itself; the faults are known to the program only. */
START_TEST(the_trees_own_are_right)
{
	struct campaign *c;
	char **names;
	size_t n, i;

	ck_assert_int_eq(campaign_names(&names, &n), 0);
	ck_assert_uint_ge(n, 2);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(campaign_load(&c, names[i]), 0);
		campaign_make_quick(c);
		ck_assert_uint_le(c->n_used, c->n_targets);
		campaign_free(c);
		free(names[i]);
	}
	free(names);
}
END_TEST

static const struct {
	const char *text;
	unsigned int line; /* after CAMPAIGN_HEAD */
	const char *said;
} bad[] = {
	{ "targts: []\n", 1, "unknown key 'targts'; expected one of name, title, question," },
	{ "quick:\n  targets: [a, d]\n", 2, "no target is called 'd'" },
	{ "quick:\n  targets: [a, a]\n", 2, "'a' is named twice" },
	{ CLAIM "    of: [healed]\n", 6,
	  "claim 'k': no trial that counts has the outcome 'healed'" },
	{ CLAIM "    of: [not-activated]\n", 6,
	  "claim 'k': no trial that counts has the outcome 'not-activated'" },
	{ CLAIM "    of: [silent]\n    where: [system=xen]\n", 7,
	  "claim 'k': no trial of this campaign has 'system=xen'" },
	{ CLAIM "    of: [silent]\n    where: [fault]\n", 7,
	  "claim 'k': no trial of this campaign has 'fault'" },
	{ CLAIM "    of: [silent]\n    among: some\n", 7,
	  "at 'among': found 'some'; expected one of 'activated', 'all'" },
};

START_TEST(mistakes_are_told_with_their_line)
{
	char *text = xasprintf("%s%s", CAMPAIGN_HEAD, bad[_i].text);
	char *path = campaign_file(dir, text);
	char *said = xasprintf("%s:%u: %s", path, CAMPAIGN_HEAD_LINES + bad[_i].line, bad[_i].said);
	struct campaign *c;
	struct capture cap;

	capture_begin(&cap);
	ck_assert_int_eq(campaign_load(&c, path), -EINVAL);
	ck_assert_msg(strstr(capture_end(&cap), said), "'%s' in '%s'", said, cap.text);
	free(said);
	free(path);
	free(text);
}
END_TEST

static const struct {
	const char *from, *to; /* in CAMPAIGN_HEAD */
	const char *said;
} wrong[] = {
	{ "clone", "prayer", ":4: no strategy of recovery is called 'prayer'" },
	{ "test-two", "test-six", ":11: no fault 'test-six'" },
	{ "depth=3", "depth=x", ":10: 'x' is no value for depth of fault test-one" },
	{ "depth=3", "width=3", ":10: fault test-one has no parameter 'width'" },
	{ "depth=3", "depth", ":10: expected 'key=value', found 'depth'" },
	{ "name: b", "name: a", ":6: two targets are called 'a'" },
	{ "trials: 100", "trials: 0", ":12: trials must be above 0" },
	{ "watch_ms: 500", "watch_ms: 0", ":13: watch_ms must be above 0" },
	{ "name: test", "name: toast", ":1: the name must be the file's, 'test'" },
};

START_TEST(wrong_words_are_told_with_their_line)
{
	const char *at = strstr(CAMPAIGN_HEAD, wrong[_i].from);
	char *text = xasprintf("%.*s%s%s", (int)(at - CAMPAIGN_HEAD), CAMPAIGN_HEAD, wrong[_i].to,
			       at + strlen(wrong[_i].from));
	char *path = campaign_file(dir, text);
	struct campaign *c = NULL;
	struct capture cap;
	int err;

	capture_begin(&cap);
	err = campaign_load(&c, path);
	if (!err)
		err = campaign_check(c);
	capture_end(&cap);
	ck_assert_int_eq(err, -EINVAL);
	ck_assert_msg(strstr(cap.text, wrong[_i].said), "'%s' in '%s'", wrong[_i].said, cap.text);
	campaign_free(c);
	free(path);
	free(text);
}
END_TEST

START_TEST(a_trial_is_a_function_of_seed_and_number)
{
	struct campaign *c = campaign_of(dir, CAMPAIGN_HEAD);
	size_t i, n = campaign_n_trials(c), drawn = 0, differ = 0;
	struct trial a, b, other;

	ck_assert_uint_eq(n, 300);
	for (i = 0; i < n; i++) {
		trial_draw(&a, c, 7, i);
		trial_draw(&b, c, 7, i);
		trial_draw(&other, c, 8, i);
		ck_assert_mem_eq(&a, &b, sizeof(a));
		ck_assert_ptr_eq(a.target, &c->targets[i % 3]);
		drawn += a.fault == &c->faults[1];
		differ += a.seed != other.seed;
		/* The same faults strike all targets. */
		trial_draw(&b, c, 7, i / 3 * 3);
		ck_assert_uint_eq(a.seed, b.seed);
		ck_assert_ptr_eq(a.fault, b.fault);
		if (i >= 3) {
			trial_draw(&b, c, 7, i - 3);
			ck_assert_uint_ne(a.seed, b.seed);
		}
	}
	ck_assert_uint_eq(differ, n);
	/* Of weight 3, against 1. */
	ck_assert_uint_ge(drawn, n * 6 / 10);
	ck_assert_uint_le(drawn, n * 9 / 10);
	campaign_free(c);
}
END_TEST

START_TEST(a_target_may_sit_rounds_out)
{
	struct campaign *c = campaign_of(dir, CAMPAIGN_HEAD);
	struct trial t, round;

	/* Target b has part in rounds 0, 40 and 80 of a hundred. */
	c->targets[1].every = 40;
	ck_assert_uint_eq(campaign_n_trials(c), 203);
	trial_draw(&round, c, 7, 0);
	trial_draw(&t, c, 7, 1);
	ck_assert_str_eq(t.target->name, "b");
	ck_assert_uint_eq(t.seed, round.seed);
	trial_draw(&t, c, 7, 4);
	ck_assert_str_eq(t.target->name, "c");
	ck_assert_uint_ne(t.seed, round.seed);
	trial_draw(&t, c, 7, 3 + 39 * 2 + 1);
	ck_assert_str_eq(t.target->name, "b");
	trial_draw(&t, c, 7, 202);
	ck_assert_str_eq(t.target->name, "c");
	campaign_free(c);
}
END_TEST

START_TEST(shares_are_all_trials_and_each_once)
{
	struct campaign_run run = { .campaign = campaign_of(dir, CAMPAIGN_HEAD), .shards = 7 };
	size_t i, n = campaign_n_trials(run.campaign);

	for (i = 0; i < n; i++) {
		unsigned int owners = 0;

		for (run.shard = 0; run.shard < run.shards; run.shard++)
			owners += campaign_run_has(&run, i);
		ck_assert_uint_eq(owners, 1);
	}
	run.shard = 0;
	ck_assert(!campaign_run_has(&run, n + 1));
	campaign_free(run.campaign);
}
END_TEST

START_TEST(quick_has_the_targets_that_it_names)
{
	struct campaign *c =
		campaign_of(dir, CAMPAIGN_HEAD "quick:\n  trials: 2\n  targets: [c, a]\n");
	struct trial t;

	campaign_make_quick(c);
	ck_assert_uint_eq(campaign_n_trials(c), 4);
	trial_draw(&t, c, 1, 0);
	ck_assert_str_eq(t.target->name, "c");
	trial_draw(&t, c, 1, 3);
	ck_assert_str_eq(t.target->name, "a");
	campaign_free(c);
}
END_TEST

static const struct {
	struct evidence e;
	enum outcome outcome;
} outcomes[] = {
	{ { .client_lives = false, .corrupted = true }, OUTCOME_CLIENT_HARMED },
	{ { .client_lives = true, .complaint = "Oops", .corrupted = true }, OUTCOME_CLIENT_HARMED },
	{ { .client_lives = true, .corrupted = true, .detected = true }, OUTCOME_DATA_CORRUPTED },
	{ { .client_lives = true, .service = true, .throughput = 1, .baseline = 10 },
	  OUTCOME_NOT_ACTIVATED },
	/* What fails has been activated, whatever the fault has seen of it. */
	{ { .client_lives = true, .detected = true, .service = true }, OUTCOME_RECOVERED },
	{ { .client_lives = true, .activated = true, .detected = true }, OUTCOME_FAILED },
	{ { .client_lives = true, .activated = true }, OUTCOME_SILENT },
	{ { .client_lives = true,
	    .activated = true,
	    .service = true,
	    .throughput = 4.9,
	    .baseline = 10 },
	  OUTCOME_DEGRADED },
	{ { .client_lives = true,
	    .activated = true,
	    .service = true,
	    .throughput = 5,
	    .baseline = 10 },
	  OUTCOME_NO_EFFECT },
};

START_TEST(an_outcome_is_the_first_that_fits)
{
	enum outcome o = outcome_of(&outcomes[_i].e);

	ck_assert_str_eq(outcome_text(o), outcome_text(outcomes[_i].outcome));
	ck_assert_int_eq(outcome_find(outcome_text(o)), o);
	ck_assert_int_eq(outcome_find("nonsense"), OUTCOME_COUNT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("campaign");
	TCase *tc = tcase_create("campaign");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_trees_own_are_right);
	tcase_add_loop_test(tc, mistakes_are_told_with_their_line, 0, ARRAY_SIZE(bad));
	tcase_add_loop_test(tc, wrong_words_are_told_with_their_line, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tc, a_trial_is_a_function_of_seed_and_number);
	tcase_add_test(tc, a_target_may_sit_rounds_out);
	tcase_add_test(tc, shares_are_all_trials_and_each_once);
	tcase_add_test(tc, quick_has_the_targets_that_it_names);
	tcase_add_loop_test(tc, an_outcome_is_the_first_that_fits, 0, ARRAY_SIZE(outcomes));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
