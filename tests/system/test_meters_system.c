// SPDX-License-Identifier: GPL-2.0-or-later
/* Extra meters on a driver VM that is idle, and one that carries traffic. */
#include "support.h"

#include "meter/meter.h"

#define DD "net-dd"
/* Some 30 intervals. */
#define WHILE_S 3

static struct meters *meters;

/* -- what was read of the driver VM -- */

static struct reading {
	char metric[64];
	double value;
} readings[128];
static size_t n_readings;

static void collect(void *arg, const char *metric, const char *unit, double value, const char *vm,
		    const char *thread)
{
	(void)arg;
	(void)unit;
	if (!streq(vm, DD) || thread[0])
		return;
	ck_assert_uint_lt(n_readings, ARRAY_SIZE(readings));
	snprintf(readings[n_readings].metric, sizeof(readings[0].metric), "%s", metric);
	readings[n_readings++].value = value;
}

static double reading(const char *metric)
{
	size_t i;

	for (i = 0; i < n_readings; i++)
		if (streq(readings[i].metric, metric))
			return readings[i].value;
	ck_abort_msg("no %s", metric);
}

static void setup(void)
{
	bring_up("isolated", NULL, "net");
}

static void teardown(void)
{
	take_down();
}

static void open_meters(const char *name)
{
	n_readings = 0;
	ck_assert_int_eq(meters_open(&meters, loop, sys, NULL), 0);
	ck_assert_int_eq(meters_add(meters, log_dir, (const char *const[]){ name }, 1), 0);
	meters_start(meters);
}

static void close_meters(void)
{
	meters_stop(meters, collect, NULL);
	meters_close(meters);
}

START_TEST(a_working_set_grows_with_the_work)
{
	double idle, busy, pages = (double)(vm_spec(system_vm(sys, DD))->memory_mib << 8);

	open_meters("working-set");
	ck_assert_int_eq(loop_sleep(loop, WHILE_S * USEC_PER_SEC), 0);
	close_meters();
	if (geteuid() != 0 && reading("working_set_samples") == 0) {
		pr_info("not tested: the host has huge pages, which only root may split");
		return;
	}
	/* How many there are in that time is the host's. */
	ck_assert_double_ge(reading("working_set_samples"), 1);
	idle = reading("working_set");
	pr_info("idle: %.0f pages, at most %.0f", idle, reading("working_set_max"));
	ck_assert_double_ge(reading("working_set_max"), 1);

	open_meters("working-set");
	client_does("/bin/ping -q -f -s 1400 -w 3 " PEER4);
	close_meters();
	ck_assert_double_ge(reading("working_set_samples"), 1);
	busy = reading("working_set");
	pr_info("busy: %.0f pages, at most %.0f", busy, reading("working_set_max"));
	ck_assert_double_gt(reading("working_set_p50"), 50);
	ck_assert_double_gt(busy, idle);
	ck_assert_double_le(reading("working_set_max"), pages / 4);
}
END_TEST

START_TEST(a_census_counts_all_of_a_vms_memory)
{
	static const char *const classes[] = {
		"absent",	    "swapped",	    "zero",  "identical_across",
		"identical_within", "compressible", "unique"
	};
	double sum = 0, share = 0, pages = (double)(vm_spec(system_vm(sys, DD))->memory_mib << 8);
	char metric[64];
	size_t i;

	open_meters("page-census");
	close_meters();
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		snprintf(metric, sizeof(metric), "census_%s", classes[i]);
		sum += reading(metric);
		pr_info("%s: %.0f pages", classes[i], reading(metric));
		snprintf(metric, sizeof(metric), "census_%s_share", classes[i]);
		share += reading(metric);
	}
	ck_assert_double_eq(sum, pages);
	ck_assert_double_eq_tol(share, 1, 1e-6);
	/* A kernel and its page tables compress; a booted Linux has pages of zeroes, and others. */
	ck_assert_double_gt(reading("census_zero") + reading("census_absent"), 100);
	ck_assert_double_gt(reading("census_compressible"), 100);
	ck_assert_double_gt(reading("census_unique"), 100);
	/* The only driver VM. */
	ck_assert_double_eq(reading("census_identical_across"), 0);
	/* The guest has not noticed. */
	traffic_passes(10);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("meters-system");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_working_set_grows_with_the_work);
	tcase_add_test(tc, a_census_counts_all_of_a_vms_memory);
	return run_suite("meters-system", &tc, 1);
}
