// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host controls without a host to control: the guardian on files of a temporary folder, and where
 * and how cgroups are made, in a folder that looks like a mount of them.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "host/cgroup.h"
#include "host/patience.h"
#include "host/file.h"
#include "host/guardian.h"
#include "host/ksm.h"
#include "host/page_cache.h"
#include "host/zram.h"

static char dir[64];

static void setup(void)
{
	strcpy(dir, "/tmp/drivervm-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char *command = xasprintf("rm -r '%s'", dir);

	ck_assert_int_eq(system(command), 0);
	free(command);
}

/* A path in the folder; a few are good at once. */
static const char *in_dir(const char *name)
{
	static char paths[8][256];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void make(const char *name, const char *text)
{
	ck_assert_int_eq(file_write(in_dir(name), text, strlen(text)), 0);
}

static void make_folder(const char *name)
{
	ck_assert_int_eq(mkdir_p(in_dir(name)), 0);
}

static bool holds(const char *name, const char *text)
{
	char *is;
	bool same;

	ck_assert_int_eq(file_read(in_dir(name), &is, NULL), 0);
	same = streq(is, text);
	free(is);
	return same;
}

/* -- the guardian -- */

START_TEST(what_nobody_changes_needs_no_guardian)
{
	struct guardian *g = guardian_new();

	ck_assert_int_eq(guardian_pid(g), 0);
	ck_assert_int_eq(guardian_rewind(g, guardian_mark(g)), 0);
	ck_assert_int_eq(guardian_pid(g), 0);
	ck_assert_int_eq(guardian_free(g), 0);
	ck_assert_int_eq(guardian_free(NULL), 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(changes_are_undone_to_a_mark_and_in_the_end)
{
	struct guardian *g = guardian_new();
	size_t mark;

	make("a", "old a\n");
	make("b", "old b\n");
	ck_assert_int_eq(guardian_write(g, in_dir("a"), "new a"), 0);
	mark = guardian_mark(g);
	ck_assert_int_eq(guardian_write(g, in_dir("b"), "new b"), 0);
	ck_assert_int_eq(guardian_announce(g, UNDO_CGROUP, in_dir("folder"), NULL), 0);
	make_folder("folder");
	ck_assert(holds("a", "new a") && holds("b", "new b"));
	ck_assert_int_eq(guardian_rewind(g, mark), 0);
	ck_assert(holds("a", "new a") && holds("b", "old b"));
	ck_assert_int_lt(access(in_dir("folder"), F_OK), 0);
	ck_assert_int_eq(guardian_free(g), 0);
	ck_assert(holds("a", "old a"));
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(changes_of_one_file_are_undone_last_one_first)
{
	struct guardian *g = guardian_new();
	size_t mark;

	make("a", "1");
	ck_assert_int_eq(guardian_write(g, in_dir("a"), "2"), 0);
	mark = guardian_mark(g);
	ck_assert_int_eq(guardian_write(g, in_dir("a"), "3"), 0);
	ck_assert_int_eq(guardian_rewind(g, mark), 0);
	ck_assert(holds("a", "2"));
	ck_assert_int_eq(guardian_write(g, in_dir("a"), "4"), 0);
	ck_assert_int_eq(guardian_free(g), 0);
	ck_assert(holds("a", "1"));
}
END_TEST

START_TEST(what_cannot_be_put_back_is_told)
{
	struct guardian *g = guardian_new();
	struct capture c;

	make_folder("not-a-file");
	make("a", "old");
	capture_begin(&c);
	ck_assert_int_eq(guardian_write(g, in_dir("a"), "new"), 0);
	ck_assert_int_eq(guardian_announce(g, UNDO_WRITE, in_dir("not-a-file"), "x"), 0);
	ck_assert_int_eq(guardian_announce(g, UNDO_WRITE, in_dir("never-made"), "x"), 0);
	ck_assert_int_ne(guardian_free(g), 0);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "not-a-file is not as it was"));
	ck_assert_ptr_null(strstr(c.text, "never-made"));
	/* That one failed does not keep the others from being tried. */
	ck_assert(holds("a", "old"));
}
END_TEST

START_TEST(a_guardian_that_died_is_missed)
{
	struct guardian *g = guardian_new();
	struct capture c;

	make("a", "old");
	capture_begin(&c);
	ck_assert_int_eq(guardian_write(g, in_dir("a"), "new"), 0);
	ck_assert_int_eq(kill(guardian_pid(g), SIGKILL), 0);
	/* Nothing more is changed. */
	ck_assert_int_lt(guardian_write(g, in_dir("a"), "newer"), 0);
	ck_assert_int_lt(guardian_rewind(g, 0), 0);
	ck_assert_int_lt(guardian_free(g), 0);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "stays changed"));
	ck_assert(holds("a", "new"));
}
END_TEST

/* Changes a file and makes a folder, says so, and waits for its death. */
static void __attribute__((noreturn)) change_and_wait(int fd)
{
	struct guardian *g = guardian_new();

	/* What libcheck does on these kills more than this process. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (guardian_announce(g, UNDO_CGROUP, in_dir("folder"), NULL) ||
	    mkdir(in_dir("folder"), 0700) || guardian_write(g, in_dir("a"), "new"))
		_exit(1);
	dprintf(fd, "%d", (int)guardian_pid(g));
	for (;;)
		pause();
}

/* An orchestrator in miniature ends by @signal. */
static void die_by(int signal)
{
	char number[16] = "";
	int fds[2];
	int tries;
	pid_t pid;

	make("a", "old\n");
	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		change_and_wait(fds[1]);
	close(fds[1]);
	ck_assert_int_gt(read(fds[0], number, sizeof(number) - 1), 0);
	ck_assert_int_gt(atoi(number), 1);
	ck_assert(holds("a", "new"));
	/* As a terminal does, and somebody who is angry. */
	kill(atoi(number), SIGINT);
	kill(atoi(number), SIGTERM);
	kill(atoi(number), SIGHUP);
	ck_assert_int_eq(kill(pid, signal), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	/* The guardian was the last to have the pipe open, unless it closed it as it should. */
	ck_assert_int_eq(read(fds[0], number, sizeof(number)), 0);
	close(fds[0]);
	for (tries = 0; tries < 500 && access(in_dir("folder"), F_OK) == 0; tries++)
		usleep(10000);
}

START_TEST(everything_is_back_when_the_orchestrator_is_killed)
{
	static const int signals[] = { SIGKILL, SIGINT, SIGTERM, SIGABRT };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		die_by(signals[i]);
		ck_assert_int_lt(access(in_dir("folder"), F_OK), 0);
		ck_assert(holds("a", "old"));
	}
}
END_TEST

START_TEST(the_guardian_has_a_name_and_a_session_of_its_own)
{
	struct guardian *g = guardian_new();
	char *path, *name;

	make("a", "old");
	ck_assert_int_eq(guardian_write(g, in_dir("a"), "new"), 0);
	path = xasprintf("/proc/%d/comm", (int)guardian_pid(g));
	ck_assert_int_eq(host_read(path, &name), 0);
	ck_assert_str_eq(name, "drivervm-guard");
	ck_assert_int_eq(getsid(guardian_pid(g)), guardian_pid(g));
	free(name);
	free(path);
	ck_assert_int_eq(guardian_free(g), 0);
}
END_TEST

/* -- small files -- */

START_TEST(numbers_are_read_and_nonsense_is_refused)
{
	uint64_t v;

	make("n", "12345678901\n");
	make("max", "max\n");
	make("keys", "oom 3\noom_kill 42\noom_kill_x 5\nodd x\n");
	ck_assert_int_eq(host_read_u64(in_dir("n"), &v), 0);
	ck_assert_uint_eq(v, 12345678901);
	ck_assert_int_eq(host_read_u64(in_dir("max"), &v), -EINVAL);
	ck_assert_int_eq(host_read_u64(in_dir("none"), &v), -ENOENT);
	ck_assert_int_eq(host_read_key(in_dir("keys"), "oom_kill", &v), 0);
	ck_assert_uint_eq(v, 42);
	ck_assert_int_eq(host_read_key(in_dir("keys"), "kill", &v), -ENODATA);
	ck_assert_int_eq(host_read_key(in_dir("keys"), "odd", &v), -EINVAL);
	/* They are never made. */
	ck_assert_int_eq(host_write(in_dir("none"), "1"), -ENOENT);
}
END_TEST

START_TEST(a_refusal_says_why_in_one_line)
{
	struct capture c;

	capture_begin(&c);
	ck_assert_int_eq(host_refused(-EACCES, "no x"), -EOPNOTSUPP);
	ck_assert_int_eq(host_refused(-ENOENT, "no x"), -EOPNOTSUPP);
	ck_assert_int_eq(host_refused(-ENOMEM, "no x"), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "no x: Permission denied"));
	ck_assert_ptr_nonnull(strstr(c.text, "kernel does not have it\n"));
}
END_TEST

/* -- where cgroups are made -- */

#define V1_LINES                                                                   \
	"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw\n"               \
	"32 31 0:29 / /cg/cpu rw,relatime - cgroup cgroup rw,cpu\n"                \
	"35 31 0:32 / /cg/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n" \
	"41 31 0:38 / /cg/unified rw,relatime - cgroup2 cgroup2 rw\n"

static void place_is(const char *mountinfo, const char *self, unsigned int version,
		     const char *parent, bool enable)
{
	struct cgroup_place place;

	ck_assert_int_eq(cgroup_place_find(&place, mountinfo, self), 0);
	ck_assert_uint_eq(place.version, version);
	ck_assert_str_eq(place.parent, parent);
	ck_assert_int_eq(place.enable, enable);
	cgroup_place_clear(&place);
}

START_TEST(version_1_nests_below_our_own)
{
	place_is(V1_LINES, "9:name=systemd:/\n4:memory:/us/there\n0::/\n", 1, "/cg/memory/us/there",
		 false);
	place_is(V1_LINES, "4:cpu,memory:/\n", 1, "/cg/memory", false);
	/* A hierarchy that we are told nothing of. */
	place_is(V1_LINES, "5:cpu:/x\n", 1, "/cg/memory", false);
	/* A container that sees only its part, and one whose part is elsewhere. */
	place_is("1 2 0:1 /box /cg rw - cgroup cgroup rw,memory\n", "4:memory:/box/in\n", 1,
		 "/cg/in", false);
	place_is("1 2 0:1 /box /cg rw - cgroup cgroup rw,memory\n", "4:memory:/boxes\n", 1, "/cg",
		 false);
	place_is("1 2 0:1 / /cg rw - cgroup cgroup rw,memory\n", "4:memory:/../../x\n", 1, "/cg",
		 false);
}
END_TEST

/* A mount of version 2 at the folder, a/b/c in it, memory controlled down to a/b. */
static char *make_version_2(void)
{
	make_folder("a/b/c");
	make("cgroup.controllers", "cpu memory\n");
	make("cgroup.subtree_control", "cpu memory\n");
	make("a/cgroup.subtree_control", "cpu memory pids\n");
	make("a/b/cgroup.subtree_control", "\n");
	make("a/b/c/cgroup.subtree_control", "cpu memory_x\n");
	return xasprintf("41 31 0:38 / %s rw,relatime - cgroup2 cgroup2 rw\n", dir);
}

START_TEST(version_2_is_made_where_memory_is_controlled)
{
	char *mountinfo = make_version_2();
	struct cgroup_place place;

	place_is(mountinfo, "0::/a/b/c\n", 2, in_dir("a"), false);
	place_is(mountinfo, "0::/a\n", 2, in_dir("a"), false);
	make("a/cgroup.subtree_control", "pids\n");
	place_is(mountinfo, "0::/a/b/c\n", 2, dir, false);
	make("cgroup.subtree_control", "\n");
	place_is(mountinfo, "0::/a/b/c\n", 2, dir, true);
	make("cgroup.controllers", "hugetlb\n");
	ck_assert_int_eq(cgroup_place_find(&place, mountinfo, "0::/a\n"), -EOPNOTSUPP);
	ck_assert_ptr_null(place.parent);
	free(mountinfo);
}
END_TEST

START_TEST(nonsense_is_no_place)
{
	static const char *const mounts[] = {
		"",
		"\n\n",
		" - \n",
		"1 2 3 / /x rw -\n",
		"1 2 3 / /x rw - cgroup cgroup rw,cpu\n",
		"1 2 3 / /x rw - cgroup\n1 2 3 / /y rw - tmpfs cgroup memory\n",
	};
	struct cgroup_place place;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mounts); i++)
		ck_assert_int_eq(cgroup_place_find(&place, mounts[i], "::\n4:\n"), -EOPNOTSUPP);
}
END_TEST

