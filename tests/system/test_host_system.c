// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host controls on the real host: limits of memory that kill, swap that compresses, pages that are
 * merged; and that all of it is as it was afterwards, whatever ends the process that changed it.
 * Where this user may not, or the kernel cannot, a test says so and is skipped.
 *
 * Runs alone: it changes the host, and looks whether that is as it was.
 */
#include "support.h"

#include <glob.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "host/cgroup.h"
#include "host/file.h"
#include "host/ksm.h"
#include "host/zram.h"

#define MIB (1ULL << 20)
#define PAGE 4096UL

static bool skipped(const char *test, int (*check)(void))
{
	log_forget();
	if (check() == 0)
		return false;
	pr_info("%s: skipped: %s", test, log_last_error());
	return true;
}

/* -- a process that takes memory -- */

struct eater {
	pid_t pid;
	int fd; /* a byte each way: eat; it has eaten; look; all is as it was */
};

/* Pages of which each begins with its number, or that are all the same. */
static void eat(unsigned char *memory, size_t bytes, bool same)
{
	size_t i;

	for (i = 0; i < bytes; i += PAGE) {
		memset(memory + i, 0x5a, PAGE);
		if (!same)
			memcpy(memory + i, &i, sizeof(i));
	}
}

static bool intact(const unsigned char *memory, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i += PAGE)
		if (memcmp(memory + i, &i, sizeof(i)) != 0 || memory[i + PAGE - 1] != 0x5a)
			return false;
	return true;
}

static void __attribute__((noreturn)) be_eater(int fd, size_t bytes, bool same)
{
	unsigned char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (memory == MAP_FAILED || (same && madvise(memory, bytes, MADV_MERGEABLE) < 0) ||
	    read(fd, &c, 1) != 1)
		_exit(1);
	eat(memory, bytes, same);
	while (write(fd, "y", 1) == 1 && read(fd, &c, 1) == 1)
		if (!same && !intact(memory, bytes))
			_exit(2);
	_exit(0);
}

static struct eater eater_new(size_t bytes, bool same)
{
	struct eater e;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	e.pid = fork();
	if (e.pid == 0) {
		close(fds[0]);
		be_eater(fds[1], bytes, same);
	}
	ck_assert_int_gt(e.pid, 0);
	close(fds[1]);
	e.fd = fds[0];
	return e;
}

/* Has it eat, or look at what it has eaten. False: it died of it. */
static bool eater_goes_on(const struct eater *e)
{
	char c;

	return send(e->fd, "x", 1, MSG_NOSIGNAL) == 1 && read(e->fd, &c, 1) == 1;
}

static int eater_end(struct eater *e)
{
	int status;

	fd_close(&e->fd);
	ck_assert_int_eq(waitpid(e->pid, &status, 0), e->pid);
	return status;
}

/* -- what the host looks like -- */

static char *append(char *text, const char *what, const char *value)
{
	char *longer = xasprintf("%s%s: %s\n", text, what, value);

	free(text);
	return longer;
}

static char *append_file(char *text, const char *path)
{
	char *value;

	if (host_read(path, &value) < 0)
		return text;
	text = append(text, path, value);
	free(value);
	return text;
}

static char *append_names(char *text, const char *pattern)
{
	glob_t names;
	size_t i;

	if (glob(pattern, 0, NULL, &names) == 0) {
		for (i = 0; i < names.gl_pathc; i++)
			text = append(text, pattern, names.gl_pathv[i]);
		globfree(&names);
	}
	return text;
}

/* @parent: the folder that cgroups are made in; NULL: none can be. */
static char *look_at_host(const char *parent)
{
	char *text = xstrdup(""), *pattern;

	text = append_file(text, "/sys/kernel/mm/ksm/run");
	text = append_file(text, "/sys/kernel/mm/ksm/pages_to_scan");
	text = append_file(text, "/sys/kernel/mm/ksm/sleep_millisecs");
	text = append_file(text, "/proc/swaps");
	text = append_names(text, "/sys/block/zram*");
	if (parent) {
		pattern = xasprintf("%s/drivervm-*", parent);
		text = append_names(text, pattern);
		free(pattern);
	}
	return text;
}

/* Where cgroups are made here; the caller frees it. */
static char *cgroup_parent(void)
{
	struct cgroup_place place;
	char *mountinfo, *self;

	ck_assert_int_eq(file_read("/proc/self/mountinfo", &mountinfo, NULL), 0);
	ck_assert_int_eq(file_read("/proc/self/cgroup", &self, NULL), 0);
	if (cgroup_place_find(&place, mountinfo, self))
		place.parent = NULL;
	free(mountinfo);
	free(self);
	return place.parent;
}

/* -- the tests -- */

