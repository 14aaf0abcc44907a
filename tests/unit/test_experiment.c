// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of experiments: mistakes and their lines, --quick, --set, what follows readings. */
#include <errno.h>
#include <math.h>

#include "core/progress.h"
#include "describe.h"
#include "experiment/readings.h"
#include "system/system.h"

#define CLAIM                                                                                   \
	"claims:\n  - id: c\n    statement: s\n    source: t\n    kind: ratio\n    metric: m\n" \
	"    of: [system=isolated]\n    over: [system=native]\n    expect: \">= 0.9\"\n    unit: x\n"
#define SLOPE(kind, along)                                                                  \
	"claims:\n  - id: c\n    statement: s\n    source: t\n    kind: " kind              \
	"\n    metric: m\n    of: [system=isolated]\n    expect: \">= 0.9\"\n    unit: x\n" \
	"    # over what\n    along: " along "\n"
#define CALIBRATE(where, fraction)                                                       \
	"calibrate:\n  - { axis: mtu, value: 500, system: native, metric: throughput,\n" \
	"      where: " where ", fraction: " fraction ", at_most: 1, scale: 1 }\n"

#define BOOTS "boots:\n  - { axis: vms, values: [1, 10] }\n"

static char *dir;

static void setup(void)
{
	dir = temp_folder();
}

static void teardown(void)
{
	temp_folder_free(dir);
}

/*
 * One value gives no interval, without which a claim is not judged. Where something is broken, and
 * compared with nothing broken, the quick pass has no time for a second value.
 */
static bool may_have_one_value(const struct experiment *exp)
{
	const struct experiment_axis *axis;
	unsigned int i, j;

	for (i = 0; i < exp->n_matrix; i++) {
		axis = &exp->matrix[i];
		for (j = 0; strncmp(axis->axis, "fault", 5) == 0 && j < axis->n_values; j++)
			if (strcmp(axis->values[j], "never") == 0 ||
			    strcmp(axis->values[j], "none") == 0)
				return true;
	}
	return exp->full_only || !exp->n_claims;
}

/* Every description in the tree is right, and right in this tree if the plugins are built. */
START_TEST(the_trees_own_are_right)
{
	struct experiment *exp;
	char **names;
	size_t n, i;

	ck_assert_int_eq(experiment_names(&names, &n), 0);
	ck_assert_uint_ge(n, 2);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(experiment_load(&exp, names[i]), 0);
		ck_assert_str_eq(exp->name, names[i]);
		ck_assert_int_eq(experiment_check(exp, NULL), 0);
		experiment_make_quick(exp);
		ck_assert_int_eq(experiment_check(exp, NULL), 0);
		if (!may_have_one_value(exp))
			ck_assert_uint_ge(exp->invocations * exp->iterations, 2);
		experiment_free(exp);
		free(names[i]);
	}
	free(names);
}
END_TEST

