// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The meters, on real children that use a known amount of CPU time: a process made like QEMU, with
 * a "vCPU" thread, a main loop and a worker, each of which burns BURN_NS whenever it is told to.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/proc.h"
#include "core/util.h"
#include "meter/parts.h"

#define BURN_NS 100000000ull
/* A thread's schedstat lags by at most a scheduler tick, 10 ms at the coarsest. */
#define TICK_NS 10000000ull

static struct loop *loop;

/* -- a process made like QEMU -- */

enum { VCPU, WORKER, MAIN, N_THREADS };

struct burner {
	pid_t pid;
	int cmd[N_THREADS][2]; /* a byte: burn */
	int done[2]; /* a byte: burnt */
};

static struct burner burner;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void burn(void)
{
	uint64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + BURN_NS;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static void *burn_and_end(void *arg)
{
	burn();
	return arg;
}

/* A command 'e' is obeyed by a thread of its own that is gone when the answer comes. */
static void *serve(void *arg)
{
	int fd = *(int *)arg;
	pthread_t thread;
	char c;

	while (read(fd, &c, 1) == 1) {
		if (c == 'e' && pthread_create(&thread, NULL, burn_and_end, NULL) == 0)
			pthread_join(thread, NULL);
		else
			burn();
		if (write(burner.done[1], &c, 1) != 1)
			break;
	}
	return NULL;
}

static void burner_main(void)
{
	static const char *const names[] = { "CPU 0/TCG", "worker" };
	pthread_t thread;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < MAIN; i++) {
		if (pthread_create(&thread, NULL, serve, &burner.cmd[i][0]))
			_exit(1);
		pthread_setname_np(thread, names[i]);
	}
	if (write(burner.done[1], "r", 1) == 1)
		serve(&burner.cmd[MAIN][0]);
	_exit(0);
}

static void burner_start(void)
{
	char c;
	int i;

	for (i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pipe2(burner.cmd[i], O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(burner.done, O_CLOEXEC), 0);
	burner.pid = fork();
	if (burner.pid == 0)
		burner_main();
	ck_assert_int_eq(read(burner.done[0], &c, 1), 1);
}

static void order(int thread, char what)
{
	char c;

	ck_assert_int_eq(write(burner.cmd[thread][1], &what, 1), 1);
	ck_assert_int_eq(read(burner.done[0], &c, 1), 1);
}

static void burner_end(void)
{
	if (burner.pid > 0) {
		kill(burner.pid, SIGKILL);
		waitpid(burner.pid, NULL, 0);
	}
	burner.pid = 0;
}

static void targets(void *arg, struct meter_target **list, size_t *n)
{
	(void)arg;
	if (*n < 1)
		*list = xcalloc(1, sizeof(**list));
	*n = burner.pid > 0;
	snprintf((*list)->name, sizeof((*list)->name), "vm1");
	(*list)->pid = burner.pid;
	(*list)->vm = NULL;
}

/* -- what the meters reported -- */

static struct {
	char key[128]; /* metric/vm/thread */
	char unit[8];
	double value;
} readings[128];
static size_t n_readings;

static void collect(void *arg, const char *metric, const char *unit, double value, const char *vm,
		    const char *thread)
{
	(void)arg;
	ck_assert_uint_lt(n_readings, ARRAY_SIZE(readings));
	snprintf(readings[n_readings].key, sizeof(readings[0].key), "%s/%s/%s", metric, vm, thread);
	snprintf(readings[n_readings].unit, sizeof(readings[0].unit), "%s", unit);
	readings[n_readings++].value = value;
}

static double *reading(const char *key, const char *unit)
{
	size_t i;

	for (i = 0; i < n_readings; i++) {
		if (!streq(readings[i].key, key))
			continue;
		ck_assert_str_eq(readings[i].unit, unit);
		return &readings[i].value;
	}
	return NULL;
}

#define ck_assert_reading(key, unit, low, high)                                 \
	do {                                                                    \
		double *r = reading(key, unit);                                 \
                                                                                \
		ck_assert_msg(r != NULL, "no %s", key);                         \
		ck_assert_msg(*r >= (low) && *r <= (high), "%s = %g", key, *r); \
	} while (0)

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	n_readings = 0;
	burner_start();
}

