// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All devices of a fleet of clones under load at once: each is served; while two driver VMs die in
 * the middle, and after that, the others are served as before.
 *
 * Runs alone: it measures.
 */
#include "support.h"

#include <signal.h>

#include "workload/workload.h"

#define VMS 6

static struct workload_run *run;

/* Of the last iteration. */
static struct {
	double served, fairness, least_share, carried;
	double throughput[VMS]; /* by device: net0, disk0, net1, ... as many.yaml has them */
	unsigned int n; /* devices that were told of */
} seen;

static void setup(void)
{
	static const char *const with[] = { "vms=6", "boot=clone", NULL };
	const struct drivervm_workload *w;
	char *log, reason[256];

	ck_assert_int_eq(workload_find(&w, "many-mix"), 0);
	client_image = w->client_image;
	bring_up_with = with;
	bring_up("many", NULL, NULL);
	log = xasprintf("%s/many-mix.log", log_dir);
	unlink(log);
	run = workload_open(w, loop, sys, log);
	free(log);
	workload_set(run, "duration_ms", "6000");
	workload_set(run, "rate", "10");
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
	unsigned int i;

	(void)arg;
	if (streq(s->metric, "served"))
		seen.served = s->value;
	if (streq(s->metric, "fairness"))
		seen.fairness = s->value;
	if (streq(s->metric, "least_share"))
		seen.least_share = s->value;
	if (streq(s->metric, "carried"))
		seen.carried = s->value;
	if (!streq(s->metric, "device_throughput"))
		return;
	i = (unsigned int)atoi(s->device + strcspn(s->device, "0123456789")) * 2 +
	    (strncmp(s->device, "disk", 4) == 0);
	ck_assert_uint_lt(i, VMS);
	seen.throughput[i] = s->value;
	seen.n++;
}

static void iterate(void)
{
	memset(&seen, 0, sizeof(seen));
	ck_assert_msg(!workload_iterate(run, on_sample, NULL), "%s", workload_last_log(run));
	ck_assert_uint_eq(seen.n, VMS);
}

START_TEST(every_device_is_served)
{
	unsigned int i;

	iterate();
	ck_assert_double_eq(seen.served, 1);
	ck_assert_double_gt(seen.least_share, 0.25);
	ck_assert_double_gt(seen.fairness, 0.8);
	ck_assert_double_gt(seen.carried, 0.5);
	for (i = 0; i < VMS; i++)
		ck_assert_double_gt(seen.throughput[i], 0);
}
END_TEST

/* A card's and a disk's; the run goes on with what is left. */
START_TEST(two_die_in_the_middle)
{
	char *kill_them = xasprintf("sleep 4; kill -9 %d %d", vm_pid(system_vm(sys, "dd0")),
				    vm_pid(system_vm(sys, "dd1")));
	struct proc_spec spec = {
		.argv = (const char *const[]){ "sh", "-c", kill_them, NULL },
		.netns_fd = -1,
	};
	struct proc *killer;
	unsigned int i;

	ck_assert_int_eq(proc_spawn(&killer, loop, &spec), 0);
	iterate();
	proc_free(killer);
	free(kill_them);
	ck_assert(!vm_alive(system_vm(sys, "dd0")) && !vm_alive(system_vm(sys, "dd1")));
	for (i = 2; i < VMS; i++)
		ck_assert_double_gt(seen.throughput[i], 0);
	ck_assert_double_lt(seen.throughput[0], seen.throughput[2]);
	ck_assert_double_lt(seen.throughput[1], seen.throughput[3]);
}
END_TEST

START_TEST(the_dead_carry_nothing)
{
	unsigned int i;

	iterate();
	ck_assert_double_eq_tol(seen.served, 4.0 / 6, 1e-9);
	ck_assert_double_eq(seen.least_share, 0);
	ck_assert_double_eq(seen.throughput[0], 0);
	ck_assert_double_eq(seen.throughput[1], 0);
	for (i = 2; i < VMS; i++)
		ck_assert_double_gt(seen.throughput[i], 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("mix-system");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_device_is_served);
	tcase_add_test(tc, two_die_in_the_middle);
	tcase_add_test(tc, the_dead_carry_nothing);
	return run_suite("mix-system", &tc, 1);
}