static const struct {
	const char *text;
	unsigned int line; /* after DESCRIBE_HEAD */
	const char *said;
} bad[] = {
	{ "figurs: []\n", 1, "unknown key 'figurs'; expected one of name, title, question," },
	{ "options: [mtu]\n", 1, "options: expected 'key=value', found 'mtu'" },
	{ "options: [=1]\n", 1, "options: expected 'key=value', found '=1'" },
	{ "options: [a=1,\n  mtu=1500]\n", -4, "'mtu' is given twice" },
	{ "define:\n  - { axis: rate, value: a, as: b }\n", 2,
	  "this experiment's matrix has no axis 'rate'" },
	{ "quick:\n  matrix:\n    - { axis: rate, values: [a] }\n", 3,
	  "this experiment's matrix has no axis 'rate'" },
	{ "quick:\n  boots:\n    - { axis: mtu, values: [a] }\n", 3,
	  "this experiment's boots have no axis 'mtu'" },
	{ "boots:\n  - { axis: mtu, values: [1500] }\n", -4, "'mtu' is given twice" },
	{ "boots:\n  - { axis: vm, values: [1] }\n", 2, "'vm' cannot be an axis" },
	{ BOOTS CLAIM "    where: [vms=11]\n", 13, "axis 'vms' has no value '11'" },
	{ "boot_seconds_per: { axis: mtu, seconds: 1 }\n", 1,
	  "this experiment's boots have no axis 'mtu'" },
	{ "boots: [{ axis: boot, values: [cold] }]\nboot_seconds_per: { axis: boot, seconds: 1 }\n",
	  2, "axis 'boot' has the value 'cold', which is no number" },
	{ BOOTS "when:\n  - { where: [rate=1] }\n", 4, "this experiment has no axis 'rate'" },
	{ BOOTS "when:\n  - { where: [vms=1], options: [x] }\n", 4,
	  "options: expected 'key=value', found 'x'" },
	{ BOOTS "when:\n  - { where: [vms=7] }\n", 4, "axis 'vms' has no value '7'" },
	{ "order: sorted\n", 1, "at 'order': found 'sorted'; expected one of 'random', 'listed'" },
	{ CALIBRATE("[mtu=1500]", "0"), 3, "fraction, at_most and scale must be above 0" },
	{ CALIBRATE("[mtu=500]", "1"), 2, "'500' cannot be measured by way of itself" },
	{ CALIBRATE("[mtu=300]", "1"), 3, "axis 'mtu' has no value '300'" },
	{ CLAIM "    aim: lots\n", 11, "claim 'c': expected '>= NUMBER' or '<= NUMBER'" },
	{ CLAIM "    where: [mtu=300]\n", 11, "axis 'mtu' has no value '300'" },
	{ CLAIM "    where: [system=xen]\n", 11, "this experiment has no system 'xen'" },
	{ CLAIM "    base: [system=virtio]\n", 2, "claim 'c': this kind takes of, over" },
	{ CLAIM "    along: mtu\n", 2, "claim 'c': this kind takes of, over" },
	{ SLOPE("slope", "speed"), 11, "this experiment has no axis 'speed'" },
	{ SLOPE("slope", "direction"), 11,
	  "axis 'direction' has the value 'send', which is no number" },
	{ SLOPE("maximum", "mtu"), 2, "claim 'c': this kind takes of alone" },
	{ "figures:\n  - { id: f, title: t, kind: bars, x: a, series: b, metric: m, unit: u,\n"
	  "      x_log: true }\n",
	  2, "figure 'f': only lines have a logarithmic x axis" },
	{ "figures:\n  - { id: f, title: t, kind: pie, x: a, series: b, metric: m, unit: u }\n", 2,
	  "at 'kind': found 'pie'; expected one of 'bars', 'lines'" },
};

START_TEST(mistakes_have_their_line)
{
	char *text = xasprintf("%s%s", DESCRIBE_HEAD, bad[_i].text);
	char *path = temp_file(dir, "test.yaml", text);
	char *start = xasprintf("drivervm: %s:%d: %s", path,
				DESCRIBE_HEAD_LINES + (int)bad[_i].line, bad[_i].said);
	struct experiment *exp;
	struct capture c;
	const char *said;

	capture_begin(&c);
	ck_assert_int_eq(experiment_load(&exp, path), -EINVAL);
	said = capture_end(&c);
	ck_assert_msg(strncmp(said, start, strlen(start)) == 0, "said: %sexpected: %s", said,
		      start);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
	free(start);
	free(path);
	free(text);
}
END_TEST

START_TEST(the_name_is_the_files)
{
	char *path = temp_file(dir, "other.yaml", DESCRIBE_HEAD);
	struct experiment *exp;
	struct capture c;

	capture_begin(&c);
	ck_assert_int_eq(experiment_load(&exp, path), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(capture_end(&c), "other.yaml:1: the name must be the file's, 'other'"));
	free(path);
}
END_TEST

START_TEST(an_unknown_experiment_is_told)
{
	static const char start[] = "drivervm: no experiment 'nosuch'; there are: ";
	struct experiment *exp;
	struct capture c;
	const char *said;

	capture_begin(&c);
	ck_assert_int_eq(experiment_load(&exp, "nosuch"), -ENOENT);
	said = capture_end(&c);
	ck_assert_msg(strncmp(said, start, strlen(start)) == 0, "%s", said);
	ck_assert_ptr_nonnull(strstr(said, "net-latency, net-throughput"));
	capture_begin(&c);
	ck_assert_int_eq(experiment_load(&exp, "../experiments/net-latency"), -ENOENT);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "no experiment '../experiments/"));
	capture_begin(&c);
	ck_assert_int_eq(experiment_load(&exp, "/no/such.yaml"), -ENOENT);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "/no/such.yaml: No such file"));
}
END_TEST