static void teardown(void)
{
	burner_end();
	loop_free(loop);
}

START_TEST(threads_are_told_apart_by_name)
{
	ck_assert_int_eq(cpu_thread_kind("CPU 0/TCG\n", false), CPU_THREAD_VCPU);
	ck_assert_int_eq(cpu_thread_kind("CPU 11/KVM\n", false), CPU_THREAD_VCPU);
	ck_assert_int_eq(cpu_thread_kind("ALL CPUs/TCG\n", false), CPU_THREAD_VCPU);
	ck_assert_int_eq(cpu_thread_kind("qemu-system-x86\n", true), CPU_THREAD_IO);
	ck_assert_int_eq(cpu_thread_kind("IO mon_iothread\n", false), CPU_THREAD_IO);
	ck_assert_int_eq(cpu_thread_kind("qemu-system-x86\n", false), CPU_THREAD_OTHER);
	ck_assert_int_eq(cpu_thread_kind("worker\n", false), CPU_THREAD_OTHER);
	ck_assert_int_eq(cpu_thread_kind("", false), CPU_THREAD_OTHER);
}
END_TEST

START_TEST(machine_time_leaves_out_idling)
{
	struct cpu_machine cpu;

	ck_assert_int_eq(cpu_parse_machine("cpu  1 20 300 4000 50000 600000 7000000 80000000 9 9\n"
					   "cpu0 5 5 5 5 5 5 5 5 5 5\n",
					   &cpu),
			 0);
	ck_assert_uint_eq(cpu.busy, 7600321);
	ck_assert_uint_eq(cpu.steal, 80000000);
	ck_assert_int_eq(cpu_parse_machine("cpu 1 2 3\n", &cpu), -EINVAL);
	ck_assert_int_eq(cpu_parse_machine("", &cpu), -EINVAL);
	ck_assert_int_eq(cpu_parse_machine("intr 1 2 3 4 5 6 7 8\n", &cpu), -EINVAL);
}
END_TEST

START_TEST(memory_is_read_in_bytes)
{
	struct mem_reading mem;

	ck_assert_int_eq(mem_parse("55d0-7ffe ---p 00000000 00:00 0  [rollup]\n"
				   "Rss:    2048 kB\nPss:    1024 kB\nPss_Dirty: 7 kB\n"
				   "Shared_Dirty: 9 kB\nPrivate_Dirty:   512 kB\n",
				   &mem),
			 0);
	ck_assert_uint_eq(mem.rss, 2048 * 1024);
	ck_assert_uint_eq(mem.pss, 1024 * 1024);
	ck_assert_uint_eq(mem.private_dirty, 512 * 1024);
	ck_assert_int_eq(mem_parse("Rss: 1 kB\nPss: 1 kB\n", &mem), -EINVAL);
	ck_assert_int_eq(mem_parse("Rss: x\nPss: 1 kB\nPrivate_Dirty: 1 kB\n", &mem), -EINVAL);
}
END_TEST

START_TEST(touched_memory_shows)
{
	const size_t size = 32 << 20;
	struct mem_reading before, after;
	uint64_t rss_before, rss_after, own_before, own_after;
	void *p;

	ck_assert_int_eq(mem_read(getpid(), &before), 0);
	ck_assert_int_eq(mem_read_rss(getpid(), &rss_before, &own_before), 0);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	memset(p, 1, size);
	ck_assert_int_eq(mem_read(getpid(), &after), 0);
	ck_assert_int_eq(mem_read_rss(getpid(), &rss_after, &own_after), 0);
	ck_assert_uint_ge(after.private_dirty, before.private_dirty + size * 9 / 10);
	ck_assert_uint_ge(after.pss, before.pss + size * 9 / 10);
	ck_assert_uint_ge(after.rss, after.pss);
	ck_assert_uint_ge(rss_after, rss_before + size * 9 / 10);
	ck_assert_uint_ge(own_after, own_before + size * 9 / 10);
	ck_assert_uint_lt(own_after, rss_after);
	munmap(p, size);
}
END_TEST

