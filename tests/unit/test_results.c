// SPDX-License-Identifier: GPL-2.0-or-later
/* Results on disk: samples written and read, run folders, two runs compared. */
#include <errno.h>
#include <math.h>
#include <sys/stat.h>

#include "describe.h"
#include "results/compare.h"
#include "results/run_dir.h"
#include "results/samples.h"

static char *root;

/* path_root() is asked once per process; each test has a process of its own. */
static void setup(void)
{
	root = temp_folder();
	setenv("DRIVERVM_ROOT", root, 1);
}

static void teardown(void)
{
	temp_folder_free(root);
}

static struct sample make(double value)
{
	static const struct dim dims[] = { { "system", "native" }, { "driver", "e1000" } };

	return (struct sample){
		.experiment = "exp",
		.metric = "throughput",
		.unit = "bit/s",
		.value = value,
		.dims = dims,
		.n_dims = 2,
		.invocation = 3,
		.iteration = 1,
		.time = 1763900000.125,
		.ok = true,
	};
}

START_TEST(samples_come_back_as_they_went)
{
	char *path = xasprintf("%s/samples.jsonl", root);
	struct sample s = make(676123456.789), failed = make(0), skipped = make(0);
	struct sample_writer *w;
	struct samples all;

	failed.ok = skipped.ok = false;
	failed.reason = "broke: \"\n\xff";
	skipped.reason = "not here";
	skipped.skipped = true;
	ck_assert_int_eq(sample_writer_open(&w, path), 0);
	ck_assert_int_eq(sample_add(w, &s), 0);
	ck_assert_int_eq(sample_add(w, &failed), 0);
	ck_assert_int_eq(sample_add(w, &skipped), 0);
	ck_assert_int_eq(sample_flush(w), 0);
	sample_writer_close(w);
	ck_assert_int_eq(samples_read(&all, path), 0);
	ck_assert_uint_eq(all.n, 3);
	ck_assert(all.v[0].ok);
	ck_assert_str_eq(all.v[0].experiment, "exp");
	ck_assert_str_eq(all.v[0].metric, "throughput");
	ck_assert_str_eq(all.v[0].unit, "bit/s");
	ck_assert_double_eq(all.v[0].value, 676123456.789);
	ck_assert_double_eq(all.v[0].time, 1763900000.125);
	ck_assert_uint_eq(all.v[0].invocation, 3);
	ck_assert_uint_eq(all.v[0].iteration, 1);
	ck_assert_str_eq(sample_dim(&all.v[0], "system"), "native");
	ck_assert_str_eq(all.v[0].dims[0].key, "driver"); /* sorted */
	ck_assert_ptr_null(sample_dim(&all.v[0], "vm"));
	ck_assert(!all.v[1].ok && !all.v[1].skipped);
	ck_assert_str_eq(all.v[1].reason, "broke: \"\n?");
	ck_assert(!all.v[2].ok && all.v[2].skipped);
	samples_free(&all);
	free(path);
}
END_TEST

START_TEST(what_is_no_number_is_not_written)
{
	char *path = xasprintf("%s/samples.jsonl", root), *text;
	struct sample s = make(NAN);
	struct sample_writer *w;
	size_t len;

	ck_assert_int_eq(sample_writer_open(&w, path), 0);
	ck_assert_int_eq(sample_add(w, &s), -EDOM);
	s.value = -INFINITY;
	ck_assert_int_eq(sample_add(w, &s), -EDOM);
	s.value = 1;
	s.time = NAN;
	ck_assert_int_eq(sample_add(w, &s), -EDOM);
	sample_writer_close(w);
	ck_assert_int_eq(file_read(path, &text, &len), 0);
	ck_assert_uint_eq(len, 0);
	free(text);
	free(path);
}
END_TEST

START_TEST(a_line_cut_short_does_no_harm)
{
	char *path = xasprintf("%s/samples.jsonl", root), *text, *cut;
	struct sample s = make(1);
	struct sample_writer *w;
	struct samples all;
	struct capture c;

	ck_assert_int_eq(sample_writer_open(&w, path), 0);
	sample_add(w, &s);
	sample_add(w, &s);
	sample_writer_close(w);
	ck_assert_int_eq(file_read(path, &text, NULL), 0);
	cut = xasprintf("%s{\"experiment\":\"ex", text);
	ck_assert_int_eq(file_write(path, cut, strlen(cut)), 0);
	capture_begin(&c);
	ck_assert_int_eq(samples_read(&all, path), 0);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), ":3: the line is cut short"));
	ck_assert_uint_eq(all.n, 2);
	samples_free(&all);
	/* Appending drops the rest of it. */
	ck_assert_int_eq(sample_writer_open(&w, path), 0);
	sample_add(w, &s);
	sample_writer_close(w);
	ck_assert_int_eq(samples_read(&all, path), 0);
	ck_assert_uint_eq(all.n, 3);
	samples_free(&all);
	free(text);
	free(cut);
	free(path);
}
END_TEST

