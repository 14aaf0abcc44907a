// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of a VM, with a shell script for a QEMU: how it starts, fails, dies and is told of. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "fake_qemu.h"

#include "core/loop.h"
#include "vm/text.h"
#include "vm/vm.h"

#define WAIT_US (10 * USEC_PER_SEC)

static struct loop *loop;
static struct vm_spec spec;
static struct vm *vm;

static void setup(void)
{
	static char log_dir[128];

	ck_assert_int_eq(loop_new(&loop), 0);
	snprintf(log_dir, sizeof(log_dir), "%s/logs", fake_root);
	spec = (struct vm_spec){
		.name = "dd0",
		.image = "ddos",
		.memory_mib = 96,
		.vcpus = 1,
		.accel = "tcg",
		.log_dir = log_dir,
	};
	vm = NULL;
}

static void teardown(void)
{
	vm_free(vm);
	argv_free(&spec.devices);
	argv_free(&spec.parameters);
	loop_free(loop);
}

static int start(const char *script, uint64_t timeout_us, char **why)
{
	fake_qemu(script);
	ck_assert_int_eq(vm_spawn(&vm, loop, &spec), 0);
	return vm_wait_ready_why(vm, timeout_us, why);
}

static void expect_failure(const char *script, uint64_t timeout_us, int err, const char *words,
			   const char *log)
{
	char *why;

	ck_assert_int_eq(start(script, timeout_us, &why), err);
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, words) != NULL, "'%s' lacks '%s'", why, words);
	ck_assert_msg(strstr(why, log) != NULL, "'%s' lacks '%s'", why, log);
	ck_assert_msg(strstr(why, "VM dd0") == why && !strchr(why, '\n'), "%s", why);
	free(why);
}

START_TEST(a_vm_that_works_is_ready)
{
	char *why;

	ck_assert_int_eq(start(FAKE_READY "sleep 60", WAIT_US, &why), 0);
	ck_assert_ptr_null(why);
	ck_assert(vm_alive(vm));
	ck_assert_uint_gt(vm_boot_us(vm), 0);
	ck_assert_int_eq(vm_ping(vm, 50 * USEC_PER_MSEC), -ETIMEDOUT);
	ck_assert_int_eq(vm_console_fd(vm), -1);
	ck_assert_int_eq(vm_shell_fd(vm), -1);
}
END_TEST

START_TEST(an_exit_is_told_with_its_last_words)
{
	expect_failure("echo first; printf 'no such\\033[2J device\\n\\n' >&2; exit 1", WAIT_US,
		       -EPIPE, "QEMU exited with status 1: no such?[2J device (see ",
		       "dd0.qemu.log)");
}
END_TEST

START_TEST(old_words_are_not_taken_for_new_ones)
{
	char *why;

	start("echo 'old words'; exit 1", WAIT_US, &why);
	free(why);
	vm_free(vm);
	expect_failure("exit 2", WAIT_US, -EPIPE, "exited with status 2: it said nothing",
		       "dd0.qemu.log)");
}
END_TEST

START_TEST(a_kill_is_told)
{
	expect_failure("kill -SEGV $$", WAIT_US, -EPIPE, "killed by signal 11", "dd0.qemu.log)");
}
END_TEST

START_TEST(a_panic_is_told_though_qemu_lives)
{
	expect_failure("printf 'fine\\r\\n[ 1.0] Kernel panic - not sync' >&$console; sleep 0.1\n"
		       "printf 'ing: no init\\r\\n' >&$console; sleep 60",
		       WAIT_US, -EPIPE, "VM dd0: Kernel panic - not syncing: no init (see ",
		       "dd0.kernel.log)");
}
END_TEST

START_TEST(a_panic_is_told_when_qemu_ends_by_it)
{
	expect_failure("printf 'Kernel panic - not syncing: x' >&$console; exit 0", WAIT_US, -EPIPE,
		       "Kernel panic - not syncing: x", "dd0.kernel.log)");
}
END_TEST