START_TEST(cpu_time_goes_to_the_thread_that_used_it)
{
	struct cpu_process a, b;

	ck_assert_int_eq(cpu_read_process(burner.pid, &a), 0);
	order(VCPU, 'b');
	order(VCPU, 'b');
	order(MAIN, 'b');
	order(WORKER, 'b');
	ck_assert_int_eq(cpu_read_process(burner.pid, &b), 0);
	ck_assert_uint_ge(b.vcpu - a.vcpu + TICK_NS, 2 * BURN_NS);
	ck_assert_uint_le(b.vcpu - a.vcpu, 3 * BURN_NS);
	ck_assert_uint_ge(b.io - a.io + TICK_NS, BURN_NS);
	ck_assert_uint_le(b.io - a.io, 2 * BURN_NS);
	ck_assert_uint_ge(b.total - a.total, 4 * BURN_NS);
	ck_assert_uint_le(b.total - a.total, 6 * BURN_NS);
}
END_TEST

START_TEST(ended_threads_stay_in_the_total)
{
	struct cpu_process a, b;

	ck_assert_int_eq(cpu_read_process(burner.pid, &a), 0);
	order(VCPU, 'e');
	ck_assert_int_eq(cpu_read_process(burner.pid, &b), 0);
	ck_assert_uint_ge(b.total - a.total, BURN_NS);
	ck_assert_uint_le(b.vcpu - a.vcpu, BURN_NS / 2);
}
END_TEST

START_TEST(a_process_that_is_gone_is_said_to_be)
{
	pid_t pid = burner.pid;
	struct cpu_process cpu;
	struct mem_reading mem;
	struct event_counts counts;
	uint64_t v;

	burner_end();
	ck_assert_int_eq(cpu_read_process(pid, &cpu), -ESRCH);
	ck_assert_int_eq(cpu_read_total(pid, &v), -ESRCH);
	ck_assert_int_lt(mem_read(pid, &mem), 0);
	ck_assert_int_lt(mem_read_rss(pid, &v, NULL), 0);
	ck_assert_int_lt(events_read(pid, &counts), 0);
}
END_TEST

START_TEST(an_interval_reports_every_meter)
{
	static const char *const burn_in_shell[] = {
		"sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", NULL
	};
	double burn_s = BURN_NS / 1e9;
	struct meters *m;

	ck_assert_int_eq(meters_open_targets(&m, loop, targets, NULL, NULL), 0);
	meters_start(m);
	order(VCPU, 'b');
	order(WORKER, 'e');
	ck_assert_int_eq(proc_run(loop, burn_in_shell, -1, 20 * USEC_PER_SEC, NULL), 0);
	meters_stop(m, collect, NULL);
	ck_assert_reading("cpu/vm1/", "s", 2 * burn_s, 4 * burn_s);
	ck_assert_reading("cpu/vm1/vcpu", "s", burn_s - 0.01, 2 * burn_s);
	ck_assert_reading("cpu/vm1/io", "s", 0, burn_s / 2);
	ck_assert_reading("cpu/vm1/other", "s", burn_s - 0.01, 2 * burn_s);
	ck_assert_reading("wall/host/", "s", 2 * burn_s, 60);
	ck_assert_reading("cpu/host/", "s", 2 * burn_s - 0.05, 60 * 1024);
	ck_assert_reading("steal/host/", "s", 0, 60 * 1024);
	/* The shell is no VM: it is the peer. What it took is unknown, but it took something. */
	ck_assert_reading("cpu/peer/", "s", 0.002, 10);
	ck_assert_reading("cpu/drivervm/", "s", 1e-6, 5);
	ck_assert_reading("rss/drivervm/", "B", 4096, 1e11);
	ck_assert_reading("meter_cpu/drivervm/", "s", 1e-6, 1);
	ck_assert_reading("pss/vm1/", "B", 4096, 1e11);
	ck_assert_reading("rss/vm1/", "B", 4096, 1e11);
	ck_assert_reading("private_dirty/vm1/", "B", 4096, 1e11);
	/* No agent, no guest's view. */
	ck_assert_ptr_null(reading("guest_cpu/vm1/", "s"));
	/* Not twice. */
	n_readings = 0;
	meters_stop(m, collect, NULL);
	ck_assert_uint_eq(n_readings, 0);
	meters_close(m);
}
END_TEST