START_TEST(a_process_over_its_limit_is_killed_and_counted)
{
	struct guardian *g = guardian_new();
	struct cgroup *cg;
	struct eater e;
	uint64_t n;
	int status;

	if (skipped(__func__, cgroup_check))
		return;
	ck_assert_int_eq(cgroup_new(&cg, g, "test"), 0);
	ck_assert_int_eq(cgroup_allow_swap(cg, false), 0);
	ck_assert_int_eq(cgroup_set_limit(cg, 16 * MIB, false), 0);
	ck_assert_uint_eq(cgroup_limit(cg), 16 * MIB);
	ck_assert_int_eq(cgroup_kills(cg, &n), 0);
	ck_assert_uint_eq(n, 0);
	e = eater_new(64 * MIB, false);
	ck_assert_int_eq(cgroup_add(cg, e.pid), 0);
	ck_assert(!eater_goes_on(&e));
	status = eater_end(&e);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_int_eq(cgroup_kills(cg, &n), 0);
	ck_assert_uint_eq(n, 1);
	if (cgroup_peak(cg, &n) == 0)
		ck_assert(n > 15 * MIB && n <= 16 * MIB);
	/* A limit that is enough, and none. */
	ck_assert_int_eq(cgroup_set_limit(cg, 96 * MIB, false), 0);
	ck_assert_uint_eq(cgroup_limit(cg), 96 * MIB);
	e = eater_new(64 * MIB, false);
	ck_assert_int_eq(cgroup_add(cg, e.pid), 0);
	ck_assert(eater_goes_on(&e));
	ck_assert_int_eq(cgroup_usage(cg, &n), 0);
	ck_assert_uint_ge(n, 64 * MIB);
	ck_assert_int_eq(cgroup_set_limit(cg, 0, false), 0);
	ck_assert_uint_eq(cgroup_limit(cg), UINT64_MAX);
	ck_assert_int_eq(eater_end(&e), 0);
	ck_assert_int_eq(access(cgroup_folder(cg), F_OK), 0);
	cgroup_free(cg);
	ck_assert_int_eq(guardian_free(g), 0);
}
END_TEST

START_TEST(a_limit_below_what_is_used_is_reached_by_killing_only)
{
	struct guardian *g = guardian_new();
	struct eater small, large;
	struct cgroup *cg;
	uint64_t n;
	int err;

	if (skipped(__func__, cgroup_check))
		return;
	ck_assert_int_eq(cgroup_new(&cg, g, "test"), 0);
	ck_assert_int_eq(cgroup_allow_swap(cg, false), 0);
	small = eater_new(8 * MIB, false);
	large = eater_new(48 * MIB, false);
	ck_assert_int_eq(cgroup_add(cg, small.pid), 0);
	ck_assert_int_eq(cgroup_add(cg, large.pid), 0);
	ck_assert(eater_goes_on(&small) && eater_goes_on(&large));
	/* Version 2 kills whatever it is told. */
	err = cgroup_set_limit(cg, 20 * MIB, false);
	ck_assert_int_eq(cgroup_kills(cg, &n), 0);
	if (err) {
		ck_assert_int_eq(err, -EBUSY);
		ck_assert_uint_eq(n, 0);
		ck_assert_uint_eq(cgroup_limit(cg), UINT64_MAX);
		ck_assert(eater_goes_on(&large));
	}
	ck_assert_int_eq(cgroup_set_limit(cg, 20 * MIB, true), 0);
	ck_assert_uint_eq(cgroup_limit(cg), 20 * MIB);
	ck_assert_int_eq(cgroup_kills(cg, &n), 0);
	ck_assert_uint_eq(n, 1);
	/* The larger one, as the kernel would. */
	ck_assert(WIFSIGNALED(eater_end(&large)));
	ck_assert(eater_goes_on(&small));
	ck_assert_int_eq(eater_end(&small), 0);
	cgroup_free(cg);
	ck_assert_int_eq(guardian_free(g), 0);
}
END_TEST