START_TEST(a_power_off_is_told)
{
	expect_failure("echo '{\"QMP\": {}}' >&$qmp; printf 'Power down\\n' >&$console\n"
		       "echo '{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": "
		       "\"guest-shutdown\"}}' >&$qmp; exit 0",
		       WAIT_US, -EPIPE, "powered itself off; its kernel's last line: 'Power down'",
		       "dd0.kernel.log)");
}
END_TEST

START_TEST(silence_is_told_by_where_it_begins)
{
	const uint64_t ms = 300 * USEC_PER_MSEC;

	expect_failure("sleep 60", ms, -ETIMEDOUT, "monitor did not answer within 0.3 s",
		       "dd0.qemu.log)");
	vm_free(vm);
	expect_failure("echo '{\"QMP\": {}}' >&$qmp; echo '{\"return\": {}, \"id\": 1}' >&$qmp\n"
		       "sleep 60",
		       ms, -ETIMEDOUT, "kernel printed nothing", "dd0.kernel.log)");
	vm_free(vm);
	expect_failure("echo '{\"QMP\": {}}' >&$qmp; echo '{\"return\": {}, \"id\": 1}' >&$qmp\n"
		       "echo 'last words' >&$console; sleep 60",
		       ms, -ETIMEDOUT,
		       "no word from its agent within 0.3 s; its kernel's last line: 'last words'",
		       "dd0.kernel.log)");
}
END_TEST

START_TEST(a_monitor_that_talks_nonsense_is_no_vm)
{
	expect_failure("echo hello >&$qmp; sleep 60", WAIT_US, -EPROTO, "its monitor",
		       "dd0.qemu.log)");
}
END_TEST

START_TEST(a_missing_image_is_said_before_anything_starts)
{
	int fds[2], given[1];

	fake_qemu("touch \"$DRIVERVM_ROOT/started\"");
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	given[0] = fds[1];
	spec.image = "nosuch";
	spec.fds = given;
	spec.n_fds = 1;
	ck_assert_int_eq(vm_spawn(&vm, loop, &spec), -ENOENT);
	ck_assert_int_eq(given[0], -1);
	ck_assert_int_eq(fcntl(fds[1], F_GETFD), -1);
	close(fds[0]);
	spec.image = "client";
	spec.shell = true; /* client-shell.cpio is not there */
	ck_assert_int_eq(vm_spawn(&vm, loop, &spec), -ENOENT);
	ck_assert_int_eq(access("started", F_OK), -1);
}
END_TEST

START_TEST(descriptors_reach_qemu_and_leave_us)
{
	int fds[2], given[1];
	char byte, *why;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	given[0] = fds[1];
	spec.fds = given;
	spec.n_fds = 1;
	argv_add(&spec.devices, "-netdev");
	argv_add(&spec.devices, "socket,id=given,fd=%d", fds[1]);
	ck_assert_int_eq(start("for a; do case $a in socket,id=given,*) n=${a##*=};; esac; done\n"
			       "printf k >&$n; exit 3",
			       WAIT_US, &why),
			 -EPIPE);
	free(why);
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'k');
	ck_assert_int_eq(read(fds[0], &byte, 1), 0); /* nobody else holds the other end */
	close(fds[0]);
}
END_TEST

/* A descriptor that is held is not the last one when QEMU ends, and goes with the devices. */
START_TEST(what_is_held_goes_with_the_devices)
{
	struct vm_spec held = { 0 };
	int fds[2];
	char c;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	vm_spec_add_fd(&held, fds[1]);
	vm_spec_hold_fd(&held, fds[1]);
	fd_close(&held.fds[0]);
	ck_assert_int_eq(read(fds[0], &c, 1), -1);
	ck_assert_int_eq(errno, EAGAIN);
	vm_spec_drop_devices(&held);
	ck_assert_uint_eq(held.n_held, 0);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, 0), 0);
	ck_assert_int_eq(read(fds[0], &c, 1), 0);
	fd_close(&fds[0]);
}
END_TEST

