// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Workload plugins: which are let in, what their options may be, what becomes of those that fail
 * half way or leave things running; and the real ones, with their real tools, over loopback.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/paths.h"
#include "core/util.h"
#include "workload/ports.h"
#include "workload/run.h"

static struct loop *loop;
static struct workload_run *run;
static char *log_path;

/* The samples of an iteration as "metric=value unit;". */
static char samples[1024];
static double main_value;

static void collect(void *arg, const struct workload_sample *s)
{
	size_t len = strlen(samples);

	if (streq(s->metric, arg))
		main_value = s->value;
	snprintf(samples + len, sizeof(samples) - len, "%s%s%s%s%s=%g %s;", s->device,
		 *s->device ? "." : "", s->metric, *s->t ? "@" : "", s->t, s->value, s->unit);
}

static int iterate(const char *metric)
{
	samples[0] = '\0';
	main_value = -1;
	return workload_iterate(run, collect, (void *)metric);
}

/* The plugins built beside the test's own program, wherever that is. */
static void setup_once(void)
{
	char program[4096];
	char *path, *slash;
	ssize_t n;
	int up;

	n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	ck_assert_int_gt(n, 0);
	program[n] = '\0';
	for (up = 0; up < 2; up++) {
		slash = strrchr(program, '/');
		ck_assert_ptr_nonnull(slash);
		*slash = '\0';
	}
	path = xasprintf("%s/plugins:%s/../workloads", program, program);
	setenv("DRIVERVM_WORKLOAD_PATH", path, 1);
	free(path);
}

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	log_path = xasprintf("/tmp/drivervm-test-workload-%d.log", getpid());
}

static void teardown(void)
{
	workload_close(run);
	run = NULL;
	loop_free(loop);
	unlink(log_path);
	free(log_path);
}

static void open_run(const char *name)
{
	const struct drivervm_workload *w;

	ck_assert_int_eq(workload_find(&w, name), 0);
	run = workload_open_sides(w, loop, workload_side_ns("client", loop, -1), "127.0.0.1",
				  workload_side_ns("peer", loop, -1), "127.0.0.1", log_path);
}

static void set(const char *key, const char *value)
{
	char why[256] = "";

	ck_assert_msg(workload_option_check(run->w, key, value, why, sizeof(why)) == 0, "%s", why);
	workload_set(run, key, value);
}

static bool log_has(const char *what)
{
	char *text;
	bool has;

	ck_assert_int_eq(file_read(log_path, &text, NULL), 0);
	has = strstr(text, what) != NULL;
	free(text);
	return has;
}

/* How many processes of ours run with this command line (its arguments joined by spaces). */
static int count_processes(const char *command)
{
	const char *const argv[] = { "pgrep", "-c", "-P", NULL, "-xf", command, NULL };
	const char *with_parent[ARRAY_SIZE(argv)];
	char parent[16];
	char *out;
	int n;

	memcpy(with_parent, argv, sizeof(argv));
	snprintf(parent, sizeof(parent), "%d", getpid());
	with_parent[3] = parent;
	ck_assert_int_ge(proc_run(loop, with_parent, -1, 10 * USEC_PER_SEC, &out), 0);
	n = atoi(out);
	free(out);
	return n;
}

START_TEST(a_plugin_is_found_by_its_place)
{
	const struct drivervm_workload *w, *again;

	ck_assert_int_eq(workload_find(&w, "faulty"), 0);
	ck_assert_str_eq(w->name, "faulty");
	ck_assert_int_eq(workload_find(&again, "faulty"), 0);
	ck_assert_ptr_eq(w, again);
}
END_TEST

