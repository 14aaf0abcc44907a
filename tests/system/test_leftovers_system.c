// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nothing is left behind: no process, no file in /dev/shm, no namespace, no runtime folder; whether
 * a system is taken down, fails to come up, or the program is interrupted at any moment.
 *
 * Runs alone: it counts what is on the host, and interrupts what takes a known time.
 */
#include "support.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static unsigned int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Calls @fn for each process number in /proc. */
static void for_each_process(void (*fn)(pid_t pid, void *arg), void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)))
		if (atoi(e->d_name) > 0)
			fn(atoi(e->d_name), arg);
	closedir(dir);
}

struct ns_search {
	char link[64]; /* "net:[INODE]" */
	unsigned int users;
};

static void look_at_links(const char *folder, struct ns_search *search)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	char target[64];
	ssize_t n;

	while (dir && (e = readdir(dir))) {
		n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		if (streq(target, search->link))
			search->users++;
	}
	if (dir)
		closedir(dir);
}

static void look_for_namespace(pid_t pid, void *arg)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns", (int)pid);
	look_at_links(path, arg);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	look_at_links(path, arg);
}

START_TEST(a_system_taken_down_leaves_nothing)
{
	unsigned int shm = count_entries("/dev/shm");
	struct ns_search search = { 0 };
	struct stat st;

	bring_up("isolated", "e1000", "net");
	ck_assert_int_eq(fstat(system_peer_netns_fd(sys), &st), 0);
	snprintf(search.link, sizeof(search.link), "net:[%lu]", (unsigned long)st.st_ino);
	for_each_process(look_for_namespace, &search);
	ck_assert_uint_gt(search.users, 0);
	take_down();
	search.users = 0;
	for_each_process(look_for_namespace, &search);
	ck_assert_uint_eq(search.users, 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_uint_eq(count_entries("/dev/shm"), shm);
}
END_TEST

START_TEST(a_system_that_fails_to_come_up_leaves_nothing)
{
	struct system_options opt = { .accel = "tcg", .log_dir = "/tmp" };
	char dir[] = "/tmp/drivervm-test-XXXXXX", *path;
	static const char text[] = "name: broken\nsummary: an image that does not exist\nvms:\n"
				   "  - { name: client, image: client, memory_mib: 256 }\n"
				   "  - { name: dd, image: no-such-image, memory_mib: 96 }\n"
				   "devices:\n"
				   "  - { name: net0, class: net, vm: dd, exported_to: client }\n";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	opt.log_dir = dir;
	path = xasprintf("%s/broken.yaml", dir);
	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(system_desc_load(&desc, path), 0);
	ck_assert_int_eq(system_up(&sys, loop, desc, &opt), -ENOENT);
	ck_assert_ptr_null(sys);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	proc_run(loop, (const char *const[]){ "rm", "-r", dir, NULL }, -1, 0, NULL);
	take_down();
	free(path);
}
END_TEST

struct family {
	pid_t parent;
	pid_t children[16];
	size_t n;
};

static void add_child(pid_t pid, void *arg)
{
	struct family *f = arg;
	char *path = xasprintf("/proc/%d/stat", (int)pid), *text = NULL, *end;
	int parent = 0;

	if (file_read(path, &text, NULL) == 0) {
		end = strrchr(text, ')');
		if (end && sscanf(end + 1, " %*c %d", &parent) == 1 && parent == f->parent &&
		    f->n < ARRAY_SIZE(f->children))
			f->children[f->n++] = pid;
		free(text);
	}
	free(path);
}

/* Is the program that this test belongs to, build/drivervm, two folders up. */
static char *program(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int up;

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	for (up = 0; up < 3; up++)
		*strrchr(self, '/') = '\0';
	return xasprintf("%s/drivervm", self);
}

static char *runtime_folder(pid_t pid)
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	return xasprintf("%s/drivervm-%d", base ? base : "/tmp", (int)pid);
}

/*
 * Starts `drivervm up @system`, with @driver unless that is NULL, sends @signal after @after_us,
 * and looks at what is left.
 */