START_TEST(what_does_not_fit_is_swapped_out_compressed)
{
	struct guardian *g = guardian_new();
	struct zram_stats stats;
	struct cgroup *cg;
	struct zram *zram;
	struct eater e;
	uint64_t n;
	char *swaps;

	if (skipped(__func__, cgroup_check) || skipped(__func__, zram_check))
		return;
	ck_assert_int_eq(cgroup_new(&cg, g, "test"), 0);
	ck_assert_int_eq(zram_new(&zram, g, 128 * MIB), 0);
	ck_assert_int_eq(host_read("/proc/swaps", &swaps), 0);
	ck_assert_ptr_nonnull(strstr(swaps, zram_device(zram)));
	free(swaps);
	ck_assert_int_eq(zram_read(zram, &stats), 0);
	ck_assert_uint_lt(stats.original, MIB);
	ck_assert_int_eq(cgroup_allow_swap(cg, true), 0);
	e = eater_new(64 * MIB, false);
	ck_assert_int_eq(cgroup_add(cg, e.pid), 0);
	ck_assert(eater_goes_on(&e));
	ck_assert_int_eq(cgroup_set_limit(cg, 16 * MIB, false), 0);
	ck_assert_uint_eq(cgroup_limit(cg), 16 * MIB);
	ck_assert_int_eq(zram_read(zram, &stats), 0);
	ck_assert_uint_ge(stats.original, 40 * MIB);
	ck_assert(stats.used > 0 && stats.used < stats.original / 4);
	ck_assert_uint_ge(stats.used_max, stats.used);
	ck_assert_int_eq(cgroup_swapped(cg, &n), 0);
	ck_assert_uint_ge(n, 40 * MIB);
	/* It reads all of it, through its 16 MiB, and nothing was lost. */
	ck_assert(eater_goes_on(&e));
	ck_assert_int_eq(cgroup_kills(cg, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(eater_end(&e), 0);
	zram_free(zram);
	cgroup_free(cg);
	ck_assert_int_eq(guardian_free(g), 0);
}
END_TEST

START_TEST(same_pages_are_merged_and_separated_again)
{
	char *before = look_at_host(NULL), *after;
	struct guardian *g = guardian_new();
	struct ksm_stats stats = { 0 };
	uint64_t others, deadline;
	struct eater e;

	if (skipped(__func__, ksm_check))
		return;
	ck_assert_int_eq(ksm_read(&stats), 0);
	others = stats.sharing;
	e = eater_new(32 * MIB, true);
	ck_assert(eater_goes_on(&e));
	ck_assert_int_eq(ksm_on(g, 5000, 10), 0);
	deadline = now_us() + 20 * USEC_PER_SEC;
	while (stats.sharing < others + 8000 && now_us() < deadline) {
		usleep(50000);
		ck_assert_int_eq(ksm_read(&stats), 0);
	}
	ck_assert_uint_ge(stats.sharing, others + 8000);
	ck_assert_uint_ge(stats.shared, 8192 / 256);
	ck_assert_int_eq(guardian_free(g), 0);
	ck_assert_int_eq(ksm_read(&stats), 0);
	ck_assert_uint_le(stats.sharing, others);
	after = look_at_host(NULL);
	ck_assert_str_eq(after, before);
	ck_assert_int_eq(eater_end(&e), 0);
	free(before);
	free(after);
}
END_TEST

/* Changes all that can be changed, with a process under a limit, says so, and waits for its death.
 */
static void __attribute__((noreturn)) change_all_and_wait(int fd)
{
	struct guardian *g = guardian_new();
	struct cgroup *cg;
	struct zram *zram;
	struct eater e;

	/* libcheck has handlers that end more than this process. */
	signal(SIGINT, SIG_DFL);
	if (cgroup_new(&cg, g, "test") || zram_new(&zram, g, 64 * MIB) || ksm_on(g, 1000, 50) ||
	    cgroup_allow_swap(cg, true))
		_exit(1);
	e = eater_new(32 * MIB, false);
	if (cgroup_add(cg, e.pid) || !eater_goes_on(&e) || cgroup_set_limit(cg, 8 * MIB, true) ||
	    write(fd, "y", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void die_by(int signal_number)
{
	char *parent = cgroup_parent(), *before = look_at_host(parent), *now, c;
	uint64_t deadline;
	int fds[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		change_all_and_wait(fds[1]);
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	close(fds[0]);
	now = look_at_host(parent);
	ck_assert_str_ne(now, before);
	ck_assert_ptr_nonnull(strstr(now, "drivervm-"));
	ck_assert_ptr_nonnull(strstr(now, "partition"));
	ck_assert_int_eq(kill(pid, signal_number), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	deadline = now_us() + 20 * USEC_PER_SEC;
	while (!streq(now, before) && now_us() < deadline) {
		usleep(20000);
		free(now);
		now = look_at_host(parent);
	}
	ck_assert_str_eq(now, before);
	free(now);
	free(before);
	free(parent);
}

START_TEST(the_host_is_as_it_was_whatever_ends_the_process)
{
	if (skipped(__func__, cgroup_check) || skipped(__func__, zram_check) ||
	    skipped(__func__, ksm_check))
		return;
	die_by(SIGKILL);
	die_by(SIGINT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("host-system");

	tcase_add_test(tc, a_process_over_its_limit_is_killed_and_counted);
	tcase_add_test(tc, a_limit_below_what_is_used_is_reached_by_killing_only);
	tcase_add_test(tc, what_does_not_fit_is_swapped_out_compressed);
	tcase_add_test(tc, same_pages_are_merged_and_separated_again);
	tcase_add_test(tc, the_host_is_as_it_was_whatever_ends_the_process);
	return run_suite("host-system", &tc, 1);
}