START_TEST(plugins_that_break_the_rules_are_refused)
{
	static const struct {
		const char *name;
		int err;
	} bad[] = {
		{ "bad-abi", -EINVAL },	    { "no-symbol", -EINVAL },
		{ "other-name", -EINVAL },  { "no-run", -EINVAL },
		{ "bad-default", -EINVAL }, { "no-such", -ENOENT },
		{ "../faulty", -EINVAL },   { "", -EINVAL },
		{ "Faulty", -EINVAL },	    { "no-place", -EINVAL },
	};
	const struct drivervm_workload *w;

	ck_assert_int_eq(workload_find(&w, bad[_i].name), bad[_i].err);
}
END_TEST

START_TEST(a_file_that_is_no_shared_object_is_refused)
{
	char dir[] = "/tmp/drivervm-test-XXXXXX";
	char *path, *before = xstrdup(getenv("DRIVERVM_WORKLOAD_PATH"));
	const struct drivervm_workload *w;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = xasprintf("%s/text.so", dir);
	ck_assert_int_eq(file_write(path, "not ELF", 7), 0);
	setenv("DRIVERVM_WORKLOAD_PATH", dir, 1);
	ck_assert_int_eq(workload_find(&w, "text"), -EINVAL);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(workload_find(&w, "text"), -ENOENT);
	setenv("DRIVERVM_WORKLOAD_PATH", before, 1);
	rmdir(dir);
	free(before);
	free(path);
}
END_TEST

START_TEST(all_good_plugins_are_listed_in_order)
{
	const struct drivervm_workload **list;
	bool skeleton = false;
	size_t i, n;

	ck_assert_int_eq(workload_find_all(&list, &n), 0);
	ck_assert_uint_ge(n, 4);
	for (i = 0; i < n; i++) {
		if (i > 0)
			ck_assert_int_lt(strcmp(list[i - 1]->name, list[i]->name), 0);
		ck_assert_str_ne(list[i]->name, "no-run");
		skeleton |= streq(list[i]->name, "skeleton");
	}
	ck_assert(skeleton);
	free(list);
}
END_TEST

START_TEST(option_values_are_checked)
{
	static const struct {
		const char *key, *value;
		int err;
		const char *why;
	} c[] = {
		{ "number", "10", 0, NULL },
		{ "number", "20", 0, NULL },
		{ "number", "9", -EINVAL, "10 to 20" },
		{ "number", "21", -EINVAL, "10 to 20" },
		{ "number", "", -EINVAL, "number" },
		{ "number", "-15", -EINVAL, "number" },
		{ "number", " 15", -EINVAL, "number" },
		{ "number", "15s", -EINVAL, "number" },
		{ "number", "99999999999999999999", -EINVAL, "number" },
		{ "fault", "nan", 0, NULL },
		{ "fault", "na", -EINVAL, "half-way" },
		{ "text", "", 0, NULL },
		{ "colour", "red", -ENOENT, "colour" },
	};
	const struct drivervm_workload *w;
	char why[200] = "";

	ck_assert_int_eq(workload_find(&w, "faulty"), 0);
	ck_assert_int_eq(workload_option_check(w, c[_i].key, c[_i].value, why, sizeof(why)),
			 c[_i].err);
	if (c[_i].why)
		ck_assert_ptr_nonnull(strstr(why, c[_i].why));
	else
		ck_assert_str_eq(why, "");
}
END_TEST

START_TEST(samples_come_from_a_good_iteration)
{
	char reason[100];

	open_run("faulty");
	ck_assert_int_eq(workload_supported(run, reason, sizeof(reason)), 0);
	ck_assert_int_eq(workload_setup(run), 0);
	ck_assert_int_eq(iterate("value"), 0);
	ck_assert_str_eq(samples, "value=42 1;");
	ck_assert_int_eq(iterate("value"), 0);
	ck_assert_str_eq(samples, "value=42 1;");
	ck_assert_str_eq(workload_last_log(run), "");
}
END_TEST

START_TEST(samples_of_devices_stand_beside_those_of_all)
{
	open_run("faulty");
	set("fault", "per-device");
	ck_assert_int_eq(workload_setup(run), 0);
	ck_assert_int_eq(iterate("value"), 0);
	ck_assert_str_eq(samples, "value=42 1;disk0.value=1 1;disk1.value=2 1;");
}
END_TEST

