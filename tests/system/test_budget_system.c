// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory budgets of real driver VMs: a budget holds, each technique does what it says, and a budget
 * that nobody can keep kills driver VMs and nothing else. Skipped, with the reason, where this user
 * may not or the kernel cannot.
 *
 * Runs alone: it changes the host.
 */
#include "support.h"

#include "host/cgroup.h"
#include "techniques/budget.h"
#include "vm/accel.h"

#define N_VMS 2
#define MEMORY_MIB 128
#define MIB (1ULL << 20)

static struct technique_set *set;
static struct budget *budget;
static struct vm_spec specs[N_VMS];
static struct vm *vms[N_VMS];

/* What budget_stats() said last of a metric; -1: nothing. */
struct reading {
	const char *metric;
	double value;
};

static void on_reading(void *arg, const char *metric, const char *unit, double value,
		       const char *vm, const char *thread)
{
	struct reading *r = arg;

	ck_assert(unit && streq(vm, "host") && streq(thread, ""));
	if (streq(metric, r->metric))
		r->value = value;
}

static double stat_of(const char *metric)
{
	struct reading r = { .metric = metric, .value = -1 };

	budget_stats(budget, on_reading, &r);
	return r.value;
}

static void spawn(size_t i, const char *accel)
{
	static const char *const names[N_VMS] = { "dd0", "dd1" };
	struct argv modules = { 0 };
	size_t m;

	specs[i] = (struct vm_spec){ .name = names[i],
				     .image = "ddos",
				     .memory_mib = MEMORY_MIB,
				     .vcpus = 1,
				     .accel = accel,
				     .log_dir = log_dir,
				     .merged = technique_set_merges(set) };
	technique_set_qemu_args(set, &specs[i].devices);
	ck_assert_int_eq(vm_spawn(&vms[i], loop, &specs[i]), 0);
	ck_assert_int_eq(budget_join(budget, vms[i]), 0);
	ck_assert_int_eq(vm_wait_ready(vms[i], PATIENCE), 0);
	technique_set_modules(set, &modules);
	for (m = 0; m < modules.n; m++)
		ck_assert_int_eq(vm_modprobe(vms[i], modules.v[m], NULL), 0);
	argv_free(&modules);
}