/* What only this tree can tell: replaces the first @from of DESCRIBE_HEAD. */
static const struct {
	const char *from, *to;
	unsigned int line;
	const char *said;
} foreign[] = {
	{ "isolated", "isolatd", 5, "no system 'isolatd'" },
	{ "rtl8139", "rtl8140", 6, "no driver 'rtl8140'" },
	{ "axis: direction", "axis: diection", 8,
	  "'diection' is neither an option of workload net-stream nor a setting of a system" },
	{ "send", "sendd", 8, "'sendd' is no value for 'direction': " },
	{ "warmup", "meters: [nosuch]\nwarmup", 10,
	  "no meter 'nosuch'; 'drivervm list meters' shows them" },
	{ "warmup", "meters: [working-set,\n  working-set]\nwarmup", 10,
	  "meter 'working-set' is listed twice" },
	{ " 1000,", " 10,", 9, "'10' is no value for 'mtu'" },
	{ "warmup: 1", "boots: [{ axis: vmz, values: [1] }]\nwarmup: 1", 10,
	  "'vmz' is nothing that a system is brought up with" },
	{ "warmup: 1", "boots: [{ axis: boot, values: [cold, warm] }]\nwarmup: 1", 10,
	  "'warm' is no value for 'boot'" },
	{ "warmup: 1", "boots: [{ axis: recover, values: [none, tepid] }]\nwarmup: 1", 10,
	  "'tepid' is no value for 'recover'" },
	{ "warmup: 1", "options: [fault=tiredness]\nwarmup: 1", 10,
	  "'tiredness' is no value for 'fault': 'drivervm list faults' shows them" },
	{ "warmup: 1", "options: [fault_at=soon]\nwarmup: 1", 10,
	  "'soon' is no value for 'fault_at': a number from 0 to 3600000 expected" },
	{ "warmup: 1", "options: [fault_every=-1]\nwarmup: 1", 10,
	  "'-1' is no value for 'fault_every'" },
};

START_TEST(what_is_not_in_this_tree_has_its_line)
{
	const char *at = strstr(DESCRIBE_HEAD, foreign[_i].from);
	char *text = xasprintf("%.*s%s%s", (int)(at - DESCRIBE_HEAD), DESCRIBE_HEAD, foreign[_i].to,
			       at + strlen(foreign[_i].from));
	char *path = temp_file(dir, "test.yaml", text);
	char *start = xasprintf("drivervm: %s:%u: %s", path, foreign[_i].line, foreign[_i].said);
	struct experiment *exp;
	struct capture c;
	const char *said;

	ck_assert_int_eq(experiment_load(&exp, path), 0);
	capture_begin(&c);
	ck_assert_int_eq(experiment_check(exp, NULL), -EINVAL);
	said = capture_end(&c);
	ck_assert_msg(strncmp(said, start, strlen(start)) == 0, "said: %sexpected: %s", said,
		      start);
	experiment_free(exp);
	free(start);
	free(path);
	free(text);
}
END_TEST

/* A workload about the system itself has all of it; others only what they use. */
START_TEST(a_system_is_brought_up_with_what_the_workload_is_about)
{
	const char *at = strstr(DESCRIBE_HEAD, "net-stream");
	char *text = xasprintf("%.*sidle%s", (int)(at - DESCRIBE_HEAD), DESCRIBE_HEAD,
			       at + strlen("net-stream"));
	struct experiment *some = describe(DESCRIBE_HEAD), *whole = describe(text);
	struct system_desc *desc, *system;

	ck_assert_int_eq(system_desc_load(&system, "isolated"), 0);
	ck_assert_uint_eq(system->n_vms, 3);
	ck_assert_int_eq(experiment_load_system(whole, "isolated", &desc), 0);
	ck_assert_uint_eq(desc->n_vms, system->n_vms);
	ck_assert_uint_eq(desc->n_devices, system->n_devices);
	system_desc_free(desc);
	ck_assert_int_eq(experiment_load_system(some, "isolated", &desc), 0);
	ck_assert_uint_eq(desc->n_vms, 2);
	ck_assert_uint_eq(desc->n_devices, 1);
	system_desc_free(desc);
	system_desc_free(system);
	experiment_free(some);
	experiment_free(whole);
	free(text);
}
END_TEST

