// SPDX-License-Identifier: GPL-2.0-or-later
/* The core: argument vectors, small files, the loop's deadlines, child processes. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/argv.h"
#include "core/loop.h"
#include "core/paths.h"
#include "core/proc.h"

static struct loop *loop;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
}

static void teardown(void)
{
	loop_free(loop);
	loop = NULL;
}

START_TEST(argv_quotes_for_a_shell)
{
	static const char *const more[] = { "", "it's", NULL };
	struct argv a = { 0 };
	char *line, *out;

	argv_add(&a, "printf");
	argv_add(&a, "<%%s>");
	argv_add(&a, "a b%d", 7);
	argv_add_all(&a, more);
	line = argv_quote(&a);
	ck_assert_str_eq(line, "printf '<%s>' 'a b7' '' 'it'\\''s'");
	ck_assert_int_eq(proc_run(loop, (const char *[]){ "sh", "-c", line, NULL }, -1,
				  5 * USEC_PER_SEC, &out),
			 0);
	ck_assert_str_eq(out, "<a b7><><it's>");
	free(out);
	free(line);
	argv_free(&a);
	ck_assert_ptr_null(a.v);
}
END_TEST

START_TEST(files_are_read_and_replaced_whole)
{
	char dir[] = "/tmp/drivervm-test-XXXXXX";
	char *path, *data, *big;
	size_t len;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = xasprintf("%s/a/b/c", dir);
	ck_assert_int_eq(mkdir_p(path), 0);
	ck_assert_int_eq(mkdir_p(path), 0);
	free(path);
	path = xasprintf("%s/a/b/c/file", dir);
	ck_assert_int_eq(file_read(path, &data, &len), -ENOENT);
	big = xcalloc(1, 100000);
	memset(big, 'x', 100000);
	ck_assert_int_eq(file_write(path, big, 100000), 0);
	ck_assert_int_eq(file_read(path, &data, &len), 0);
	ck_assert_uint_eq(len, 100000);
	ck_assert_int_eq(memcmp(data, big, len), 0);
	ck_assert_int_eq(data[len], 0);
	free(data);
	ck_assert_int_eq(file_write(path, "", 0), 0);
	ck_assert_int_eq(file_read(path, &data, &len), 0);
	ck_assert_uint_eq(len, 0);
	free(data);
	free(big);
	ck_assert_int_eq(proc_run(loop, (const char *[]){ "rm", "-r", dir, NULL }, -1, 0, NULL), 0);
	free(path);
}
END_TEST

START_TEST(a_number_is_all_of_the_text)
{
	static const char *const wrong[] = { "", " 1", "1 ", "1x", "nan", "inf", "ample" };
	double v = 42;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_int_eq(parse_number(wrong[i], &v), -EINVAL);
	ck_assert_double_eq(v, 42);
	ck_assert_int_eq(parse_number("-1.5e2", &v), 0);
	ck_assert_double_eq(v, -150);
}
END_TEST

START_TEST(a_whole_number_is_within_its_bounds)
{
	static const char *const wrong[] = { "",    " 3",  "3 ", "-3", "+3",
					     "0x3", "2.0", "1",	 "9",  "18446744073709551617" };
	unsigned int v = 42;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_int_eq(parse_uint(wrong[i], 2, 8, &v), -EINVAL);
	ck_assert_uint_eq(v, 42);
	ck_assert_int_eq(parse_uint("8", 2, 8, &v), 0);
	ck_assert_uint_eq(v, 8);
}
END_TEST

START_TEST(an_array_grows_by_what_is_fresh)
{
	const int fresh = -1;
	size_t n = 0, i;
	int *v = xgrow(NULL, &n, 2, sizeof(*v), &fresh);

	ck_assert_uint_eq(n, 3);
	v[1] = 5;
	v = xgrow(v, &n, 1, sizeof(*v), &fresh);
	ck_assert_uint_eq(n, 3);
	v = xgrow(v, &n, 9, sizeof(*v), &fresh);
	ck_assert_uint_eq(n, 10);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(v[i], i == 1 ? 5 : fresh);
	free(v);
}
END_TEST

START_TEST(a_path_in_the_tree_is_below_its_root)
{
	char *path = path_in_tree("harness/%s.h", "main");

	ck_assert_int_eq(strncmp(path, path_root(), strlen(path_root())), 0);
	ck_assert_str_eq(path + strlen(path_root()), "/harness/main.h");
	free(path);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
	struct proc *proc;
	struct proc_spec spec = {
		.argv = (const char *[]){ "sleep", "60", NULL },
		.netns_fd = -1,
	};
	pid_t pid;

	ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
	ck_assert_int_eq(proc_wait(proc, 50 * USEC_PER_MSEC), -ETIMEDOUT);
	ck_assert_int_eq(proc_exit_code(proc), -1);
	pid = proc->pid;
	proc_free(proc);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(exit_codes_and_signals_are_told_apart)
{
	char *out;
	int code;

	code = proc_run(loop,
			(const char *[]){ "sh", "-c", "echo out; echo err >&2; exit 3", NULL }, -1,
			0, &out);
	ck_assert_int_eq(code, 3);
	ck_assert_str_eq(out, "out\nerr\n");
	free(out);
	code = proc_run(loop, (const char *[]){ "sh", "-c", "kill -9 $$", NULL }, -1, 0, NULL);
	ck_assert_int_eq(code, 128 + SIGKILL);
	code = proc_run(loop, (const char *[]){ "/no/such/program", NULL }, -1, 0, NULL);
	ck_assert_int_eq(code, -ENOENT);
}
END_TEST

static void count_exit(struct proc *proc, void *arg)
{
	(void)proc;
	++*(int *)arg;
}

START_TEST(a_death_is_told_once)
{
	struct proc_spec spec = { .argv = (const char *[]){ "true", NULL }, .netns_fd = -1 };
	struct proc *proc;
	int deaths = 0;

	ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
	proc->on_exit = count_exit;
	proc->on_exit_arg = &deaths;
	ck_assert_int_eq(proc_wait(proc, 5 * USEC_PER_SEC), 0);
	ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(deaths, 1);
	proc_free(proc);
}
END_TEST

START_TEST(only_named_descriptors_are_inherited)
{
	int keep[2], hide[2];
	char *script, *out;
	struct proc_spec spec = { .netns_fd = -1, .capture = true };
	struct proc *proc;

	ck_assert_int_eq(pipe2(keep, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(hide, O_CLOEXEC), 0);
	script =
		xasprintf("for f in %d %d; do [ -e /proc/self/fd/$f ] && echo yes || echo no; done",
			  keep[0], hide[0]);
	spec.argv = (const char *[]){ "sh", "-c", script, NULL };
	spec.keep_fds = keep;
	spec.n_keep_fds = 1;
	ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
	ck_assert_int_eq(proc_wait(proc, 5 * USEC_PER_SEC), 0);
	out = proc->output;
	ck_assert_str_eq(out, "yes\nno\n");
	proc_free(proc);
	free(script);
	close(keep[0]);
	close(keep[1]);
	close(hide[0]);
	close(hide[1]);
}
END_TEST

START_TEST(huge_pages_are_denied_to_whom_they_are)
{
	static const char *const argv[] = { "grep", "THP_enabled", "/proc/self/status", NULL };
	struct proc_spec spec = { .argv = argv, .netns_fd = -1, .capture = true };
	struct proc *proc;
	int i;

	for (i = 0; i < 2; i++) {
		spec.small_pages = i;
		ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
		ck_assert_int_eq(proc_wait(proc, 5 * USEC_PER_SEC), 0);
		ck_assert_str_eq(proc->output, i ? "THP_enabled:\t0\n" : "THP_enabled:\t1\n");
		proc_free(proc);
	}
}
END_TEST

/* The kernel need not be one that can merge; a run under `setarch -R` has such addresses anyway. */
START_TEST(what_may_be_merged_lies_at_equal_addresses)
{
	static const char *const argv[] = { "cat", "/proc/self/personality", NULL };
	struct proc_spec spec = { .argv = argv, .netns_fd = -1, .capture = true, .mergeable = true };
	struct proc *proc;

	ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
	ck_assert_int_eq(proc_wait(proc, 5 * USEC_PER_SEC), 0);
	ck_assert_uint_eq(strtoul(proc->output, NULL, 16) & ADDR_NO_RANDOMIZE, ADDR_NO_RANDOMIZE);
	proc_free(proc);
}
END_TEST