START_TEST(version_2_is_used_by_its_files)
{
	struct guardian *g = guardian_new();
	struct cgroup_place place = { .version = 2, .parent = dir, .enable = true };
	struct cgroup *cg;
	char *name = xasprintf("drivervm-%d-test/memory.max", (int)getpid());
	uint64_t v;

	make("cgroup.subtree_control", "\n");
	ck_assert_int_eq(cgroup_new_at(&cg, g, &place, "test"), 0);
	ck_assert(holds("cgroup.subtree_control", "+memory"));
	make(name, "max\n");
	ck_assert_int_eq(cgroup_set_limit(cg, 64 << 20, false), 0);
	ck_assert_uint_eq(cgroup_limit(cg), 64 << 20);
	ck_assert_int_eq(cgroup_set_limit(cg, 0, false), 0);
	ck_assert_uint_eq(cgroup_limit(cg), UINT64_MAX);
	ck_assert(holds(name, "max"));
	ck_assert_int_eq(cgroup_peak(cg, &v), -ENODATA);
	/* A kernel without swap in cgroups. */
	ck_assert_int_eq(cgroup_allow_swap(cg, false), 0);
	unlink(in_dir(name));
	cgroup_free(cg);
	ck_assert(holds("cgroup.subtree_control", "-memory"));
	*strchr(name, '/') = '\0';
	ck_assert_int_lt(access(in_dir(name), F_OK), 0);
	free(name);
	ck_assert_int_eq(guardian_free(g), 0);
}
END_TEST