START_TEST(quick_changes_what_it_says)
{
	struct experiment *exp = describe(DESCRIBE_HEAD BOOTS
					  "options: [buffer=1, window=2]\n"
					  "quick:\n"
					  "  systems: [native]\n"
					  "  options: [window=3]\n"
					  "  boots: [{ axis: vms, values: [2] }]\n"
					  "  matrix: [{ axis: mtu, values: [9] }]\n"
					  "  warmup: 0\n"
					  "  iterations: 1\n");

	experiment_make_quick(exp);
	ck_assert_uint_eq(exp->n_systems, 1);
	ck_assert_uint_eq(exp->n_drivers, 2);
	ck_assert_uint_eq(exp->options.n, 2);
	ck_assert_str_eq(dimset_get(&exp->options, "window"), "3");
	ck_assert_uint_eq(exp->matrix[0].n_values, 2);
	ck_assert_uint_eq(exp->matrix[1].n_values, 1);
	ck_assert_str_eq(exp->matrix[1].values[0], "9");
	ck_assert_uint_eq(exp->boots[0].n_values, 1);
	ck_assert_str_eq(exp->boots[0].values[0], "2");
	ck_assert_uint_eq(exp->warmup, 0);
	ck_assert_uint_eq(exp->invocations, 4);
	ck_assert_uint_eq(exp->iterations, 1);
	experiment_free(exp);
}
END_TEST

START_TEST(set_changes_anything)
{
	static const char *const good[] = { "warmup=0",	     "invocations=9",
					    "iterations=3",  "systems=native,virtio",
					    "drivers=e1000", "mtu=9000,1500",
					    "buffer=7",	     "buffer=8",
					    "vms=3,4,5" };
	static const char *const wrong[] = { "warmup",	 "=1",	       "warmup=-1", "iterations=0",
					     "mtu=",	 "mtu=1,,2",   "systems=,", "iterations=1x",
					     "warmup= ", "iterations=" };
	struct experiment *exp = describe(DESCRIBE_HEAD BOOTS);
	char why[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_int_eq(experiment_set(exp, good[i], why, sizeof(why)), 0);
	ck_assert_uint_eq(exp->warmup, 0);
	ck_assert_uint_eq(exp->invocations, 9);
	ck_assert_uint_eq(exp->iterations, 3);
	ck_assert_uint_eq(exp->n_systems, 2);
	ck_assert_str_eq(exp->systems[1], "virtio");
	ck_assert_uint_eq(exp->n_drivers, 1);
	ck_assert_str_eq(exp->matrix[1].values[0], "9000");
	ck_assert_uint_eq(exp->boots[0].n_values, 3);
	ck_assert_str_eq(exp->boots[0].values[2], "5");
	ck_assert_uint_eq(exp->options.n, 1);
	ck_assert_str_eq(dimset_get(&exp->options, "buffer"), "8");
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		why[0] = '\0';
		ck_assert_int_eq(experiment_set(exp, wrong[i], why, sizeof(why)), -EINVAL);
		ck_assert_ptr_nonnull(strstr(why, "expected"));
	}
	ck_assert_uint_eq(exp->iterations, 3);
	experiment_free(exp);
}
END_TEST

static const struct reading *find(const struct readings *r, const char *metric, const char *vm)
{
	return readings_find(r, metric, vm, "");
}

