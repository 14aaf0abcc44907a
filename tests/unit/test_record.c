// SPDX-License-Identifier: GPL-2.0-or-later
/* What is recorded of a boot: dimensions that say how it was measured, and what resuming skips. */
#include <errno.h>

#include "describe.h"
#include "core/log.h"
#include "experiment/record.h"
#include "workload/workload.h"

static char *dir;
static struct runner r;

static struct dim vms[] = { { "vms", "10" } }, other_vms[] = { { "vms", "100" } };
static struct dim mtu[] = { { "mtu", "1500" } };
static const struct cell cell = { mtu, 1 };
static struct experiment experiment = { .name = (char *)"test" };
static const struct boot boot = {
	.exp = &experiment,
	.invocation = 2,
	.system = "many",
	.driver_name = "e1000",
	.with = { vms, 1 },
};

static void setup(void)
{
	char *path;

	dir = temp_folder();
	path = xasprintf("%s/samples.jsonl", dir);
	r = (struct runner){ .dir = dir };
	ck_assert_int_eq(sample_writer_open(&r.out, path), 0);
	free(path);
}

static void teardown(void)
{
	temp_folder_free(dir);
}

/* Closes the file and reads it as a resumed run does. */
static void read_back(void)
{
	char *path = xasprintf("%s/samples.jsonl", dir);

	sample_writer_close(r.out);
	ck_assert_int_eq(samples_read(&r.done, path), 0);
	free(path);
}

START_TEST(every_sample_says_what_the_system_was_brought_up_with)
{
	struct readings readings = { 0 };
	size_t i;

	readings_add(&readings, "rtt", "us", 7, "", "");
	readings_add(&readings, "cpu", "s", 1, "client", "vcpu");
	readings_add_sample(&readings, &(struct workload_sample){ "disk3", "", "device_throughput",
								  "bit/s", 8 });
	readings_add_sample(&readings, &(struct workload_sample){ "", "-20", "rate", "1/s", 3 });
	ck_assert_ptr_null(readings_find(&readings, "rate", "", ""));
	ck_assert_int_eq(record_bring_up(&r, &boot, 1500000), 0);
	ck_assert_int_eq(record_readings(&r, &boot, &cell, 0, &readings), 0);
	ck_assert_int_eq(record_failure(&r, &boot, &cell, 1, "rtt", "why", true), 0);
	readings_free(&readings);
	read_back();
	ck_assert_uint_eq(r.done.n, 6);
	for (i = 0; i < 6; i++) {
		const struct sample *s = &r.done.v[i];

		ck_assert_str_eq(sample_dim(s, "vms"), "10");
		ck_assert_str_eq(sample_dim(s, "system"), "many");
		ck_assert_uint_eq(s->invocation, 2);
		if (i > 0)
			ck_assert_str_eq(sample_dim(s, "mtu"), "1500");
	}
	ck_assert_str_eq(r.done.v[0].metric, "bring_up");
	ck_assert_double_eq(r.done.v[0].value, 1.5);
	ck_assert_str_eq(sample_dim(&r.done.v[2], "thread"), "vcpu");
	ck_assert_ptr_null(sample_dim(&r.done.v[2], "device"));
	ck_assert_str_eq(sample_dim(&r.done.v[3], "device"), "disk3");
	ck_assert_ptr_null(sample_dim(&r.done.v[3], "vm"));
	ck_assert_ptr_null(sample_dim(&r.done.v[3], "t"));
	ck_assert_str_eq(sample_dim(&r.done.v[4], "t"), "-20");
	ck_assert(r.done.v[5].skipped);
	samples_free(&r.done);
}
END_TEST

START_TEST(only_the_same_way_to_bring_up_is_done)
{
	struct readings readings = { 0 };
	struct boot other = boot;

	readings_add(&readings, "rtt", "us", 7, "", "");
	ck_assert_int_eq(record_bring_up(&r, &boot, 1500000), 0);
	ck_assert_int_eq(record_readings(&r, &boot, &cell, 0, &readings), 0);
	ck_assert_int_eq(record_failure(&r, &boot, &cell, 1, "rtt", "why", false), 0);
	ck_assert_int_eq(record_failure(&r, &boot, &cell, 2, "rtt", "why", true), 0);
	readings_free(&readings);
	read_back();
	ck_assert(record_has(&r, &boot, &cell, 0));
	ck_assert(!record_has(&r, &boot, &cell, 1)); /* what failed is tried again */
	ck_assert(record_has(&r, &boot, &cell, 2));
	ck_assert(!record_has(&r, &boot, &cell, 3));
	other.with = (struct cell){ other_vms, 1 };
	ck_assert(!record_has(&r, &other, &cell, 0));
	other = boot;
	other.invocation = 1;
	ck_assert(!record_has(&r, &other, &cell, 0));
	samples_free(&r.done);
}
END_TEST

/* Records a boot of two cells of two iterations that did not come up. */
static void record_boot(int err)
{
	struct dim other_mtu[] = { { "mtu", "500" } };
	struct cell cells[] = { cell, { other_mtu, 1 } };
	struct boot down = boot;
	struct capture c;

	experiment.iterations = 2;
	down.cells = cells;
	down.n_cells = 2;
	capture_begin(&c);
	pr_err("zram: only root can");
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "zram"));
	ck_assert_int_eq(record_no_boot(&r, &down, "rtt", err), 0);
	read_back();
	ck_assert_uint_eq(r.done.n, 4);
}

START_TEST(what_the_host_cannot_do_is_skipped)
{
	size_t i;

	record_boot(-EOPNOTSUPP);
	for (i = 0; i < 4; i++) {
		ck_assert(r.done.v[i].skipped);
		ck_assert_str_eq(r.done.v[i].reason, "zram: only root can");
		ck_assert_str_eq(sample_dim(&r.done.v[i], "vms"), "10");
	}
	ck_assert_uint_eq(r.n_skipped, 4);
	ck_assert_uint_eq(r.n_failed, 0);
	samples_free(&r.done);
}
END_TEST

START_TEST(what_does_not_come_up_has_failed)
{
	record_boot(-ENOMEM);
	ck_assert(!r.done.v[0].skipped);
	ck_assert_str_eq(r.done.v[0].reason, "the system did not come up: zram: only root can");
	ck_assert_uint_eq(r.n_skipped, 0);
	ck_assert_uint_eq(r.n_failed, 4);
	samples_free(&r.done);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_sample_says_what_the_system_was_brought_up_with);
	tcase_add_test(tc, only_the_same_way_to_bring_up_is_done);
	tcase_add_test(tc, what_the_host_cannot_do_is_skipped);
	tcase_add_test(tc, what_does_not_come_up_has_failed);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