/* The promise behind "nothing is left behind": a child dies with its parent, however that dies. */
START_TEST(a_child_dies_with_a_killed_parent)
{
	int fds[2];
	pid_t parent, child = 0;
	int tries;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	parent = fork();
	if (parent == 0) {
		struct proc_spec spec = {
			.argv = (const char *[]){ "sleep", "60", NULL },
			.netns_fd = -1,
		};
		struct loop *own;
		struct proc *proc;

		if (loop_new(&own) || proc_spawn(&proc, own, &spec) ||
		    write(fds[1], &proc->pid, sizeof(proc->pid)) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	ck_assert_int_eq(read(fds[0], &child, sizeof(child)), sizeof(child));
	ck_assert_int_eq(kill(child, 0), 0);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	for (tries = 0; tries < 500; tries++) {
		char *path = xasprintf("/proc/%d/stat", child);
		char *stat = NULL;
		bool gone = file_read(path, &stat, NULL) < 0 || strstr(stat, ") Z ");

		free(stat);
		free(path);
		if (gone)
			break;
		usleep(10000);
	}
	ck_assert_int_lt(tries, 500);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

static bool never_done(void *arg)
{
	(void)arg;
	return false;
}

START_TEST(an_interruption_ends_waits_but_not_teardown)
{
	raise(SIGINT);
	ck_assert_int_eq(loop_wait(loop, never_done, NULL, 5 * USEC_PER_SEC), -EINTR);
	ck_assert(loop->interrupted);
	ck_assert_int_eq(loop_sleep(loop, 1000), -EINTR);
	ck_assert_int_eq(loop_wait_teardown(loop, never_done, NULL, 1000), -ETIMEDOUT);
}
END_TEST

START_TEST(errors_become_the_documented_statuses)
{
	ck_assert_int_eq(cli_status(0), CLI_OK);
	ck_assert_int_eq(cli_status(-EINVAL), CLI_BAD_INPUT);
	ck_assert_int_eq(cli_status(-ENOENT), CLI_BAD_INPUT);
	ck_assert_int_eq(cli_status(-ENOMEM), CLI_HOST_CANNOT);
	ck_assert_int_eq(cli_status(-EPIPE), CLI_FAILED);
	ck_assert_int_eq(cli_status(-EINTR), CLI_FAILED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("core");
	TCase *tc = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, argv_quotes_for_a_shell);
	tcase_add_test(tc, files_are_read_and_replaced_whole);
	tcase_add_test(tc, a_number_is_all_of_the_text);
	tcase_add_test(tc, a_whole_number_is_within_its_bounds);
	tcase_add_test(tc, an_array_grows_by_what_is_fresh);
	tcase_add_test(tc, a_path_in_the_tree_is_below_its_root);
	tcase_add_test(tc, a_wait_ends_at_its_deadline);
	tcase_add_test(tc, exit_codes_and_signals_are_told_apart);
	tcase_add_test(tc, a_death_is_told_once);
	tcase_add_test(tc, only_named_descriptors_are_inherited);
	tcase_add_test(tc, huge_pages_are_denied_to_whom_they_are);
	tcase_add_test(tc, what_may_be_merged_lies_at_equal_addresses);
	tcase_add_test(tc, a_child_dies_with_a_killed_parent);
	tcase_add_test(tc, an_interruption_ends_waits_but_not_teardown);
	tcase_add_test(tc, errors_become_the_documented_statuses);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