START_TEST(cpu_time_is_put_in_relation)
{
	struct readings r = { 0 };

	readings_add(&r, "transferred", "B", 10 * 1048576.0, "", "");
	readings_add(&r, "cpu", "s", 4, "host", "");
	readings_add(&r, "cpu", "s", 2, "client", "");
	readings_add(&r, "cpu", "s", 1.5, "client", "vcpu");
	readings_add(&r, "cpu", "s", 1, "net-dd", "");
	/* Beside the system, whatever it takes. */
	readings_add(&r, "cpu", "s", 7, "remote", "");
	readings_add(&r, "wall", "s", 2, "host", "");
	readings_add(&r, "broken", "s", NAN, "host", "");
	ck_assert_uint_eq(r.n, 7);
	readings_derive(&r, 4);
	ck_assert_double_eq_tol(find(&r, "host_load", "")->value, 2, 1e-12);
	ck_assert_double_eq_tol(find(&r, "cpu_load", "")->value, 1.5, 1e-12);
	ck_assert_str_eq(find(&r, "cpu_load", "")->unit, "1");
	ck_assert_double_eq_tol(find(&r, "cpu_per_mib", "")->value, 0.3, 1e-12);
	ck_assert_str_eq(find(&r, "cpu_per_mib", "")->unit, "s/MiB");
	ck_assert_double_eq_tol(find(&r, "part_cpu_per_mib", "client")->value, 0.2, 1e-12);
	ck_assert_double_eq_tol(find(&r, "part_cpu_per_mib", "net-dd")->value, 0.1, 1e-12);
	ck_assert_ptr_null(find(&r, "part_cpu_per_mib", "host"));
	ck_assert_ptr_null(find(&r, "part_cpu_per_mib", "remote"));
	ck_assert_double_eq_tol(find(&r, "cpu_share", "")->value, 0.375, 1e-12);
	ck_assert_double_eq_tol(find(&r, "driver_vm_cpu_share", "")->value, 0.125, 1e-12);
	ck_assert_uint_eq(r.n, 14);
	readings_free(&r);
}
END_TEST

START_TEST(a_fleet_has_sums_and_means)
{
	struct readings r = { 0 };
	unsigned int i;

	readings_add(&r, "wall", "s", 10, "host", "");
	readings_add(&r, "cpu", "s", 3, "client", "");
	readings_add(&r, "cpu", "s", 0.4, "peer", "");
	readings_add(&r, "cpu", "s", 0.6, "drivervm", "");
	readings_add(&r, "meter_cpu", "s", 0.1, "drivervm", "");
	readings_add(&r, "rss", "B", 5e6, "drivervm", "");
	readings_add(&r, "pss", "B", 300e6, "client", "");
	readings_add(&r, "pss", "B", 99e6, "remote", "");
	for (i = 0; i < 100; i++) {
		char vm[8];

		snprintf(vm, sizeof(vm), "dd%u", i);
		readings_add(&r, "cpu", "s", i % 2 ? 0.01 : 0.03, vm, "");
		readings_add(&r, "cpu", "s", 0.01, vm, "vcpu");
		readings_add(&r, "pss", "B", i % 2 ? 10e6 : 14e6, vm, "");
	}
	readings_derive(&r, 2);
	/* 3 + 0.4 + 0.6 + 2 of 20 CPU seconds */
	ck_assert_double_eq_tol(find(&r, "cpu_share", "")->value, 0.3, 1e-12);
	ck_assert_double_eq_tol(find(&r, "driver_vm_cpu_share", "")->value, 0.001, 1e-12);
	ck_assert_double_eq_tol(find(&r, "pss_sum", "")->value, 1500e6, 1);
	ck_assert_double_eq_tol(find(&r, "driver_vm_pss", "")->value, 12e6, 1e-3);
	ck_assert_double_eq_tol(find(&r, "orchestrator_load", "")->value, 0.05, 1e-12);
	ck_assert_double_eq_tol(find(&r, "orchestrator_rss", "")->value, 5e6, 1e-3);
	readings_free(&r);
}
END_TEST

/* @n VMs with two kinds of thread: 6 readings each. */
static void add_fleet(struct readings *r, unsigned int n)
{
	static const char *const threads[] = { "", "vcpu", "io" };
	unsigned int i, t;

	for (i = 0; i < n; i++) {
		char vm[8];

		snprintf(vm, sizeof(vm), "dd%u", i);
		for (t = 0; t < 3; t++)
			readings_add(r, "cpu", "s", i + t, vm, threads[t]);
		readings_add(r, "pss", "B", i, vm, "");
		readings_add(r, "rss", "B", 2 * i, vm, "");
		readings_add(r, "guest_cpu", "s", 3 * i, vm, "");
	}
}

START_TEST(a_small_fleet_has_its_mean_beside_it)
{
	struct readings r = { 0 };

	readings_add(&r, "cpu", "s", 7, "client", "");
	add_fleet(&r, 2);
	readings_fold(&r);
	ck_assert_uint_eq(r.n, 1 + 2 * 6 + 6);
	ck_assert_double_eq(find(&r, "cpu", "dd*")->value, 0.5);
	ck_assert_double_eq(readings_find(&r, "cpu", "dd*", "io")->value, 2.5);
	ck_assert_double_eq(find(&r, "guest_cpu", "dd*")->value, 1.5);
	ck_assert_str_eq(find(&r, "guest_cpu", "dd*")->unit, "s");
	ck_assert_double_eq(find(&r, "guest_cpu", "dd1")->value, 3);
	ck_assert_double_eq(find(&r, "cpu", "client")->value, 7);
	readings_free(&r);
}
END_TEST

