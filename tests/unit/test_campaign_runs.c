// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign on disk: records, shares merged, claims judged, reports, and scripts for a cluster. */
#include <errno.h>

#include "campaign_desc.h"
#include "core/paths.h"
#include "faultinject/campaign/claims.h"
#include "faultinject/campaign/merge.h"
#include "faultinject/campaign/report.h"
#include "faultinject/campaign/run.h"
#include "faultinject/campaign/slurm.h"
#include "faultinject/campaign/store.h"
#include "faultinject/campaign/tally.h"
#include "results/run_dir.h"

static char *root;

/* path_root() is asked once per process; each test has a process of its own. */
static void setup(void)
{
	const char *top = getenv("DRIVERVM_ROOT");
	char *from = xasprintf("%s/harness/report/report.css", top ? top : "."), *css, *folder;

	root = temp_folder();
	folder = xasprintf("%s/harness/report", root);
	ck_assert_int_eq(file_read(from, &css, NULL), 0);
	ck_assert_int_eq(mkdir_p(folder), 0);
	free(temp_file(folder, "report.css", css));
	setenv("DRIVERVM_ROOT", root, 1);
	free(from);
	free(css);
	free(folder);
}

static void teardown(void)
{
	temp_folder_free(root);
}

static json_t *record(size_t trial, const char *system, const char *outcome)
{
	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:f,s:{s:s,s:i,s:i}}", "trial",
			 (json_int_t)trial, "outcome", outcome, "system", system, "target", "a",
			 "fault", "test-one", "family", "test", "seconds", 1.5, "recovery",
			 "detector", "exit", "detected", 1000, "answered", 300000);
}

static void append(const char *dir, size_t trial, const char *system, const char *outcome)
{
	json_t *json = record(trial, system, outcome);
	struct record_writer *w;

	ck_assert_int_eq(record_writer_open(&w, dir), 0);
	ck_assert_int_eq(record_append(w, json), 0);
	record_writer_close(w);
	json_decref(json);
}

/* Half a line at the end of the records, as if the program had been killed while writing. */
static void tear(const char *dir)
{
	char *path = xasprintf("%s/" RECORDS, dir);
	FILE *out = fopen(path, "a");

	ck_assert_ptr_nonnull(out);
	fputs("{\"trial\":99,\"outc", out);
	fclose(out);
	free(path);
}

START_TEST(a_torn_line_is_dropped_and_nothing_else)
{
	struct records r;

	append(root, 3, "isolated", "recovered");
	tear(root);
	ck_assert_int_eq(records_read(&r, root), 0);
	ck_assert_uint_eq(r.n, 1);
	records_free(&r);
	append(root, 4, "isolated", "silent");
	ck_assert_int_eq(records_read(&r, root), 0);
	ck_assert_uint_eq(r.n, 2);
	ck_assert_int_eq(records_find(&r, 4)->outcome, OUTCOME_SILENT);
	ck_assert_ptr_null(records_find(&r, 99));
	ck_assert_str_eq(record_text(&r.v[0], "recovery.detector"), "exit");
	ck_assert(record_number(&r.v[0], "recovery.detected", 0) == 1000);
	ck_assert(record_number(&r.v[0], "recovery.lost", -1) == -1);
	records_free(&r);
}
END_TEST

static const char *const nonsense[] = {
	"not JSON\n",
	"{\"trial\":1}\n",
	"{\"trial\":-1,\"outcome\":\"silent\"}\n",
	"{\"trial\":1,\"outcome\":\"splendid\"}\n",
	"[]\n",
};

START_TEST(lines_that_are_no_records_are_told)
{
	struct records r;
	struct capture c;

	free(temp_file(root, RECORDS, nonsense[_i]));
	capture_begin(&c);
	ck_assert_int_eq(records_read(&r, root), -EINVAL);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), RECORDS ":1: "));
}
END_TEST

/* A run's folder DIR with @shard of two. */
static char *make_run(const char *name, uint64_t seed, unsigned int shard)
{
	char *dir = xasprintf("%s/%s", root, name);
	struct campaign_run run = {
		.seed = seed, .shard = shard, .shards = 2, .jobs = 1, .accel = xstrdup("tcg")
	};

	ck_assert_int_eq(mkdir_p(dir), 0);
	run.dir = xstrdup(dir);
	run.campaign = campaign_of(dir, CAMPAIGN_HEAD);
	ck_assert_int_eq(campaign_run_write(&run), 0);
	free(temp_file(dir, "environment.json", "{}\n"));
	free(temp_file(dir, "manifest.json", "{}\n"));
	campaign_run_close(&run);
	return dir;
}