/* An extra meter that keeps a record of its calls, a letter each. */
static char calls[32];

static void called(char what)
{
	size_t len = strlen(calls);

	ck_assert_uint_lt(len + 1, sizeof(calls));
	calls[len] = what;
}

static int record_open(void **state, const struct meter_env *env)
{
	ck_assert_ptr_eq(env->loop, loop);
	*state = streq(env->folder, "bad") ? NULL : calls;
	called('o');
	return *state ? 0 : -EIO;
}

static void record_start(void *state, const struct meter_target *list, size_t n)
{
	ck_assert_ptr_eq(state, calls);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(list[0].pid, burner.pid);
	called('s');
}

static void record_stop(void *state)
{
	ck_assert_ptr_eq(state, calls);
	called('e');
}

static void record_emit(void *state, meter_emit_fn emit, void *arg)
{
	ck_assert_ptr_eq(state, calls);
	/* After all others. */
	ck_assert_ptr_nonnull(reading("pss/vm1/", "B"));
	emit(arg, "recorded", "1", 7, "vm1", "");
	called('r');
}

static uint64_t record_cost_ns(const void *state)
{
	ck_assert_ptr_eq(state, calls);
	return 3 * NSEC_PER_SEC;
}

static void record_close(void *state)
{
	ck_assert_ptr_eq(state, calls);
	called('c');
}

static const struct meter_ops record = {
	.name = "record",
	.help = "its calls",
	.open = record_open,
	.start = record_start,
	.stop = record_stop,
	.emit = record_emit,
	.cost_ns = record_cost_ns,
	.close = record_close,
};
METER(record)

START_TEST(an_extra_meter_runs_around_the_interval)
{
	static const char *const names[] = { "record" };
	struct meters *m;

	memset(calls, 0, sizeof(calls));
	ck_assert_int_eq(meters_open_targets(&m, loop, targets, NULL, NULL), 0);
	ck_assert_int_eq(meters_add(m, "folder", names, 1), 0);
	meters_start(m);
	ck_assert_str_eq(calls, "os");
	meters_stop(m, collect, NULL);
	ck_assert_str_eq(calls, "oser");
	ck_assert_reading("recorded/vm1/", "1", 7, 7);
	ck_assert_reading("meter_cpu/drivervm/", "s", 3, 4);
	meters_stop(m, collect, NULL);
	meters_start(m);
	meters_close(m);
	ck_assert_str_eq(calls, "osersc");
}
END_TEST

START_TEST(an_extra_meter_that_does_not_open_is_an_error)
{
	static const char *const names[] = { "record", "no-such" };
	struct meters *m;

	memset(calls, 0, sizeof(calls));
	ck_assert_int_eq(meters_open_targets(&m, loop, targets, NULL, NULL), 0);
	ck_assert_int_eq(meters_add(m, "bad", names, 1), -EIO);
	ck_assert_str_eq(calls, "o");
	ck_assert_int_eq(meters_add(m, "folder", names, 2), -ENOENT);
	ck_assert_str_eq(calls, "ooc");
	/* The others go on without it. */
	meters_start(m);
	meters_stop(m, collect, NULL);
	ck_assert_reading("pss/vm1/", "B", 4096, 1e11);
	ck_assert_ptr_null(reading("recorded/vm1/", "1"));
	meters_close(m);
	ck_assert_str_eq(calls, "ooc");
}
END_TEST

START_TEST(extra_meters_are_found_and_in_order)
{
	const struct meter_entry *e;

	ck_assert_ptr_eq(meter_find("record"), &record);
	ck_assert_ptr_null(meter_find("recor"));
	for (e = meter_first(); e && e->next; e = e->next)
		ck_assert_int_lt(strcmp(e->ops->name, e->next->ops->name), 0);
}
END_TEST