/* False: not on this host; said, and nothing is there to be taken down. */
static bool up(const char *test, const char *techniques)
{
	const char *accel;
	size_t i;

	ck_assert_int_eq(technique_set_parse(&set, techniques, NULL), 0);
	log_forget();
	if (cgroup_check() || technique_set_check(set, "cold")) {
		pr_info("%s: skipped: %s", test, log_last_error());
		technique_set_free(set);
		return false;
	}
	log_dir = path_in_tree("build/logs/%s", program_invocation_short_name);
	ck_assert_int_eq(mkdir_p(log_dir), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(accel_choose(loop, NULL, log_dir, &accel, NULL), 0);
	ck_assert_int_eq(budget_new(&budget, set, loop, N_VMS, MEMORY_MIB), 0);
	for (i = 0; i < N_VMS; i++)
		spawn(i, accel);
	return true;
}

static void down(void)
{
	size_t i;

	for (i = 0; i < N_VMS; i++) {
		vm_free(vms[i]);
		vms[i] = NULL;
		argv_free(&specs[i].devices);
	}
	budget_free(budget);
	technique_set_free(set);
	take_down();
}

static void all_answer(void)
{
	size_t i;

	for (i = 0; i < N_VMS; i++) {
		ck_assert(vm_alive(vms[i]));
		ck_assert_int_eq(vm_ping(vms[i], PATIENCE), 0);
	}
}

/* What each driver VM takes now, MiB. */
static unsigned int usage_mib(void)
{
	return (unsigned int)(stat_of("budget.usage") / MIB / N_VMS);
}

/* Has the guests' heartbeats say what they say when nothing has happened for a while. */
static void calm_down(void)
{
	ck_assert_int_eq(loop_sleep(loop, 2500 * USEC_PER_MSEC), 0);
}

START_TEST(balloons_make_room_and_give_it_back)
{
	unsigned int before;

	if (!up(__func__, "balloon"))
		return;
	calm_down();
	before = usage_mib();
	ck_assert_uint_gt(before, 40);
	/* So little that balloons go as far as their guests can bear; no limit enforces it. */
	ck_assert_int_eq(technique_set_budget(set, vms, N_VMS, before / 4), 0);
	pr_info("balloon: %u MiB each, %u with balloons, %.0f MiB taken", before, usage_mib(),
		stat_of("balloon.taken") / MIB);
	ck_assert(stat_of("balloon.taken") >= 16 * MIB);
	ck_assert(stat_of("balloon.missed") == 0);
	all_answer();
	ck_assert_int_eq(budget_set(budget, before - 8, vms, N_VMS), 0);
	ck_assert(stat_of("budget.limit") == (double)(before - 8) * N_VMS * MIB);
	ck_assert_uint_le(usage_mib(), before - 8);
	ck_assert(stat_of("budget.kills") == 0);
	all_answer();
	ck_assert_int_eq(budget_set(budget, 0, vms, N_VMS), 0);
	ck_assert(stat_of("balloon.taken") == 0);
	ck_assert(stat_of("budget.limit") == 0);
	all_answer();
	down();
}
END_TEST

START_TEST(half_of_what_they_take_is_enough_with_compressed_swap)
{
	unsigned int before;

	if (!up(__func__, "zram"))
		return;
	before = usage_mib();
	ck_assert_int_eq(budget_set(budget, before / 2, vms, N_VMS), 0);
	pr_info("zram: %u MiB each, %u after %.2f s, %.0f MiB swapped to %.0f", before, usage_mib(),
		stat_of("budget.settle"), stat_of("budget.swapped") / MIB,
		stat_of("zram.used") / MIB);
	ck_assert_uint_le(usage_mib(), before / 2);
	ck_assert(stat_of("budget.swapped") > 8 * MIB);
	ck_assert(stat_of("zram.used") > 0 && stat_of("zram.used") < stat_of("zram.original"));
	all_answer();
	ck_assert(stat_of("budget.kills") == 0);
	down();
}
END_TEST

static void wait_for_death(size_t at_least)
{
	uint64_t deadline = now_us() + PATIENCE;
	size_t dead;

	do {
		ck_assert_int_eq(loop_sleep(loop, 10 * USEC_PER_MSEC), 0);
		dead = (size_t)!vm_alive(vms[0]) + (size_t)!vm_alive(vms[1]);
	} while (dead < at_least && now_us() < deadline);
	ck_assert_uint_ge(dead, at_least);
}

START_TEST(a_hopeless_budget_kills_driver_vms_and_nothing_else)
{
	unsigned int before;

	if (!up(__func__, "none"))
		return;
	before = usage_mib();
	/* Room for one, but not for two; then for none. */
	ck_assert_int_eq(budget_set(budget, before * 2 / 3, vms, N_VMS), 0);
	wait_for_death(1);
	ck_assert(stat_of("budget.kills") == 1);
	ck_assert(vm_alive(vms[0]) != vm_alive(vms[1]));
	ck_assert_int_eq(vm_ping(vms[vm_alive(vms[0]) ? 0 : 1], PATIENCE), 0);
	ck_assert_int_eq(budget_set(budget, 4, vms, N_VMS), 0);
	wait_for_death(2);
	ck_assert(stat_of("budget.kills") == 2);
	/* With nobody left any budget can be set. */
	ck_assert_int_eq(budget_set(budget, 0, vms, N_VMS), 0);
	ck_assert_int_eq(budget_set(budget, 1, vms, N_VMS), 0);
	down();
}
END_TEST

/* Where the host's kernel can do that, all that the QEMUs have is offered to be merged. */
static void all_is_offered(void)
{
	char *path, *text;
	size_t i;

	for (i = 0; i < N_VMS; i++) {
		path = xasprintf("/proc/%d/ksm_stat", (int)vm_pid(vms[i]));
		if (file_read(path, &text, NULL) == 0) {
			ck_assert_msg(!strstr(text, "ksm_merge_any:") ||
					      strstr(text, "ksm_merge_any: yes"),
				      "%s", text);
			free(text);
		}
		free(path);
	}
}

START_TEST(same_pages_of_two_driver_vms_are_merged)
{
	uint64_t deadline;

	if (!up(__func__, "ksm"))
		return;
	all_is_offered();
	deadline = now_us() + PATIENCE;
	while (stat_of("ksm.sharing") < 16 * MIB && now_us() < deadline)
		ck_assert_int_eq(loop_sleep(loop, 200 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(budget_set(budget, 2 * MEMORY_MIB, vms, N_VMS), 0);
	pr_info("ksm: %.0f MiB saved after %.1f s", stat_of("ksm.sharing") / MIB,
		stat_of("budget.settle"));
	ck_assert(stat_of("ksm.sharing") >= 16 * MIB);
	all_answer();
	down();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("budget-system");

	tcase_add_test(tc, balloons_make_room_and_give_it_back);
	tcase_add_test(tc, half_of_what_they_take_is_enough_with_compressed_swap);
	tcase_add_test(tc, a_hopeless_budget_kills_driver_vms_and_nothing_else);
	tcase_add_test(tc, same_pages_of_two_driver_vms_are_merged);
	return run_suite("budget-system", &tc, 1);
}