START_TEST(a_large_fleet_is_folded)
{
	struct readings r = { 0 };

	readings_add(&r, "cpu", "s", 7, "client", "");
	readings_add(&r, "cpu", "s", 5, "client", "vcpu");
	readings_add(&r, "rtt", "us", 9, "", "");
	add_fleet(&r, 100);
	readings_fold(&r);
	ck_assert_uint_eq(r.n, 3 + 2 * 100 + 6);
	ck_assert_double_eq(find(&r, "cpu", "dd99")->value, 99);
	ck_assert_double_eq(find(&r, "pss", "dd3")->value, 3);
	ck_assert_ptr_null(find(&r, "rss", "dd3"));
	ck_assert_ptr_null(readings_find(&r, "cpu", "dd3", "io"));
	ck_assert_double_eq(find(&r, "rss", "dd*")->value, 99);
	ck_assert_double_eq(readings_find(&r, "cpu", "client", "vcpu")->value, 5);
	ck_assert_double_eq(find(&r, "rtt", "")->value, 9);
	readings_free(&r);
}
END_TEST

START_TEST(nothing_is_divided_by_nothing)
{
	struct readings r = { 0 };

	readings_add(&r, "transferred", "B", 0, "", "");
	readings_add(&r, "cpu", "s", 4, "host", "");
	readings_add(&r, "wall", "s", 0, "host", "");
	readings_derive(&r, 2);
	ck_assert_uint_eq(r.n, 3);
	readings_free(&r);
	readings_derive(&r, 2);
	ck_assert_uint_eq(r.n, 0);
}
END_TEST

START_TEST(time_left_follows_the_pace)
{
	char text[32];

	/* Too early to tell: the estimate. Then the pace: half done in 30 s leaves 30 s. */
	ck_assert_uint_eq(progress_left_us(0, 100, 5 * USEC_PER_SEC), 100 * USEC_PER_SEC);
	ck_assert_uint_eq(progress_left_us(50, 100, 30 * USEC_PER_SEC), 30 * USEC_PER_SEC);
	ck_assert_uint_eq(progress_left_us(100, 100, USEC_PER_SEC), 0);
	ck_assert_uint_eq(progress_left_us(101, 100, USEC_PER_SEC), 0);
	ck_assert_uint_eq(progress_left_us(0, 0, USEC_PER_SEC), 0);
	ck_assert_str_eq(duration_text(42 * USEC_PER_SEC, text, sizeof(text)), "42 s");
	ck_assert_str_eq(duration_text(130 * USEC_PER_SEC, text, sizeof(text)), "2 min 10 s");
	ck_assert_str_eq(duration_text(1500 * USEC_PER_SEC, text, sizeof(text)), "25 min");
	ck_assert_str_eq(duration_text(9000 * USEC_PER_SEC, text, sizeof(text)), "2 h 30 min");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("experiment");
	TCase *tc = tcase_create("experiment");
	SRunner *runner;
	int failed;

	/* It reads all descriptions, and loads all plugins for each. */
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_trees_own_are_right);
	tcase_add_loop_test(tc, mistakes_have_their_line, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, the_name_is_the_files);
	tcase_add_test(tc, an_unknown_experiment_is_told);
	tcase_add_loop_test(tc, what_is_not_in_this_tree_has_its_line, 0, ARRAY_SIZE(foreign));
	tcase_add_test(tc, a_system_is_brought_up_with_what_the_workload_is_about);
	tcase_add_test(tc, quick_changes_what_it_says);
	tcase_add_test(tc, set_changes_anything);
	tcase_add_test(tc, cpu_time_is_put_in_relation);
	tcase_add_test(tc, a_fleet_has_sums_and_means);
	tcase_add_test(tc, a_small_fleet_has_its_mean_beside_it);
	tcase_add_test(tc, a_large_fleet_is_folded);
	tcase_add_test(tc, nothing_is_divided_by_nothing);
	tcase_add_test(tc, time_left_follows_the_pace);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