START_TEST(a_run_comes_back_as_it_went)
{
	char *dir = make_run("one", 5, 1);
	struct campaign_run run;
	struct capture c;

	ck_assert_int_eq(campaign_run_open(&run, dir), 0);
	ck_assert_uint_eq(run.seed, 5);
	ck_assert_uint_eq(run.shard, 1);
	ck_assert_uint_eq(run.shards, 2);
	ck_assert(!run.single && !run.quick);
	ck_assert_str_eq(run.accel, "tcg");
	campaign_run_close(&run);
	/* The description is the one that it was made with, or the numbers mean something else. */
	free(campaign_file(dir, CAMPAIGN_HEAD "# changed\n"));
	capture_begin(&c);
	ck_assert_int_eq(campaign_run_open(&run, dir), -EINVAL);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "not the one that it was made with"));
	free(dir);
}
END_TEST

START_TEST(shares_are_united_without_duplicates)
{
	char *dirs[] = { make_run("s0", 5, 0), make_run("s1", 5, 1), make_run("other", 6, 0) };
	struct records r;
	struct capture c;
	char *dir;

	append(dirs[0], 0, "isolated", "recovered");
	append(dirs[0], 1, "isolated", "harness-failed");
	append(dirs[1], 1, "native", "silent");
	append(dirs[1], 0, "isolated", "degraded");
	tear(dirs[1]);
	capture_begin(&c);
	ck_assert_int_eq(merge_runs(&dir, (char *[]){ dirs[0], dirs[2] }, 2, "bad"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "cannot be merged: their seeds differ"));
	ck_assert_int_eq(merge_runs(&dir, dirs, 2, "both"), 0);
	ck_assert_int_eq(records_read(&r, dir), 0);
	ck_assert_uint_eq(r.n, 2);
	ck_assert_int_eq(records_find(&r, 0)->outcome, OUTCOME_RECOVERED);
	ck_assert_int_eq(records_find(&r, 1)->outcome, OUTCOME_SILENT);
	records_free(&r);
	ck_assert_int_eq(campaign_report_write(dir), 0);
	free(dir);
	free(dirs[0]);
	free(dirs[1]);
	free(dirs[2]);
}
END_TEST

START_TEST(claims_are_judged_by_their_whole_interval)
{
	struct campaign_claim claim = {
		.id = xstrdup("k"),
		.of = (char *[]){ xstrdup("recovered"), xstrdup("no-effect") },
		.n_of = 2,
		.where = { (char *[]){ xstrdup("system=isolated") }, 1 },
		.expect = xstrdup(">= 0.9"),
	};
	struct campaign_judgement j;
	struct records r;
	size_t i;

	ck_assert_int_eq(records_read(&r, root), 0);
	campaign_judge(&claim, &r, &j);
	ck_assert_int_eq(j.verdict, VERDICT_NOT_APPLICABLE);
	for (i = 0; i < 20; i++) {
		append(root, i, "isolated", i % 2 ? "recovered" : "no-effect");
		append(root, 100 + i, "isolated", "not-activated");
		append(root, 200 + i, "native", "client-harmed");
	}
	ck_assert_int_eq(records_read(&r, root), 0);
	campaign_judge(&claim, &r, &j);
	ck_assert_uint_eq(j.hits, 20);
	ck_assert_uint_eq(j.n, 20);
	/* 20 of 20 show 83 %, not 90. */
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	ck_assert_ptr_nonnull(strstr(j.why, "not shown"));
	records_free(&r);
	for (i = 20; i < 40; i++)
		append(root, i, "isolated", "recovered");
	ck_assert_int_eq(records_read(&r, root), 0);
	campaign_judge(&claim, &r, &j);
	ck_assert_int_eq(j.verdict, VERDICT_REPRODUCED);
	claim.among = AMONG_ALL;
	campaign_judge(&claim, &r, &j);
	ck_assert_uint_eq(j.n, 60);
	ck_assert_int_eq(j.verdict, VERDICT_NOT_REPRODUCED);
	records_free(&r);
	free(claim.id);
	free(claim.of[0]);
	free(claim.of[1]);
	free(claim.where.v[0]);
	free(claim.expect);
}
END_TEST

START_TEST(a_script_has_all_shares_with_one_seed)
{
	struct campaign_run run = { .seed = 42, .shards = 1, .jobs = 1 };
	const struct inject_options o = { .campaign = "test", .trials = 10 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	run.campaign = campaign_of(root, CAMPAIGN_HEAD);
	slurm_print(&run, &o, 4, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "#SBATCH --array=0-3\n"));
	ck_assert_ptr_nonnull(strstr(text, " inject test --trials=10 --seed=42 --shard "
					   "\"$SLURM_ARRAY_TASK_ID/4\""));
	free(text);
	campaign_run_close(&run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("campaign runs");
	TCase *tc = tcase_create("campaign runs");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_torn_line_is_dropped_and_nothing_else);
	tcase_add_loop_test(tc, lines_that_are_no_records_are_told, 0, ARRAY_SIZE(nonsense));
	tcase_add_test(tc, a_run_comes_back_as_it_went);
	tcase_add_test(tc, shares_are_united_without_duplicates);
	tcase_add_test(tc, claims_are_judged_by_their_whole_interval);
	tcase_add_test(tc, a_script_has_all_shares_with_one_seed);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
