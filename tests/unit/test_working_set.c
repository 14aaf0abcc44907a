// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The meter "working-set" on a process that touches as many pages as it was told, again and again:
 * in every interval just these must be counted, whatever the memory is made of.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/util.h"
#include "meter/parts.h"

#define PAGE 4096
/* Of the "guest", as large as no other mapping of the process. */
#define MEMORY (23u << 20)
/* Pages are this far apart, so that the processor does not find them by itself. */
#define STRIDE 5
/* The kernel's own doings, a page that is looked at while it is started... */
#define NEAR 4

enum memory {
	ANONYMOUS,
	HUGE,
	MEMFD, /* as a template that lies in memory, private to whoever writes */
	NAMED_FILE, /* as one that lies on a disk, all written before */
};

static struct loop *loop;
static char *dir;
static pid_t pid;

static char *map(enum memory kind)
{
	char *room = mmap(NULL, MEMORY + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = MAP_PRIVATE | MAP_FIXED, fd = -1;
	char *p;

	if (kind == MEMFD)
		fd = memfd_create("test", 0);
	else if (kind == NAMED_FILE)
		fd = open(dir, O_TMPFILE | O_RDWR, 0600);
	else
		flags |= MAP_ANONYMOUS;
	if (fd >= 0 && ftruncate(fd, MEMORY) < 0)
		return NULL;
	/* With a gap at both ends, so that it does not become part of another mapping. */
	p = mmap(room + PAGE, MEMORY, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (kind == HUGE)
		madvise(p, MEMORY, MADV_HUGEPAGE);
	else
		madvise(p, MEMORY, MADV_NOHUGEPAGE);
	return p;
}

static void child_main(enum memory kind, unsigned int n, bool writes, int ready)
{
	volatile char *p;
	char seen = 0;
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	p = map(kind);
	for (i = 0; p && i < MEMORY; i += PAGE) {
		if (kind == MEMFD && !writes)
			seen = p[i];
		else
			p[i] = 1;
	}
	if (!p || write(ready, "r", 1) != 1)
		_exit(1);
	for (;;) {
		for (i = 0; i < n; i++) {
			if (writes)
				p[i * STRIDE * PAGE] = seen++;
			else
				seen += p[i * STRIDE * PAGE];
		}
		if (n == 0)
			pause();
	}
}

static void child_start(enum memory kind, unsigned int n, bool writes)
{
	int ready[2];
	char c;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		child_main(kind, n, writes, ready[1]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
}

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	dir = temp_folder();
}

static void teardown(void)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	temp_folder_free(dir);
	loop_free(loop);
}

static double seen_mean, seen_samples, seen_max;

static void collect(void *arg, const char *metric, const char *unit, double value, const char *vm,
		    const char *thread)
{
	(void)arg;
	ck_assert_str_eq(unit, "1");
	ck_assert_str_eq(vm, "dd0");
	ck_assert_str_eq(thread, "");
	if (streq(metric, "working_set"))
		seen_mean = value;
	else if (streq(metric, "working_set_samples"))
		seen_samples = value;
	else if (streq(metric, "working_set_max"))
		seen_max = value;
}

/*
 * Each line of the CSV has @n pages, and there are as many lines as samples. On a busy host there
 * are intervals in which the process does not run, or not long enough to touch all: they have
 * fewer. Returns how many had all.
 */
static unsigned int check_csv(unsigned int n)
{
	char *path = xasprintf("%s/working-set.csv", dir), *text, *line, vm[16];
	double time, interval, pages;
	unsigned int lines = 0, full = 0;

	ck_assert_int_eq(file_read(path, &text, NULL), 0);
	unlink(path);
	free(path);
	for (line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		ck_assert_int_eq(
			sscanf(line + 1, "%lf,%15[^,],%lf,%lf", &time, vm, &interval, &pages), 4);
		ck_assert_str_eq(vm, "dd0");
		ck_assert_msg(pages <= n + NEAR, "%g pages, not %u", pages, n);
		full += pages >= n;
		ck_assert_double_ge(interval, 0.08);
		ck_assert_double_le(interval, 0.1);
		lines++;
	}
	ck_assert_double_eq((double)lines, seen_samples);
	free(text);
	return full;
}

/* Runs the meter on the child for a while. */
static void measure(uint64_t memory)
{
	struct meter_target targets[2] = { { .name = "client", .pid = getpid(), .memory = 1 },
					   { .name = "dd0", .memory = memory, .driver_vm = true } };
	const struct meter_ops *meter = meter_find("working-set");
	struct meter_env env = { .loop = loop, .folder = dir };
	void *state;

	ck_assert_ptr_nonnull(meter);
	seen_mean = seen_max = seen_samples = -1;
	targets[1].pid = pid;
	ck_assert_int_eq(meter->open(&state, &env), 0);
	meter->start(state, targets, 2);
	ck_assert_int_eq(loop_sleep(loop, 1500 * USEC_PER_MSEC), 0);
	meter->stop(state);
	meter->emit(state, collect, NULL);
	pr_info("%g pages in %g intervals, %.2f ms of CPU time each", seen_mean, seen_samples,
		(double)meter->cost_ns(state) / 1e6 / seen_samples);
	meter->close(state);
}

/* Only root may, and only a host without huge pages has nothing to split. */
static bool may_split(void)
{
	uint64_t start;
	struct accessed a;

	ck_assert_int_eq(guest_ram_find(pid, MEMORY, &start), 0);
	ck_assert_int_eq(accessed_read(pid, start, &a), 0);
	return a.huge == 0 || accessed_split_huge(pid, start, MEMORY) != -EPERM;
}

static const struct {
	enum memory kind;
	unsigned int n;
	bool writes;
} cases[] = {
	{ ANONYMOUS, 1, false },   { ANONYMOUS, 400, false }, { ANONYMOUS, 400, true },
	{ ANONYMOUS, 0, false },   { HUGE, 400, false },      { MEMFD, 400, false },
	{ MEMFD, 400, true },	   { NAMED_FILE, 400, true }, { NAMED_FILE, 400, false },
	{ ANONYMOUS, 900, false },
};

START_TEST(every_interval_has_the_pages_that_were_touched)
{
	unsigned int full = 0, tries;

	child_start(cases[_i].kind, cases[_i].n, cases[_i].writes);
	/* On a busy host, some are late, or all. */
	for (tries = 0; tries < 10 && full < 3; tries++) {
		measure(MEMORY);
		if (cases[_i].kind == HUGE && !may_split()) {
			ck_assert_double_eq(seen_samples, 0);
			return;
		}
		ck_assert_double_le(seen_samples, 17);
		/* A mean of equal values may differ from them in the last bit. */
		ck_assert_double_le(seen_mean, seen_max + 1e-6);
		ck_assert_double_le(seen_max, cases[_i].n + NEAR);
		full += check_csv(cases[_i].n);
	}
	ck_assert_uint_ge(full, 3);
}
END_TEST

START_TEST(a_vm_whose_memory_is_not_found_has_no_reading)
{
	struct capture c;

	child_start(ANONYMOUS, 1, false);
	capture_begin(&c);
	measure(MEMORY + PAGE);
	ck_assert_ptr_nonnull(strstr(capture_end(&c),
				     "no working set of VM dd0: its memory is not found: No such"));
	ck_assert_double_eq(seen_samples, -1);
}
END_TEST

START_TEST(a_vm_that_is_gone_has_no_samples)
{
	child_start(ANONYMOUS, 1, false);
	kill(pid, SIGSTOP);
	measure(MEMORY);
	ck_assert_double_ge(seen_samples, 3);
	ck_assert_double_le(seen_max, NEAR);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	measure(MEMORY);
	ck_assert_double_eq(seen_mean, -1);
	pid = 0;
}
END_TEST

START_TEST(guest_memory_is_the_mapping_of_its_size)
{
	static const char maps[] =
		"1000-3000 r-xp 00000000 fe:00 5 /usr/bin/qemu-system-x86_64\n"
		"10000-12000 rw-s 00000000 00:01 7 /memfd:link (deleted)\n"
		"20000-22000 ---p 00000000 00:00 0\n"
		"7f0000000000-7f0000002000 rw-p 00000000 00:01 9 /memfd:template (deleted)\n"
		"7f0000003000-7f0000004000 rw-s 00000000 00:01 9 /dev/shm/ram\n"
		"7f0000005000-7f0000007000 rw-p 00000000 00:00 0";
	uint64_t start;

	ck_assert_int_eq(guest_ram_parse(maps, 0x2000, &start), 0);
	ck_assert_uint_eq(start, 0x7f0000000000);
	ck_assert_int_eq(guest_ram_parse(maps, 0x1000, &start), 0);
	ck_assert_uint_eq(start, 0x7f0000003000);
	ck_assert_int_eq(guest_ram_parse(maps, 0x4000, &start), -ENOENT);
	ck_assert_int_eq(guest_ram_parse("", 0x4000, &start), -ENOENT);
	ck_assert_int_eq(guest_ram_parse("rubbish\n", 0x4000, &start), -EINVAL);
}
END_TEST

START_TEST(only_the_wanted_mapping_is_read)
{
	static char smaps[] = "1000-3000 rw-p 00000000 00:00 0\n"
			      "Referenced:           16 kB\nAnonHugePages:     2048 kB\n"
			      "VmFlags: rd wr\n"
			      "7f0000000000-7f0000002000 rw-p 00000000 00:00 0\n"
			      "Size:             131072 kB\nReferenced:          400 kB\n"
			      "AnonHugePages:      2048 kB\nFilePmdMapped:      4096 kB\n"
			      "VmFlags: rd wr\n"
			      "7f0000003000-7f0000004000 rw-p 00000000 00:00 0\n"
			      "Referenced:           44 kB\nAnonHugePages:     2048 kB\n";
	FILE *f = fmemopen(smaps, sizeof(smaps) - 1, "r");
	struct accessed a;

	ck_assert_int_eq(accessed_parse(f, 0x7f0000000000, &a), 0);
	ck_assert_uint_eq(a.bytes, 400 * 1024);
	ck_assert_uint_eq(a.huge, 6 << 20);
	rewind(f);
	ck_assert_int_eq(accessed_parse(f, 0x2000, &a), -ENOENT);
	fclose(f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("working-set");
	TCase *tc = tcase_create("working-set");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_interval_has_the_pages_that_were_touched, 0,
			    ARRAY_SIZE(cases));
	tcase_add_test(tc, a_vm_whose_memory_is_not_found_has_no_reading);
	tcase_add_test(tc, a_vm_that_is_gone_has_no_samples);
	tcase_add_test(tc, guest_memory_is_the_mapping_of_its_size);
	tcase_add_test(tc, only_the_wanted_mapping_is_read);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
