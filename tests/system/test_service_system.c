// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the workloads that offer a steady load see of a driver VM that stands still for a while: an
 * outage as long as that, and nothing lost of what was written.
 */
#include "support.h"

#include <math.h>
#include <signal.h>

#include "workload/workload.h"

#define STILL_S 0.7
/* Late: the tool has to start first, and a disk's requests are read back at the end. */
#define BEGIN_S 3.5

static struct workload_run *run;

/* Of the last iteration; NAN: not given. */
static struct {
	double outage, lost, failed, verified;
	unsigned int points;
	double rate_before, rate_after; /* of points: just before the outage, and in it */
} seen;

static void open_workload(const char *name, const char *class)
{
	const struct drivervm_workload *w;
	char *log, reason[256];

	ck_assert_int_eq(workload_find(&w, name), 0);
	client_image = w->client_image;
	bring_up("isolated", NULL, class);
	log = xasprintf("%s/%s.log", log_dir, name);
	unlink(log);
	run = workload_open(w, loop, sys, log);
	free(log);
	workload_set(run, "bin_ms", "20");
	ck_assert_msg(!workload_supported(run, reason, sizeof(reason)), "%s", reason);
	ck_assert_msg(!workload_setup(run), "%s", workload_last_log(run));
}

static void teardown(void)
{
	workload_close(run);
	run = NULL;
	take_down();
}

static void on_sample(void *arg, const struct workload_sample *s)
{
	(void)arg;
	if (*s->t) {
		ck_assert_str_eq(s->metric, "answer_rate");
		seen.points++;
		if (streq(s->t, "-20"))
			seen.rate_before = s->value;
		if (streq(s->t, "200"))
			seen.rate_after = s->value;
	} else if (streq(s->metric, "outage")) {
		seen.outage = s->value;
	} else if (streq(s->metric, "lost")) {
		seen.lost = s->value;
	} else if (streq(s->metric, "failed")) {
		seen.failed = s->value;
	} else if (streq(s->metric, "verified")) {
		seen.verified = s->value;
	}
}

/* One iteration, in which VM @vm stands still for a while. */
static void iterate(const char *vm)
{
	int pid = vm_pid(system_vm(sys, vm));
	char *script = xasprintf("sleep %g; kill -STOP %d; sleep %g; kill -CONT %d", BEGIN_S, pid,
				 STILL_S, pid);
	struct proc_spec spec = {
		.argv = (const char *const[]){ "sh", "-c", script, NULL },
		.netns_fd = -1,
	};
	struct proc *stopper;

	memset(&seen, 0, sizeof(seen));
	seen.outage = seen.lost = seen.failed = seen.verified = NAN;
	seen.rate_before = seen.rate_after = NAN;
	ck_assert_int_eq(proc_spawn(&stopper, loop, &spec), 0);
	ck_assert_msg(!workload_iterate(run, on_sample, NULL), "%s", workload_last_log(run));
	proc_free(stopper);
	free(script);
	/* Nothing came while it stood still, and something soon after; the machine may be loaded.
	 */
	ck_assert_double_gt(seen.outage, STILL_S * 0.95);
	ck_assert_double_lt(seen.outage, STILL_S + 1.5);
	ck_assert_uint_gt(seen.points, 50);
	ck_assert_double_gt(seen.rate_before, 0);
	ck_assert_double_eq(seen.rate_after, 0);
}

START_TEST(a_network_that_stands_still_is_seen)
{
	open_workload("net-service", "net");
	iterate("net-dd");
	ck_assert_double_ge(seen.lost, 0);
}
END_TEST

START_TEST(a_disk_that_stands_still_loses_nothing)
{
	open_workload("disk-service", "blk");
	iterate("disk-dd");
	ck_assert_double_eq(seen.failed, 0);
	ck_assert_double_eq(seen.verified, 4 * 500 * 4096);
}
END_TEST

START_TEST(so_does_a_file_system)
{
	open_workload("fs-service", "blk");
	workload_set(run, "rate", "200");
	iterate("disk-dd");
	ck_assert_double_eq(seen.failed, 0);
	ck_assert_double_eq(seen.verified, 4 * 200 * 4096);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("service-system");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, a_network_that_stands_still_is_seen);
	tcase_add_test(tc, a_disk_that_stands_still_loses_nothing);
	tcase_add_test(tc, so_does_a_file_system);
	return run_suite("service-system", &tc, 1);
}
