// SPDX-License-Identifier: GPL-2.0-or-later
/* The private folder of who has systems up: who finds whose, and what a killed process leaves. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/unix.h"
#include "core/util.h"
#include "status/status.h"
#include "system/runtime.h"

static char base[] = "/tmp/drivervm-test-XXXXXX";

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

#define SIGN "client.shell"

/* A process that does nothing, with a folder like those of `drivervm up`, and SIGN in it. */
static pid_t start_other(char **folder)
{
	pid_t pid = fork();
	char *file;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	*folder = xasprintf("%s/drivervm-%d", base, (int)pid);
	ck_assert_int_eq(mkdir(*folder, 0700), 0);
	file = xasprintf("%s/" SIGN, *folder);
	ck_assert_int_eq(file_write(file, "", 0), 0);
	free(file);
	return pid;
}

static void remove_folder(const char *folder)
{
	char *file = xasprintf("%s/" SIGN, folder);

	unlink(file);
	free(file);
	rmdir(folder);
}

static void end_other(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

START_TEST(a_folder_is_private_and_goes)
{
	struct stat st;
	char *path, *copy, *file;

	ck_assert_int_eq(runtime_create(&path), 0);
	ck_assert_int_eq(strncmp(path, base, strlen(base)), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	file = xasprintf("%s/client.shell", path);
	ck_assert_int_eq(file_write(file, "", 0), 0);
	copy = xstrdup(path);
	runtime_remove(path);
	ck_assert(!exists(copy));
	runtime_remove(NULL);
	free(file);
	free(copy);
}
END_TEST

START_TEST(what_a_dead_process_left_is_removed)
{
	char *dead, *living, *foreign = xasprintf("%s/drivervm-notes", base), *own;
	pid_t pid = start_other(&dead), other = start_other(&living);

	ck_assert_int_eq(mkdir(foreign, 0700), 0);
	end_other(pid);
	ck_assert_int_eq(runtime_create(&own), 0);
	ck_assert(!exists(dead));
	ck_assert(exists(living));
	ck_assert(exists(foreign));
	runtime_remove(own);
	end_other(other);
	remove_folder(living);
	rmdir(foreign);
	free(foreign);
	free(living);
	free(dead);
}
END_TEST

START_TEST(the_only_one_is_found_and_several_are_told_apart)
{
	char *one, *two, *found;
	pid_t first, second;

	ck_assert_int_eq(runtime_find(0, SIGN, &found), -ENOENT);
	first = start_other(&one);
	ck_assert_int_eq(runtime_find(0, SIGN, &found), 0);
	ck_assert_str_eq(found, one);
	free(found);
	second = start_other(&two);
	ck_assert_int_eq(runtime_find(0, SIGN, &found), -EINVAL);
	ck_assert_int_eq(runtime_find(second, SIGN, &found), 0);
	ck_assert_str_eq(found, two);
	free(found);
	end_other(second);
	ck_assert_int_eq(runtime_find(second, SIGN, &found), -ENOENT);
	ck_assert_int_eq(runtime_find(0, SIGN, &found), 0);
	ck_assert_str_eq(found, one);
	free(found);
	end_other(first);
	remove_folder(one);
	remove_folder(two);
	free(one);
	free(two);
}
END_TEST

START_TEST(only_those_with_the_file_count)
{
	char *one, *two, *found;
	pid_t first = start_other(&one), second = start_other(&two), *pids;
	size_t n;

	runtime_list(SIGN, &pids, &n);
	ck_assert_uint_eq(n, 2);
	free(pids);
	found = runtime_path(first, SIGN);
	ck_assert_int_eq(unlink(found), 0);
	free(found);
	runtime_list(SIGN, &pids, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(pids[0], second);
	free(pids);
	ck_assert_int_eq(runtime_find(first, SIGN, &found), -ENOENT);
	ck_assert_int_eq(runtime_find(0, SIGN, &found), 0);
	ck_assert_str_eq(found, two);
	free(found);
	end_other(first);
	end_other(second);
	remove_folder(one);
	remove_folder(two);
	free(one);
	free(two);
}
END_TEST

/* It was about to be told, when the system went down. */
START_TEST(who_is_not_answered_any_more_knows_that_it_is_down)
{
	struct pollfd asked = { .events = POLLIN };
	json_t *answer;
	char *path, *socket;
	int status;
	pid_t pid;

	ck_assert_int_eq(runtime_create(&path), 0);
	socket = xasprintf("%s/" STATUS_SOCKET, path);
	asked.fd = unix_listen(socket);
	ck_assert_int_ge(asked.fd, 0);
	pid = fork();
	if (pid == 0) {
		close(asked.fd);
		_exit(-status_ask(getppid(), &answer));
	}
	ck_assert_int_eq(poll(&asked, 1, 10000), 1);
	close(asked.fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == ECONNREFUSED, "%x", status);
	free(socket);
	runtime_remove(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("runtime");
	TCase *tc = tcase_create("runtime");
	SRunner *runner;
	int failed;

	if (!mkdtemp(base))
		return EXIT_FAILURE;
	setenv("XDG_RUNTIME_DIR", base, 1);
	tcase_add_test(tc, a_folder_is_private_and_goes);
	tcase_add_test(tc, what_a_dead_process_left_is_removed);
	tcase_add_test(tc, the_only_one_is_found_and_several_are_told_apart);
	tcase_add_test(tc, only_those_with_the_file_count);
	tcase_add_test(tc, who_is_not_answered_any_more_knows_that_it_is_down);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	rmdir(base);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