START_TEST(a_vm_that_dies_in_between_is_left_out)
{
	struct meters *m;

	ck_assert_int_eq(meters_open_targets(&m, loop, targets, NULL, NULL), 0);
	order(VCPU, 'b');
	meters_start(m);
	kill(burner.pid, SIGKILL);
	if (_i == 0) {
		burner_end();
	} else {
		/* Dead, but not waited for: a zombie. */
		siginfo_t si;

		ck_assert_int_eq(waitid(P_PID, (id_t)burner.pid, &si, WEXITED | WNOWAIT), 0);
	}
	meters_stop(m, collect, NULL);
	ck_assert_ptr_null(reading("cpu/vm1/", "s"));
	ck_assert_ptr_null(reading("pss/vm1/", "B"));
	ck_assert_ptr_null(reading("cpu/peer/", "s"));
	ck_assert_reading("wall/host/", "s", 0, 60);
	ck_assert_reading("cpu/drivervm/", "s", 0, 5);
	/* And the next interval has nothing of it. */
	burner_end();
	n_readings = 0;
	meters_start(m);
	meters_stop(m, collect, NULL);
	ck_assert_ptr_null(reading("cpu/vm1/", "s"));
	ck_assert_reading("cpu/peer/", "s", 0, 5);
	meters_close(m);
}
END_TEST

/* Each order makes the thread that gets it sleep and wake at least once. */
START_TEST(events_are_counted)
{
	struct event_counts from, to;
	int i;

	ck_assert_int_eq(events_read(burner.pid, &from), 0);
	ck_assert_uint_eq(from.n_threads, N_THREADS);
	for (i = 0; i < 5; i++)
		order(WORKER, 'e');
	ck_assert_int_eq(events_read(burner.pid, &to), 0);
	events_emit(&from, &to, collect, NULL, "vm1");
	ck_assert_reading("perf.context-switches/vm1/", "1", 5, 1e6);
	/* A thread's stack at the least. */
	ck_assert_reading("perf.page-faults/vm1/", "1", 1, 1e6);
	n_readings = 0;
	events_emit(&to, &to, collect, NULL, "vm1");
	ck_assert_reading("perf.context-switches/vm1/", "1", 0, 0);
	ck_assert_reading("perf.page-faults/vm1/", "1", 0, 0);
	events_free(&from);
	events_free(&to);
}
END_TEST

START_TEST(threads_that_come_and_go_are_no_negative_counts)
{
	struct event_thread before[] = { { .tid = 1, .switches = 100, .migrations = 9 },
					 { .tid = 2, .switches = 1000, .migrations = 9 },
					 { .tid = 3, .switches = 50, .migrations = 1 } };
	struct event_thread after[] = {
		{ .tid = 1, .has_switches = true, .switches = 110, .migrations = 9 },
		{ .tid = 3, .has_switches = true, .switches = 2, .migrations = 0 },
		{ .tid = 4, .has_switches = true, .switches = 5, .migrations = 1 },
	};
	struct event_counts from = { .faults = 7, .threads = before, .n_threads = 3 };
	struct event_counts to = { .faults = 9, .threads = after, .n_threads = 3 };

	events_emit(&from, &to, collect, NULL, "vm1");
	ck_assert_reading("perf.context-switches/vm1/", "1", 17, 17);
	ck_assert_reading("perf.page-faults/vm1/", "1", 2, 2);
	/* This kernel did not say. */
	ck_assert_ptr_null(reading("perf.cpu-migrations/vm1/", "1"));
}
END_TEST

START_TEST(hardware_events_are_counted_where_the_host_lets_it)
{
	char *line = meters_perf_events();
	struct meters *m;
	double *cycles;

	ck_assert_msg(strstr(line, "context-switches") && strstr(line, "cycles"), "%s", line);
	ck_assert_int_eq(meters_open_targets(&m, loop, targets, NULL, NULL), 0);
	meters_start(m);
	order(VCPU, 'b');
	order(WORKER, 'e'); /* in a thread that is started after the counters */
	meters_stop(m, collect, NULL);
	ck_assert_reading("perf.context-switches/vm1/", "1", 1, 1e6);
	cycles = reading("perf.cycles/vm1/", "1");
	if (!cycles)
		cycles = reading("perf.cycles:u/vm1/", "1");
	/* At 100 MHz or more, for two burns. */
	if (strstr(line, "(cycles"))
		ck_assert_ptr_null(cycles);
	else
		ck_assert(cycles && *cycles > 2 * BURN_NS / 1e9 * 1e8);
	free(line);
	meters_close(m);
}
END_TEST