static const char *const bad_lines[] = {
	"nonsense\n",
	"[1]\n",
	"{\"experiment\":\"e\"}\n",
	"{\"experiment\":\"e\",\"metric\":\"m\",\"unit\":\"1\",\"value\":1,\"dimensions\":{\"a\":1},"
	"\"invocation\":0,\"iteration\":0,\"time\":1.5,\"status\":\"ok\"}\n",
	"{\"experiment\":\"e\",\"metric\":\"m\",\"unit\":\"1\",\"dimensions\":{},"
	"\"invocation\":0,\"iteration\":0,\"time\":1.5,\"status\":\"ok\"}\n",
	"{\"experiment\":\"e\",\"metric\":\"m\",\"unit\":\"1\",\"value\":1,\"dimensions\":{},"
	"\"invocation\":-1,\"iteration\":0,\"time\":1.5,\"status\":\"ok\"}\n",
	"{\"experiment\":\"e\",\"metric\":\"m\",\"unit\":\"1\",\"value\":1,\"dimensions\":{},"
	"\"invocation\":0,\"iteration\":0,\"time\":1.5,\"status\":\"fine\"}\n",
	"{\"experiment\":\"e\",\"metric\":\"m\",\"unit\":\"1\",\"value\":NaN,\"dimensions\":{},"
	"\"invocation\":0,\"iteration\":0,\"time\":1.5,\"status\":\"ok\"}\n",
};

START_TEST(bad_lines_are_told)
{
	char *path = temp_file(root, "samples.jsonl", bad_lines[_i]);
	char *start = xasprintf("drivervm: %s:1: ", path);
	struct samples all;
	struct capture c;

	capture_begin(&c);
	ck_assert_int_eq(samples_read(&all, path), -EINVAL);
	ck_assert_int_eq(strncmp(capture_end(&c), start, strlen(start)), 0);
	ck_assert_uint_eq(all.n, 0);
	free(start);
	free(path);
}
END_TEST

START_TEST(conditions_are_met_by_dimensions)
{
	struct sample s = make(1);

	ck_assert(sample_meets(&s, &DIMSET("system=native", "driver=e1000")));
	ck_assert(sample_meets(&s, &(struct dimset){ NULL, 0 }));
	ck_assert(!sample_meets(&s, &DIMSET("system=nativ")));
	ck_assert(!sample_meets(&s, &DIMSET("vm=client")));
}
END_TEST

START_TEST(a_run_has_a_folder)
{
	char *dir, *again, *found, *logs;
	struct stat st;
	struct capture c;

	ck_assert_int_eq(run_dir_create(&dir, "one"), 0);
	logs = run_dir_path(dir, "logs");
	ck_assert_int_eq(stat(logs, &st), 0);
	capture_begin(&c);
	ck_assert_int_eq(run_dir_create(&again, "one"), -EEXIST);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "exists"));
	/* Without a plan it is no run yet. */
	capture_begin(&c);
	ck_assert_int_eq(run_dir_find(&found, "one"), -ENOENT);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "no run 'one'"));
	free(temp_file(dir, "plan.json", "{}"));
	ck_assert_int_eq(run_dir_set_latest(dir), 0);
	ck_assert_int_eq(run_dir_find(&found, "latest"), 0);
	ck_assert_str_eq(found, dir);
	free(found);
	ck_assert_int_eq(run_dir_find(&found, "one"), 0);
	ck_assert_str_eq(found, dir);
	free(found);
	ck_assert_int_eq(run_dir_find(&found, dir), 0);
	ck_assert_str_eq(found, dir);
	free(found);
	free(dir);
	ck_assert_int_eq(run_dir_create(&dir, NULL), 0);
	ck_assert_int_eq(run_dir_set_latest(dir), 0); /* moves on */
	free(dir);
	free(logs);
}
END_TEST

static const char *const bad_names[] = { "", ".", "..", "a/b", ".hidden", "latest", "reference" };