START_TEST(points_of_a_curve_stand_beside_the_whole)
{
	open_run("faulty");
	set("fault", "curve");
	ck_assert_int_eq(workload_setup(run), 0);
	ck_assert_int_eq(iterate("value"), 0);
	ck_assert_str_eq(samples, "value=42 1;value@-10=1 1;value@2.5=2 1;");
	set("fault", "point-twice");
	ck_assert_int_eq(iterate("value"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(workload_last_log(run), "given before"));
}
END_TEST

START_TEST(a_failed_iteration_says_why_and_gives_nothing)
{
	static const struct {
		const char *fault;
		int err;
		const char *why;
	} c[] = {
		{ "half-way", -EIO, "ran out of steam" },
		{ "silent", -ENODATA, "No data available" },
		{ "nan", -EINVAL, "not finite" },
		{ "infinite", -EINVAL, "not finite" },
		{ "twice", -EINVAL, "given before" },
		{ "device-twice", -EINVAL, "given before" },
		{ "no-metric", -EINVAL, "no sample of its main metric value" },
		{ "bad-metric", -EINVAL, "lower case" },
		{ "no-unit", -EINVAL, "unit" },
		{ "undeclared", -EINVAL, "nothing" },
		{ "positive", -EINVAL, "returned 1" },
		{ "hang", -ETIMEDOUT, "did not end within 100 ms" },
		{ "exit-code", -EIO, "exited with 7: last words" },
		{ "no-command", -ENOENT, "No such file" },
	};

	open_run("faulty");
	set("fault", c[_i].fault);
	ck_assert_int_eq(workload_setup(run), 0);
	ck_assert_int_eq(iterate("value"), c[_i].err);
	ck_assert_msg(strstr(workload_last_log(run), c[_i].why), "%s", workload_last_log(run));
	ck_assert_str_eq(samples, "");
	ck_assert(log_has(c[_i].why));
	ck_assert_int_eq(count_processes("sleep 86399"), 0);
	/* The next iteration starts afresh. */
	set("fault", "none");
	ck_assert_int_eq(iterate("value"), 0);
	ck_assert_str_eq(samples, "value=42 1;");
}
END_TEST

START_TEST(a_failed_setup_says_why_and_leaves_nothing)
{
	static const struct {
		const char *fault;
		int err;
		const char *why;
	} c[] = {
		{ "setup-fail", -EIO, "the dog ate it" },
		{ "setup-sample", -EINVAL, "samples belong into run()" },
		{ "setup-wait", -ECHILD, "ended at once: true" },
	};

	open_run("faulty");
	set("fault", c[_i].fault);
	ck_assert_int_eq(workload_setup(run), c[_i].err);
	ck_assert_msg(strstr(workload_last_log(run), c[_i].why), "%s", workload_last_log(run));
	ck_assert_int_eq(count_processes("sleep 86399"), 0);
}
END_TEST

START_TEST(what_a_plugin_leaves_running_is_killed)
{
	open_run("faulty");
	set("fault", "leave-running");
	ck_assert_int_eq(workload_setup(run), 0);
	ck_assert_int_eq(count_processes("sleep 86399"), 1);
	ck_assert_int_eq(iterate("value"), 0);
	workload_teardown(run);
	ck_assert_int_eq(count_processes("sleep 86399"), 0);
}
END_TEST

START_TEST(children_of_an_ended_command_are_killed)
{
	struct workload_side *side = workload_side_ns("peer", loop, -1);
	const char *const argv[] = { "sh", "-c", "sleep 86399 >/dev/null 2>&1 & echo $!", NULL };
	char *out;
	pid_t pid;
	int tries;

	ck_assert_int_eq(side->ops->exec(side, argv, 5 * USEC_PER_SEC, &out), 0);
	pid = atoi(out);
	ck_assert_int_gt(pid, 0);
	for (tries = 0; tries < 500; tries++) {
		char *path = xasprintf("/proc/%d/stat", pid);
		char *stat = NULL;
		bool gone = file_read(path, &stat, NULL) < 0 || strstr(stat, ") Z ");

		free(stat);
		free(path);
		if (gone)
			break;
		usleep(10000);
	}
	ck_assert_int_lt(tries, 500);
	free(out);
	side->ops->free(side);
}
END_TEST

START_TEST(what_a_stopped_command_printed_is_kept)
{
	struct workload_side *side = workload_side_ns("peer", loop, -1);
	const char *const argv[] = { "sh", "-c", "echo listening; exec sleep 86399", NULL };
	char *out;
	int handle;

	handle = side->ops->start(side, argv);
	ck_assert_int_gt(handle, 0);
	loop_sleep(loop, 300 * USEC_PER_MSEC);
	ck_assert(side->ops->running(side, handle));
	side->ops->stop(side, handle, &out);
	ck_assert_str_eq(out, "listening\n");
	ck_assert(!side->ops->running(side, handle));
	free(out);
	side->ops->free(side);
}
END_TEST

START_TEST(ports_are_read_from_the_kernels_tables)
{
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
		"   0: 00000000:4E20 00000000:0000 0A 00000000:00000000 00:00000000 00000000\n"
		"   1: 0100007F:4E21 0100007F:C001 01 00000000:00000000 00:00000000 00000000\n";
	static const char udp6[] =
		"  sl  local_address                         remote_address                   st\n"
		" 1234: 00000000000000000000000000000000:1451 00000000000000000000000000000000:0000"
		" 07 00000000:00000000 00:00000000 00000000\n";

	ck_assert(ports_in_table(tcp, DRIVERVM_TCP, PORTS_LISTENING, 20000));
	ck_assert(!ports_in_table(tcp, DRIVERVM_TCP, PORTS_LISTENING, 20001)); /* joined */
	ck_assert(ports_in_table(tcp, DRIVERVM_TCP, PORTS_ANY, 20001));
	ck_assert(!ports_in_table(tcp, DRIVERVM_TCP, PORTS_ANY, 0xc001)); /* the other end's */
	ck_assert(!ports_in_table(tcp, DRIVERVM_UDP, PORTS_LISTENING, 20000));
	ck_assert(ports_in_table(udp6, DRIVERVM_UDP, PORTS_LISTENING, 0x1451));
	ck_assert(!ports_in_table("", DRIVERVM_TCP, PORTS_LISTENING, 1));
	ck_assert(!ports_in_table("rubbish\nmore: of:it\n", DRIVERVM_TCP, PORTS_LISTENING, 1));
}
END_TEST

START_TEST(a_tool_that_lacks_is_named)
{
	static const char *const lacks[] = { "true", "no-such-tool", NULL };
	static const char *const classes[] = { "net", NULL };
	struct drivervm_workload w = {
		.abi = DRIVERVM_WORKLOAD_ABI,
		.name = "lacking",
		.peer_tools = lacks,
	};
	char reason[100];

	run = workload_open_sides(&w, loop, workload_side_ns("client", loop, -1), NULL,
				  workload_side_ns("peer", loop, -1), NULL, NULL);
	ck_assert_int_eq(workload_supported(run, reason, sizeof(reason)), -ENOENT);
	ck_assert_str_eq(reason, "there is no no-such-tool at the peer");
	w.classes = classes;
	ck_assert_int_eq(workload_supported(run, reason, sizeof(reason)), -ENODEV);
	workload_close(run);
	run = NULL;
}
END_TEST

/* The real plugins with the real tools. */

static void check_supported(void)
{
	char reason[200] = "";

	ck_assert_msg(workload_supported(run, reason, sizeof(reason)) == 0, "%s", reason);
}

START_TEST(net_stream_measures_a_transfer)
{
	static const char *const variants[][2] = {
		{ "nuttcp", "send" },
		{ "nuttcp", "receive" },
		{ "iperf3", "send" },
		{ "iperf3", "receive" },
	};

	open_run("net-stream");
	check_supported();
	set("tool", variants[_i][0]);
	set("direction", variants[_i][1]);
	set("duration_ms", "1000");
	set("window", "262144");
	ck_assert_msg(workload_setup(run) == 0, "%s", workload_last_log(run));
	ck_assert_msg(iterate("throughput") == 0, "%s", workload_last_log(run));
	/* Loopback moves more than 10 Mbit/s, and not more than a Tbit/s, on any machine. */
	ck_assert_double_gt(main_value, 1e7);
	ck_assert_double_lt(main_value, 1e12);
	ck_assert_ptr_nonnull(strstr(samples, "transferred="));
	ck_assert_int_eq(iterate("throughput"), 0);
	workload_teardown(run);
	ck_assert(log_has(variants[_i][0]));
}
END_TEST

/* The server dies between iterations: one fails with a reason, the next has a new server. */
START_TEST(net_stream_survives_its_server)
{
	char *out;

	open_run("net-stream");
	set("duration_ms", "200");
	ck_assert_int_eq(workload_setup(run), 0);
	run->side[DRIVERVM_PEER]->ops->stop(run->side[DRIVERVM_PEER], run->commands[0].handle,
					    &out);
	free(out);
	ck_assert_int_lt(iterate("throughput"), 0);
	ck_assert_ptr_nonnull(strstr(workload_last_log(run), "nuttcp"));
	ck_assert_msg(iterate("throughput") == 0, "%s", workload_last_log(run));
}
END_TEST

START_TEST(net_rr_measures_round_trips)
{
	static const char *const protocols[] = { "udp", "tcp" };

	open_run("net-rr");
	check_supported();
	set("protocol", protocols[_i]);
	set("duration_ms", "1000");
	ck_assert_msg(workload_setup(run) == 0, "%s", workload_last_log(run));
	ck_assert_msg(iterate("rtt_median") == 0, "%s", workload_last_log(run));
	ck_assert_double_gt(main_value, 1);
	ck_assert_double_lt(main_value, 100000);
	ck_assert_ptr_nonnull(strstr(samples, "rtt_p999="));
	ck_assert_ptr_nonnull(strstr(samples, "count="));
}
END_TEST

START_TEST(skeleton_runs)
{
	open_run("skeleton");
	check_supported();
	set("count", "3");
	ck_assert_msg(workload_setup(run) == 0, "%s", workload_last_log(run));
	ck_assert_msg(iterate("rtt") == 0, "%s", workload_last_log(run));
	ck_assert_double_gt(main_value, 0);
	ck_assert_ptr_nonnull(strstr(samples, "received=3 1;"));
}
END_TEST

START_TEST(idle_waits)
{
	open_run("idle");
	check_supported();
	set("duration_ms", "1100");
	ck_assert_msg(workload_setup(run) == 0, "%s", workload_last_log(run));
	ck_assert_msg(iterate("elapsed") == 0, "%s", workload_last_log(run));
	ck_assert_double_ge(main_value, 1.1);
	ck_assert_double_lt(main_value, 20);
	ck_assert_ptr_nonnull(strstr(samples, " s;"));
}
END_TEST

/* A tool that prints rubbish or nothing, in the real one's place. */
START_TEST(odd_output_fails_with_a_reason)
{
	static const struct {
		const char *workload, *tool, *prints, *why;
	} c[] = {
		{ "net-stream", "nuttcp", "rate_Mbps=fast megabytes=9", "no rate" },
		{ "net-stream", "nuttcp", "", "no rate" },
		{ "net-stream", "nuttcp", "rate_Mbps=-1 megabytes=2", "no rate" },
		{ "net-stream", "nuttcp", "xrate_Mbps=1 megabytes=2", "no rate" },
		{ "net-stream", "iperf3", "not JSON", "no JSON" },
		{ "net-stream", "iperf3", "{\"error\":\"the server is busy\"}", "server is busy" },
		{ "net-stream", "iperf3", "{\"end\":{}}", "no sum_received" },
		{ "net-rr", "sockperf", "sockperf: ERROR: no route", "no route" },
		{ "net-rr", "sockperf", "percentile 50.000 = fast", "no rtt_median" },
		{ "net-rr", "sockperf",
		  "[Total Run] RunTime=4.9 sec; ReceivedMessages=9 avg-rtt=1\n"
		  "percentile 50.000 = 1\npercentile 90.000 = 1\npercentile 99.000 = 1\n"
		  "percentile 99.900 = 1\n# dropped messages = 0",
		  "clock is wrong: it ran for 2 s and counted 4.9 s" },
	};
	char dir[] = "/tmp/drivervm-test-XXXXXX";
	char *path, *script, *env = xstrdup(getenv("PATH"));

	ck_assert_ptr_nonnull(mkdtemp(dir));
	open_run(c[_i].workload);
	if (streq(c[_i].workload, "net-stream"))
		set("tool", c[_i].tool);
	set("duration_ms", "1000");
	ck_assert_int_eq(workload_setup(run), 0);
	path = xasprintf("%s/%s", dir, c[_i].tool);
	script = xasprintf("#!/bin/sh\necho '%s'\n", c[_i].prints);
	ck_assert_int_eq(file_write(path, script, strlen(script)), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
	free(script);
	script = xasprintf("%s:%s", dir, env);
	setenv("PATH", script, 1);
	ck_assert_int_lt(iterate("throughput"), 0);
	ck_assert_str_eq(samples, "");
	ck_assert_msg(strstr(workload_last_log(run), c[_i].why), "%s", workload_last_log(run));
	setenv("PATH", env, 1);
	unlink(path);
	rmdir(dir);
	free(script);
	free(path);
	free(env);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("workload");
	TCase *tc = tcase_create("harness");
	TCase *real = tcase_create("real");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tc, setup_once, NULL);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_plugin_is_found_by_its_place);
	tcase_add_loop_test(tc, plugins_that_break_the_rules_are_refused, 0, 10);
	tcase_add_test(tc, a_file_that_is_no_shared_object_is_refused);
	tcase_add_test(tc, all_good_plugins_are_listed_in_order);
	tcase_add_loop_test(tc, option_values_are_checked, 0, 13);
	tcase_add_test(tc, samples_come_from_a_good_iteration);
	tcase_add_test(tc, samples_of_devices_stand_beside_those_of_all);
	tcase_add_test(tc, points_of_a_curve_stand_beside_the_whole);
	tcase_add_loop_test(tc, a_failed_iteration_says_why_and_gives_nothing, 0, 14);
	tcase_add_loop_test(tc, a_failed_setup_says_why_and_leaves_nothing, 0, 3);
	tcase_add_test(tc, what_a_plugin_leaves_running_is_killed);
	tcase_add_test(tc, children_of_an_ended_command_are_killed);
	tcase_add_test(tc, what_a_stopped_command_printed_is_kept);
	tcase_add_test(tc, ports_are_read_from_the_kernels_tables);
	tcase_add_test(tc, a_tool_that_lacks_is_named);
	suite_add_tcase(suite, tc);
	tcase_add_unchecked_fixture(real, setup_once, NULL);
	tcase_add_checked_fixture(real, setup, teardown);
	tcase_set_timeout(real, 60);
	tcase_add_loop_test(real, net_stream_measures_a_transfer, 0, 4);
	tcase_add_test(real, net_stream_survives_its_server);
	tcase_add_loop_test(real, net_rr_measures_round_trips, 0, 2);
	tcase_add_test(real, skeleton_runs);
	tcase_add_test(real, idle_waits);
	tcase_add_loop_test(real, odd_output_fails_with_a_reason, 0, 10);
	suite_add_tcase(suite, real);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