/* Lines of @name in the CSV at @text; *@cpu_max receives the highest load of one. */
static int series_lines(const char *text, const char *name, double *cpu_max)
{
	char vm[64];
	const char *line;
	double time, cpu, last = 0;
	int n = 0;

	*cpu_max = 0;
	for (line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		ck_assert_int_eq(sscanf(line + 1, "%lf,%63[^,],%lf,", &time, vm, &cpu), 3);
		if (!streq(vm, name))
			continue;
		ck_assert_double_gt(time, last);
		last = time;
		if (cpu > *cpu_max)
			*cpu_max = cpu;
		n++;
	}
	return n;
}

START_TEST(a_time_series_has_a_line_per_tick)
{
	char *path = xasprintf("/tmp/drivervm-test-series-%d.csv", getpid());
	struct meters *m;
	char *text;
	double cpu;
	int n;

	ck_assert_int_eq(meters_open_targets(&m, loop, targets, NULL, path), 0);
	meters_start(m);
	order(VCPU, 'b');
	ck_assert_int_eq(loop_sleep(loop, 3 * SERIES_INTERVAL_US), 0);
	meters_stop(m, collect, NULL);
	meters_close(m);
	ck_assert_int_eq(file_read(path, &text, NULL), 0);
	ck_assert_int_eq(strncmp(text, "time,vm,cpu,rss\n", 16), 0);
	n = series_lines(text, "vm1", &cpu);
	ck_assert_int_ge(n, 1);
	ck_assert_int_le(n, 4);
	ck_assert_double_gt(cpu, 0.01);
	ck_assert_double_lt(cpu, 1.5);
	ck_assert_int_eq(series_lines(text, "host", &cpu), n);
	ck_assert_int_eq(series_lines(text, "drivervm", &cpu), n);
	free(text);
	unlink(path);
	free(path);
}
END_TEST

/* -- a fleet -- */

static struct meter_target fleet[100];

static void fleet_targets(void *arg, struct meter_target **list, size_t *n)
{
	if (*n < ARRAY_SIZE(fleet))
		*list = xreallocarray(*list, ARRAY_SIZE(fleet), sizeof(**list));
	memcpy(*list, fleet, sizeof(fleet));
	*n = *(size_t *)arg;
}

static void fleet_start(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fleet); i++) {
		snprintf(fleet[i].name, sizeof(fleet[i].name), "vm%zu", i);
		fleet[i].pid = fork();
		if (fleet[i].pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
}

static void fleet_end(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fleet); i++) {
		kill(fleet[i].pid, SIGKILL);
		waitpid(fleet[i].pid, NULL, 0);
	}
}

static void count(void *arg, const char *metric, const char *unit, double value, const char *vm,
		  const char *thread)
{
	(void)unit;
	(void)value;
	(void)vm;
	*(size_t *)arg += streq(metric, "pss") || (streq(metric, "cpu") && streq(thread, "vcpu"));
}

START_TEST(a_fleet_costs_little)
{
	size_t n = ARRAY_SIZE(fleet), counted = 0;
	struct meters *m;
	uint64_t begin;
	double start_s, stop_s;

	fleet_start();
	ck_assert_int_eq(meters_open_targets(&m, loop, fleet_targets, &n, NULL), 0);
	begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	meters_start(m);
	start_s = (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin) / 1e9;
	begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	meters_stop(m, count, &counted);
	stop_s = (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin) / 1e9;
	meters_close(m);
	fleet_end();
	pr_info("%zu VMs: %.3f s before, %.3f s after an interval", n, start_s, stop_s);
	ck_assert_uint_eq(counted, 2 * n);
	ck_assert_double_lt(start_s, 0.5);
	ck_assert_double_lt(stop_s, 1);
}
END_TEST