START_TEST(death_is_seen_even_before_the_loop_runs)
{
	char *why;
	siginfo_t si;
	pid_t pid;

	ck_assert_int_eq(start(FAKE_READY "sleep 60", WAIT_US, &why), 0);
	pid = vm_pid(vm);
	ck_assert_int_eq(kill(-pid, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT), 0);
	ck_assert(!vm_alive(vm));
	ck_assert_int_eq(vm_ping(vm, WAIT_US), -EPIPE);
	ck_assert_int_eq(vm_exec(vm, (const char *[]){ "x", NULL }, WAIT_US, NULL), -EPIPE);
	ck_assert_int_eq(vm_qmp(vm, "stop", NULL, NULL, WAIT_US), -EPIPE);
	ck_assert(!vm_alive(vm));
	vm_free(vm);
	vm = NULL;
	ck_assert_int_eq(kill(pid, 0), -1);
}
END_TEST

START_TEST(the_end_of_a_stopped_vm_is_immediate)
{
	char *why;
	uint64_t begin;
	pid_t pid;

	ck_assert_int_eq(start(FAKE_READY "sleep 60", WAIT_US, &why), 0);
	pid = vm_pid(vm);
	kill(pid, SIGSTOP);
	raise(SIGINT);
	begin = now_us();
	vm_free(vm);
	vm = NULL;
	ck_assert_uint_lt(now_us() - begin, 2 * USEC_PER_SEC);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(an_interruption_ends_the_wait_silently)
{
	char *why;

	raise(SIGINT);
	ck_assert_int_eq(start("sleep 60", WAIT_US, &why), -EINTR);
	ck_assert_ptr_null(why);
}
END_TEST

START_TEST(the_console_is_kept_and_shared)
{
	char *why, *text, *path, buf[64] = "";
	int i;

	spec.shell = true;
	ck_assert_int_eq(start("printf 'to the terminal\\n' >&$console; " FAKE_READY
			       "read -r typed <&$console; printf \"typed $typed\" >&$console\n"
			       "sleep 60",
			       WAIT_US, &why),
			 0);
	ck_assert_int_ge(vm_shell_fd(vm), 0);
	ck_assert_int_eq(write(vm_console_fd(vm), "abc\n", 4), 4);
	path = xasprintf("%s/logs/dd0.kernel.log", fake_root);
	for (i = 0; i < 200; i++) {
		loop_sleep(loop, 10 * USEC_PER_MSEC);
		ck_assert_int_eq(file_read(path, &text, NULL), 0);
		if (strstr(text, "typed abc"))
			break;
		free(text);
	}
	ck_assert_str_eq(text, "to the terminal\ntyped abc");
	ck_assert_int_eq(read(vm_console_fd(vm), buf, sizeof(buf)), (ssize_t)strlen(text));
	ck_assert_str_eq(buf, text);
	free(text);
	free(path);
}
END_TEST

START_TEST(the_console_log_is_bounded)
{
	struct stat st;
	char *why, *path = xasprintf("%s/logs/dd0.kernel.log", fake_root);

	ck_assert_int_eq(start("head -c 20000000 /dev/zero | tr '\\0' x >&$console; " FAKE_READY
			       "sleep 60",
			       3 * WAIT_US, &why),
			 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_gt(st.st_size, 16 << 20);
	ck_assert_int_lt(st.st_size, 17 << 20);
	free(path);
}
END_TEST

static char *command_line(const char *image, const char *accel, bool shell)
{
	spec.image = image;
	spec.accel = accel;
	spec.shell = shell;
	return vm_command_line(&spec);
}

START_TEST(the_command_line_follows_the_spec)
{
	char *line;

	argv_add(&spec.devices, "-device");
	argv_add(&spec.devices, "some,thing=1");
	line = command_line("ddos", "tcg", false);
	ck_assert_ptr_nonnull(strstr(line, "-name dd0,debug-threads=on"));
	ck_assert_ptr_nonnull(strstr(line, "-m 96M"));
	ck_assert_ptr_nonnull(strstr(line, "-no-reboot"));
	ck_assert_ptr_nonnull(strstr(line, "tcg,thread=multi,tb-size="));
	ck_assert_ptr_nonnull(strstr(line, "build/images/ddos.cpio"));
	ck_assert_ptr_nonnull(strstr(line, "-device some,thing=1"));
	ck_assert_ptr_null(strstr(line, "id=shell"));
	free(line);
	argv_add(&spec.parameters, "x=1");
	argv_add(&spec.parameters, "y");
	line = command_line("ddos", "kvm", true);
	ck_assert_ptr_nonnull(strstr(line, "-accel kvm -cpu host"));
	ck_assert_ptr_nonnull(strstr(line, "ddos-shell.cpio"));
	ck_assert_ptr_nonnull(strstr(line, "drivervm.shell=1 x=1 y'"));
	ck_assert_ptr_nonnull(strstr(line, "isa-serial,chardev=shell,index=2"));
	ck_assert_ptr_null(strstr(line, "mitigations=off"));
	ck_assert_ptr_null(strstr(line, "tsc"));
	free(line);
}
END_TEST

#ifdef __x86_64__
START_TEST(guests_are_told_the_rate_of_the_tsc)
{
	char *line = command_line("ddos", "tcg", false), *at;
	uint64_t ns = now_ns(), tsc = __rdtsc();
	double khz;

	ck_assert_int_eq(usleep(100000), 0);
	tsc = __rdtsc() - tsc;
	khz = (double)tsc * 1e6 / (double)(now_ns() - ns);
	at = strstr(line, "tsc_early_khz=");
	ck_assert_ptr_nonnull(at);
	ck_assert_double_eq_tol(atof(at + strlen("tsc_early_khz=")), khz, khz / 50);
	free(line);
}
END_TEST
#endif

START_TEST(last_lines_are_found_and_defused)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "\n\r\n ", "" },
		{ "one", "one" },
		{ "one\ntwo\r\n\n", "two" },
		{ "a\x1b]0;x\x07\n", "a?]0;x?" },
	};
	char *line, big[600];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		line = text_last_line(cases[i][0]);
		ck_assert_str_eq(line, cases[i][1]);
		free(line);
	}
	memset(big, 'b', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	line = text_last_line(big);
	ck_assert_uint_eq(strlen(line), 200);
	free(line);
	line = text_file_last_line("/no/such/file");
	ck_assert_str_eq(line, "");
	free(line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vm");
	TCase *tc = tcase_create("vm");
	SRunner *runner;
	int failed;

	fake_tree_make();
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_vm_that_works_is_ready);
	tcase_add_test(tc, an_exit_is_told_with_its_last_words);
	tcase_add_test(tc, old_words_are_not_taken_for_new_ones);
	tcase_add_test(tc, a_kill_is_told);
	tcase_add_test(tc, a_panic_is_told_though_qemu_lives);
	tcase_add_test(tc, a_panic_is_told_when_qemu_ends_by_it);
	tcase_add_test(tc, a_power_off_is_told);
	tcase_add_test(tc, silence_is_told_by_where_it_begins);
	tcase_add_test(tc, a_monitor_that_talks_nonsense_is_no_vm);
	tcase_add_test(tc, a_missing_image_is_said_before_anything_starts);
	tcase_add_test(tc, descriptors_reach_qemu_and_leave_us);
	tcase_add_test(tc, what_is_held_goes_with_the_devices);
	tcase_add_test(tc, death_is_seen_even_before_the_loop_runs);
	tcase_add_test(tc, the_end_of_a_stopped_vm_is_immediate);
	tcase_add_test(tc, an_interruption_ends_the_wait_silently);
	tcase_add_test(tc, the_console_is_kept_and_shared);
	tcase_add_test(tc, the_console_log_is_bounded);
	tcase_add_test(tc, the_command_line_follows_the_spec);
#ifdef __x86_64__
	tcase_add_test(tc, guests_are_told_the_rate_of_the_tsc);
#endif
	tcase_add_test(tc, last_lines_are_found_and_defused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	fake_tree_remove();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