START_TEST(bad_names_make_no_folder)
{
	char *results = xasprintf("%s/results", root), *dir;
	struct stat st;
	struct capture c;

	capture_begin(&c);
	ck_assert_int_eq(run_dir_create(&dir, bad_names[_i]), -EINVAL);
	capture_end(&c);
	ck_assert_int_eq(stat(results, &st), -1);
	free(results);
}
END_TEST

static void add(struct sample_writer *w, double value, unsigned int invocation, const char *metric,
		const char *vm)
{
	const struct dim dims[] = { { "system", "native" }, { "vm", vm } };
	struct sample s = make(value);

	s.metric = metric;
	s.invocation = invocation;
	s.dims = dims;
	s.n_dims = vm ? 2 : 1;
	ck_assert_int_eq(sample_add(w, &s), 0);
}

static char *make_run(const char *name, double factor, const char *accel)
{
	char *dir, *path, *env = xasprintf("{\"accelerator\":\"%s\"}", accel);
	struct sample_writer *w;
	unsigned int i;

	ck_assert_int_eq(run_dir_create(&dir, name), 0);
	free(temp_file(dir, "environment.json", env));
	path = run_dir_path(dir, "samples.jsonl");
	ck_assert_int_eq(sample_writer_open(&w, path), 0);
	for (i = 0; i < 5; i++) {
		add(w, factor * (100 + i), i, "throughput", NULL);
		add(w, factor, i, "cpu", "client");
		add(w, 0, i, "retransmits", NULL);
	}
	add(w, 1, 0, factor > 1 ? "only_b" : "only_a", NULL);
	sample_writer_close(w);
	free(path);
	free(env);
	return dir;
}

START_TEST(runs_are_compared_by_dimensions)
{
	char *a = make_run("a", 1, "tcg"), *b = make_run("b", 2, "tcg"), *text = NULL, *path;
	struct comparison *list;
	struct samples x, y;
	size_t n, len;
	FILE *out;

	path = run_dir_path(a, "samples.jsonl");
	ck_assert_int_eq(samples_read(&x, path), 0);
	free(path);
	path = run_dir_path(b, "samples.jsonl");
	ck_assert_int_eq(samples_read(&y, path), 0);
	free(path);
	compare_samples(&x, &y, false, 1, &list, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(list[0].what->metric, "throughput");
	ck_assert_double_eq(list[0].a, 102);
	ck_assert_double_eq(list[0].b, 204);
	ck_assert(list[0].comparable);
	ck_assert_double_eq(list[0].ratio.value, 2);
	ck_assert_double_gt(list[0].ratio.low, 1.9);
	ck_assert_str_eq(list[1].what->metric, "retransmits");
	ck_assert(!list[1].comparable); /* nothing is divided by 0 */
	free(list);
	compare_samples(&x, &y, true, 1, &list, &n);
	ck_assert_uint_eq(n, 3);
	free(list);
	samples_free(&x);
	samples_free(&y);
	out = open_memstream(&text, &len);
	ck_assert_int_eq(compare_runs(a, b, false, out), 0);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "2.000"));
	ck_assert_ptr_nonnull(strstr(text, "higher"));
	ck_assert_ptr_null(strstr(text, "nan"));
	free(text);
	free(a);
	free(b);
}
END_TEST

START_TEST(absolute_figures_do_not_cross_accelerators)
{
	char *a = make_run("a", 1, "tcg"), *b = make_run("b", 1, "kvm");
	struct capture c;

	capture_begin(&c);
	ck_assert_int_eq(compare_runs(a, b, false, stdout), -EINVAL);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "different accelerators, tcg and kvm"));
	free(a);
	free(b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("results");
	TCase *tc = tcase_create("results");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, samples_come_back_as_they_went);
	tcase_add_test(tc, what_is_no_number_is_not_written);
	tcase_add_test(tc, a_line_cut_short_does_no_harm);
	tcase_add_loop_test(tc, bad_lines_are_told, 0, ARRAY_SIZE(bad_lines));
	tcase_add_test(tc, conditions_are_met_by_dimensions);
	tcase_add_test(tc, a_run_has_a_folder);
	tcase_add_loop_test(tc, bad_names_make_no_folder, 0, ARRAY_SIZE(bad_names));
	tcase_add_test(tc, runs_are_compared_by_dimensions);
	tcase_add_test(tc, absolute_figures_do_not_cross_accelerators);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