/* 40 VMs: a line of each every third of the usual ticks. */
START_TEST(a_fleets_time_series_is_coarser)
{
	char *path = xasprintf("/tmp/drivervm-test-series-%d.csv", getpid());
	size_t n = 40, i;
	struct meters *m;
	char *text;
	double cpu;
	int lines;

	for (i = 0; i < n; i++)
		fleet[i] = (struct meter_target){ .name = "vm1", .pid = getpid() };
	ck_assert_int_eq(meters_open_targets(&m, loop, fleet_targets, &n, path), 0);
	ck_assert_int_eq(loop_sleep(loop, 7 * SERIES_INTERVAL_US), 0);
	meters_close(m);
	ck_assert_int_eq(file_read(path, &text, NULL), 0);
	lines = series_lines(text, "host", &cpu);
	ck_assert_int_ge(lines, 1);
	ck_assert_int_le(lines, 2);
	free(text);
	unlink(path);
	free(path);
}
END_TEST

START_TEST(a_guests_own_view_is_put_in_relation)
{
	struct guest_view asked = { .busy_s = 3 }, asked_later = { .busy_s = 3.5 };
	struct guest_view heard = { .busy_s = 3, .uptime_s = 10 };
	struct guest_view heard_later = { .busy_s = 3.5, .uptime_s = 12 };
	double used;

	ck_assert_int_eq(guest_view_used(&asked, &asked_later, 7, &used), 0);
	ck_assert_double_eq(used, 0.5);
	/* A quarter of a core in the two seconds that the guest tells of. */
	ck_assert_int_eq(guest_view_used(&heard, &heard_later, 8, &used), 0);
	ck_assert_double_eq(used, 2);
	/* The same heartbeat twice; a guest that has booted again; no agent. */
	ck_assert_int_eq(guest_view_used(&heard, &heard, 8, &used), -ENODATA);
	ck_assert_int_eq(guest_view_used(&heard_later, &heard, 8, &used), -ENODATA);
	ck_assert_int_eq(guest_view_used(&asked_later, &asked, 8, &used), -ENODATA);
	ck_assert_int_eq(guest_view_ask(NULL, &asked), -ENODATA);
	ck_assert_int_eq(guest_view_heard(NULL, &asked), -ENODATA);
}
END_TEST

START_TEST(a_series_that_cannot_be_written_is_an_error)
{
	struct meters *m;

	ck_assert_int_eq(meters_open_targets(&m, loop, targets, NULL, "/no/such/folder/s.csv"),
			 -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("meter");
	TCase *tc = tcase_create("meter");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, threads_are_told_apart_by_name);
	tcase_add_test(tc, machine_time_leaves_out_idling);
	tcase_add_test(tc, memory_is_read_in_bytes);
	tcase_add_test(tc, touched_memory_shows);
	tcase_add_test(tc, cpu_time_goes_to_the_thread_that_used_it);
	tcase_add_test(tc, ended_threads_stay_in_the_total);
	tcase_add_test(tc, a_process_that_is_gone_is_said_to_be);
	tcase_add_test(tc, an_interval_reports_every_meter);
	tcase_add_test(tc, an_extra_meter_runs_around_the_interval);
	tcase_add_test(tc, an_extra_meter_that_does_not_open_is_an_error);
	tcase_add_test(tc, extra_meters_are_found_and_in_order);
	tcase_add_loop_test(tc, a_vm_that_dies_in_between_is_left_out, 0, 2);
	tcase_add_test(tc, events_are_counted);
	tcase_add_test(tc, threads_that_come_and_go_are_no_negative_counts);
	tcase_add_test(tc, hardware_events_are_counted_where_the_host_lets_it);
	tcase_add_test(tc, a_time_series_has_a_line_per_tick);
	tcase_add_test(tc, a_fleet_costs_little);
	tcase_add_test(tc, a_fleets_time_series_is_coarser);
	tcase_add_test(tc, a_guests_own_view_is_put_in_relation);
	tcase_add_test(tc, a_series_that_cannot_be_written_is_an_error);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