static void interrupt(const char *system, const char *driver, int signal, uint64_t after_us,
		      bool gone_at_once)
{
	char *path = program(), *folder;
	const char *const argv[] = { path,	"up",  system,
				     "--accel", "tcg", driver ? "--driver" : NULL,
				     driver,	NULL };
	struct proc_spec spec = { .argv = argv, .netns_fd = -1, .capture = true };
	unsigned int shm = count_entries("/dev/shm");
	struct family family = { 0 };
	struct proc *proc;
	size_t i, tries;

	ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
	ck_assert_int_eq(loop_sleep(loop, after_us), 0);
	family.parent = proc->pid;
	for_each_process(add_child, &family);
	ck_assert_int_eq(kill(proc->pid, signal), 0);
	ck_assert_int_eq(proc_wait(proc, 10 * USEC_PER_SEC), 0);
	for (i = 0; i < family.n; i++) {
		/* Who dies of its parent's death takes a moment. */
		for (tries = 0; tries < 100 && kill(family.children[i], 0) == 0; tries++)
			usleep(20000);
		ck_assert_int_eq(kill(family.children[i], 0), -1);
		ck_assert_int_eq(errno, ESRCH);
	}
	folder = runtime_folder(proc->pid);
	if (gone_at_once)
		ck_assert_int_lt(access(folder, F_OK), 0);
	ck_assert_uint_eq(count_entries("/dev/shm"), shm);
	pr_info("signal %d after %.1f s: %zu children gone, status %d", signal,
		(double)after_us / USEC_PER_SEC, family.n, proc_exit_code(proc));
	/* Before it has started anything, the signal itself may end it. */
	if (gone_at_once && (family.n > 0 || proc_exit_code(proc) != 128 + signal))
		ck_assert_int_lt(proc_exit_code(proc), 128);
	/* Once VMs are being started there must have been some, or this tests nothing. */
	if (after_us > USEC_PER_SEC)
		ck_assert_uint_ge(family.n, 2);
	proc_free(proc);
	free(folder);
	free(path);
}

START_TEST(ctrl_c_at_any_moment_leaves_nothing)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	interrupt("isolated", NULL, SIGINT, 20 * USEC_PER_MSEC, true);
	interrupt("isolated", NULL, SIGINT, 300 * USEC_PER_MSEC, true);
	interrupt("isolated", NULL, SIGINT, 1500 * USEC_PER_MSEC, true);
	interrupt("isolated", NULL, SIGTERM, 4 * USEC_PER_SEC, true);
	take_down();
}
END_TEST

static bool is_up_or_gone(void *arg)
{
	struct proc *proc = arg;

	return proc->exited || strstr(proc->output, "Ctrl-C takes it down");
}

START_TEST(a_shell_is_joined_and_a_hangup_ends_all)
{
	char *path = program(), *script, *output, *folder;
	const char *const argv[] = { path, "up", "isolated", "--accel", "tcg", NULL };
	struct proc_spec spec = { .argv = argv, .netns_fd = -1, .capture = true };
	struct proc *proc;

	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
	ck_assert_int_eq(loop_wait(loop, is_up_or_gone, proc, PATIENCE), 0);
	ck_assert(!proc->exited);
	script = xasprintf("echo 'echo $((6 * 7))x' | '%s' attach --pid %d net-dd:shell", path,
			   (int)proc->pid);
	ck_assert_int_eq(proc_run(loop, (const char *const[]){ "sh", "-c", script, NULL }, -1,
				  PATIENCE, &output),
			 0);
	ck_assert_msg(strstr(output, "42x"), "%s", output);
	free(output);
	free(script);
	script = xasprintf("'%s' attach --pid %d client:console </dev/null", path, (int)proc->pid);
	ck_assert_int_eq(proc_run(loop, (const char *const[]){ "sh", "-c", script, NULL }, -1,
				  PATIENCE, &output),
			 0);
	ck_assert_msg(strstr(output, "net0"), "%s", output);
	free(output);
	free(script);
	folder = runtime_folder(proc->pid);
	ck_assert_int_eq(access(folder, F_OK), 0);
	ck_assert_int_eq(kill(proc->pid, SIGHUP), 0);
	ck_assert_int_eq(proc_wait(proc, 10 * USEC_PER_SEC), 0);
	ck_assert_int_eq(proc_exit_code(proc), 0);
	ck_assert_int_lt(access(folder, F_OK), 0);
	proc_free(proc);
	free(folder);
	free(path);
	take_down();
}
END_TEST

START_TEST(even_sigkill_leaves_no_process)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	/* Its folder stays until the next start, which the last one is. */
	interrupt("isolated", NULL, SIGKILL, 2 * USEC_PER_SEC, false);
	/* A system with a process that is no VM. */
	interrupt("files", "tpm_tis", SIGKILL, 2 * USEC_PER_SEC, false);
	interrupt("isolated", NULL, SIGINT, 300 * USEC_PER_MSEC, true);
	take_down();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("leftovers-system");

	tcase_add_test(tc, a_system_taken_down_leaves_nothing);
	tcase_add_test(tc, a_system_that_fails_to_come_up_leaves_nothing);
	tcase_add_test(tc, ctrl_c_at_any_moment_leaves_nothing);
	tcase_add_test(tc, a_shell_is_joined_and_a_hangup_ends_all);
	tcase_add_test(tc, even_sigkill_leaves_no_process);
	return run_suite("leftovers-system", &tc, 1);
}