/* -- when the kernel is believed -- */

/* Looks at the same @usage until it is believed, and says how often. */
static unsigned int looks(struct patience *p, uint64_t usage, uint64_t kills)
{
	unsigned int n = 0;

	for (; !patience_over(p) && n < 1000; n++)
		patience_look(p, usage, 100 << 20, kills);
	return n;
}

START_TEST(the_kernel_is_asked_many_times_before_a_death_and_few_after)
{
	struct patience p;
	unsigned int many, few;

	patience_start(&p, 3);
	many = looks(&p, 500 << 20, 3);
	patience_death(&p, 450 << 20);
	few = looks(&p, 450 << 20, 3);
	ck_assert_uint_gt(many, 4 * few);
	ck_assert_uint_gt(few, 0);
	/* The kernel's own killing is progress, once, and so is memory that comes back. */
	patience_death(&p, 400 << 20);
	ck_assert_uint_eq(looks(&p, 400 << 20, 4), many);
	patience_death(&p, 350 << 20);
	ck_assert_uint_eq(looks(&p, 300 << 20, 4), many);
}
END_TEST

START_TEST(a_little_memory_taken_back_is_no_progress)
{
	struct patience p;
	unsigned int many;

	patience_start(&p, 0);
	many = looks(&p, 500 << 20, 0);
	patience_start(&p, 0);
	patience_look(&p, 500 << 20, 100 << 20, 0);
	/* An eighth of what is missing counts; near the limit, a MiB. */
	ck_assert_uint_lt(looks(&p, 470 << 20, 0), many);
	patience_start(&p, 0);
	patience_look(&p, 500 << 20, 100 << 20, 0);
	ck_assert_uint_eq(looks(&p, 451 << 20, 0), many);
	patience_start(&p, 0);
	patience_look(&p, 102 << 20, 100 << 20, 0);
	ck_assert_uint_eq(looks(&p, 101 << 20, 0), many);
	/* What is in use cannot be read: no progress, and an end. */
	patience_start(&p, 0);
	ck_assert_uint_lt(looks(&p, UINT64_MAX, 0), 1000);
}
END_TEST

