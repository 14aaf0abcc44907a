// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fleet of 16 driver VMs, clones of the templates of ten drivers, and one client that uses the
 * devices of all. system_up() itself waits for an answer through each.
 *
 * Runs alone: it changes the host.
 */
#include "support.h"

#include <signal.h>

#include "host/cgroup.h"
#include "host/file.h"
#include "host/page_cache.h"
#include "link/link.h"
#include "techniques/set.h"

#define VMS 16
#define HELPED_BY "clone+zram"
#define MIB (1ULL << 20)

/* May driver VMs have a budget here, and what helps them to keep it? */
static bool scarce;

/* The text of a guest's file, without its newline. */
static char *text_of(struct vm *vm, const char *path)
{
	char *text;

	ck_assert_int_eq(vm_read_file(vm, path, &text), 0);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool can_be_scarce(void)
{
	struct technique_set *set;
	bool can;

	ck_assert_int_eq(technique_set_parse(&set, HELPED_BY, NULL), 0);
	can = cgroup_check() == 0 && technique_set_check(set, "clone") == 0;
	technique_set_free(set);
	return can;
}

static void setup(void)
{
	static const char *const ample[] = { "vms=16", "boot=clone", NULL };
	static const char *const limited[] = { "vms=16", "technique=" HELPED_BY, NULL };

	scarce = can_be_scarce();
	bring_up_with = scarce ? limited : ample;
	bring_up("many", NULL, NULL);
}

/* The text of @path must be another one in each driver VM. */
static void check_differs(const char *path)
{
	char *texts[VMS];
	unsigned int i, j;

	for (i = 0; i < VMS; i++) {
		char *name = xasprintf("dd%u", i);

		texts[i] = text_of(system_vm(sys, name), path);
		for (j = 0; j < i; j++)
			ck_assert_msg(strcmp(texts[i], texts[j]) != 0, "%s: %s in dd%u and dd%u",
				      path, texts[i], i, j);
		free(name);
	}
	for (i = 0; i < VMS; i++)
		free(texts[i]);
}

START_TEST(each_clone_is_a_machine_of_its_own)
{
	unsigned int i;

	ck_assert_uint_eq(system_n_vms(sys), 1 + VMS);
	for (i = 0; i < VMS; i++) {
		char *name = xasprintf("dd%u", i);
		struct vm *vm = system_vm(sys, name);
		char *host = text_of(vm, "/proc/sys/kernel/hostname");

		ck_assert_int_eq(vm_spec(vm)->origin, VM_CLONE);
		ck_assert_str_eq(host, name);
		free(host);
		free(name);
	}
	check_differs("/proc/sys/kernel/random/uuid");
}
END_TEST

/* It was saved with sessions of other links: each has ended, for no breach of the rules. */
START_TEST(the_client_has_met_new_driver_vms)
{
	ck_assert_int_eq(vm_spec(system_client(sys))->origin, VM_CLONE);
	client_does("cd /sys/bus/ddlink/devices; [ $(cat */stats | grep -c '^sessions 2$') = 16 ]");
	client_does(
		"cd /sys/bus/ddlink/devices; [ $(cat */stats | grep -c '^violations 0$') = 16 ]");
}
END_TEST

static void count_sessions(const char *name, uint64_t value, void *arg)
{
	const char *end = strrchr(name, '.');

	*(unsigned int *)arg += end && strcmp(end, ".sessions") == 0 && value > 0;
}

/* What a clone calls its link is not what the client does. */
START_TEST(both_sides_of_each_link_are_counted)
{
	unsigned int n = 0;

	ck_assert_int_eq(system_counters(sys, count_sessions, &n), 0);
	ck_assert_uint_eq(n, 2 * VMS);
}
END_TEST

START_TEST(each_card_has_its_own_address)
{
	client_does("n=$(cat /sys/class/net/net*/address | sort | uniq -d | wc -l); [ $n = 0 ]");
}
END_TEST

static unsigned int oom_score_adj(const char *vm)
{
	char *path = xasprintf("/proc/%d/oom_score_adj", (int)vm_pid(system_vm(sys, vm)));
	uint64_t value;

	ck_assert_int_eq(host_read_u64(path, &value), 0);
	free(path);
	return (unsigned int)value;
}

START_TEST(driver_vms_go_before_the_client_if_the_host_runs_out_of_memory)
{
	ck_assert_uint_gt(oom_score_adj("dd0"), oom_score_adj("client"));
	ck_assert_uint_gt(oom_score_adj("dd15"), oom_score_adj("client"));
}
END_TEST

START_TEST(one_that_dies_takes_nothing_with_it)
{
	const char *dead = NULL;

	kill(vm_pid(system_vm(sys, "dd3")), SIGKILL);
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	ck_assert(!vm_alive(system_vm(sys, "dd3")));
	ck_assert_int_eq(system_check(sys, &dead), 0);
	client_does("ping -c 1 -w 5 -I net0 10.77.0.1 >/dev/null");
	client_does("dd if=/dev/ddblk0 of=/dev/null bs=4096 count=8 2>/dev/null");
}
END_TEST

START_TEST(it_comes_back_as_a_clone)
{
	const char *device = "disk1";

	ck_assert_int_eq(system_restart_vm(sys, "dd3"), 0);
	ck_assert(link_attached(system_link(sys, device), DDLINK_SERVER));
	client_does("dd if=/dev/ddblk1 of=/dev/null bs=4096 count=8 iflag=direct 2>/dev/null");
}
END_TEST

/* What system_budget_stats() said last of a metric; -1: nothing. */
struct budget_stat {
	const char *metric;
	double value;
};

static void on_stat(void *arg, const char *metric, const char *unit, double value, const char *vm,
		    const char *thread)
{
	struct budget_stat *s = arg;

	(void)unit, (void)vm, (void)thread;
	if (streq(metric, s->metric))
		s->value = value;
}

static double stat_of(const char *metric)
{
	struct budget_stat s = { .metric = metric, .value = -1 };

	system_budget_stats(sys, on_stat, &s);
	return s.value;
}

/* Reads and pings through every link that there is. */
static void all_are_served(void)
{
	client_does("for n in /sys/class/net/net*; do ping -c 1 -w 10 -I ${n##*/} 10.77.0.1 "
		    ">/dev/null || exit 1; done");
	client_does("for d in /dev/ddblk[0-9]; do dd if=$d of=/dev/null bs=4096 count=8 "
		    "iflag=direct 2>/dev/null || exit 1; done");
}

/* What the templates of the fleet's drivers take of the host's memory. */
static double templates_in_memory(void)
{
	const struct system_fleet_desc *fleet = system_desc(sys)->fleet;
	double sum = 0;
	unsigned int i;

	for (i = 0; i < fleet->n_drivers; i++) {
		char *path = path_in_cache("templates/%s-%s-%uM-ddos/memory", fleet->drivers[i],
					   system_accel(sys), fleet->memory_mib);
		uint64_t bytes;

		ck_assert_int_eq(page_cache_bytes(path, &bytes), 0);
		sum += (double)bytes;
		free(path);
	}
	return sum;
}

START_TEST(shared_templates_count_and_the_clients_does_not)
{
	double total, taken;

	if (!scarce)
		return;
	taken = templates_in_memory() + stat_of("budget.usage") + stat_of("zram.used");
	total = stat_of("budget.total");
	ck_assert_msg(total > taken - 32 * MIB && total < taken + 32 * MIB, "%g, not %g", total,
		      taken);
}
END_TEST

START_TEST(half_of_what_they_take_is_enough)
{
	unsigned int before, budget;
	char value[16];

	if (!scarce) {
		pr_info("%s: skipped: %s", __func__, log_last_error());
		return;
	}
	all_are_served();
	before = (unsigned int)(stat_of("budget.usage") / MIB / VMS);
	budget = before / 2;
	ck_assert_uint_gt(budget, 2);
	snprintf(value, sizeof(value), "%u", budget);
	ck_assert_int_eq(system_set(sys, "budget", value), 0);
	pr_info("%u MiB for each of %u driver VMs, %u with a budget; %.0f MiB swapped to %.0f",
		before, VMS, (unsigned int)(stat_of("budget.usage") / MIB / VMS),
		stat_of("budget.swapped") / MIB, stat_of("zram.used") / MIB);
	ck_assert(stat_of("budget.usage") <= (double)(budget * MIB * VMS));
	all_are_served();
	ck_assert(stat_of("budget.alive") == VMS);
	ck_assert(stat_of("budget.total") > stat_of("budget.usage"));
	ck_assert_int_eq(system_set(sys, "budget", "0"), 0);
	ck_assert(stat_of("budget.limit") == 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("fleet-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, each_clone_is_a_machine_of_its_own);
	tcase_add_test(tc, the_client_has_met_new_driver_vms);
	tcase_add_test(tc, both_sides_of_each_link_are_counted);
	tcase_add_test(tc, each_card_has_its_own_address);
	tcase_add_test(tc, shared_templates_count_and_the_clients_does_not);
	tcase_add_test(tc, half_of_what_they_take_is_enough);
	tcase_add_test(tc, driver_vms_go_before_the_client_if_the_host_runs_out_of_memory);
	tcase_add_test(tc, one_that_dies_takes_nothing_with_it);
	tcase_add_test(tc, it_comes_back_as_a_clone);
	return run_suite("fleet-system", &tc, 1);
}