/* -- files -- */

START_TEST(a_file_counts_as_far_as_it_is_in_memory)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *data = xcalloc(5, page);
	uint64_t bytes = 1;

	memset(data, 'x', 5 * page);
	ck_assert_int_eq(page_cache_bytes(in_dir("cached"), &bytes), -ENOENT);
	ck_assert_int_eq(file_write(in_dir("cached"), data, 5 * page - 1), 0);
	ck_assert_int_eq(page_cache_bytes(in_dir("cached"), &bytes), 0);
	ck_assert_uint_eq(bytes, 5 * page);
	/* The rest is a hole, which nobody has read. */
	ck_assert_int_eq(truncate(in_dir("cached"), (off_t)(100 * page)), 0);
	ck_assert_int_eq(page_cache_bytes(in_dir("cached"), &bytes), 0);
	ck_assert_uint_eq(bytes, 5 * page);
	ck_assert_int_eq(file_write(in_dir("cached"), "", 0), 0);
	ck_assert_int_eq(page_cache_bytes(in_dir("cached"), &bytes), 0);
	ck_assert_uint_eq(bytes, 0);
	unlink(in_dir("cached"));
	free(data);
}
END_TEST

/* -- who may not -- */

START_TEST(an_ordinary_user_is_told_what_it_needs)
{
	int (*const checks[])(void) = { cgroup_check, ksm_check, zram_check };
	struct capture c;
	size_t i;

	if (geteuid() == 0)
		ck_assert_int_eq(setuid(65534), 0);
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		capture_begin(&c);
		ck_assert_int_eq(checks[i](), -EOPNOTSUPP);
		capture_end(&c);
		ck_assert_ptr_eq(strchr(c.text, '\n'), strrchr(c.text, '\n'));
		ck_assert(strstr(c.text, "needs root") || strstr(c.text, "does not have it"));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("host"), *user = tcase_create("user");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, user);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_nobody_changes_needs_no_guardian);
	tcase_add_test(tc, changes_are_undone_to_a_mark_and_in_the_end);
	tcase_add_test(tc, changes_of_one_file_are_undone_last_one_first);
	tcase_add_test(tc, what_cannot_be_put_back_is_told);
	tcase_add_test(tc, a_guardian_that_died_is_missed);
	tcase_add_test(tc, everything_is_back_when_the_orchestrator_is_killed);
	tcase_add_test(tc, the_guardian_has_a_name_and_a_session_of_its_own);
	tcase_add_test(tc, numbers_are_read_and_nonsense_is_refused);
	tcase_add_test(tc, a_refusal_says_why_in_one_line);
	tcase_add_test(tc, version_1_nests_below_our_own);
	tcase_add_test(tc, version_2_is_made_where_memory_is_controlled);
	tcase_add_test(tc, nonsense_is_no_place);
	tcase_add_test(tc, version_2_is_used_by_its_files);
	tcase_add_test(tc, the_kernel_is_asked_many_times_before_a_death_and_few_after);
	tcase_add_test(tc, a_little_memory_taken_back_is_no_progress);
	tcase_add_test(tc, a_file_counts_as_far_as_it_is_in_memory);
	tcase_add_test(user, an_ordinary_user_is_told_what_it_needs);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
