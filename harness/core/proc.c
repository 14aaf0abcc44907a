// SPDX-License-Identifier: GPL-2.0-or-later
/* Child processes that never outlive the orchestrator. */
#include "core/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/util.h"

#ifndef PR_SET_MEMORY_MERGE /* Linux 6.4 */
#define PR_SET_MEMORY_MERGE 67
#endif

#define OUTPUT_MAX (16UL << 20)

static int on_child(sd_event_source *s, const siginfo_t *si, void *data)
{
	struct proc *proc = data;

	(void)s;
	proc->exited = true;
	proc->exited_us = now_us();
	if (si->si_code == CLD_EXITED)
		proc->status = W_EXITCODE(si->si_status, 0);
	else
		proc->status = W_EXITCODE(0, si->si_status);
	if (proc->on_exit)
		proc->on_exit(proc, proc->on_exit_arg);
	return 0;
}

static void output_close(struct proc *proc)
{
	proc->output_source = sd_event_source_unref(proc->output_source);
	fd_close(&proc->output_fd);
}

static int on_output(sd_event_source *s, int fd, uint32_t revents, void *data)
{
	struct proc *proc = data;
	ssize_t n;

	(void)s;
	(void)revents;
	if (proc->output_size - proc->output_len < 4096) {
		proc->output_size = proc->output_size * 2 + 8192;
		proc->output = xreallocarray(proc->output, proc->output_size, 1);
	}
	n = read(fd, proc->output + proc->output_len, proc->output_size - proc->output_len - 1);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		proc->output_len += (size_t)n;
	proc->output[proc->output_len] = '\0';
	if (n <= 0 || proc->output_len >= OUTPUT_MAX)
		output_close(proc);
	return 0;
}

/* What an older kernel cannot do is not done. */
static void make_mergeable(void)
{
	personality(ADDR_NO_RANDOMIZE);
	prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0);
}

/* Between fork and exec: only what is async-signal-safe. Reports failure through @err_fd. */
static void child_exec(const struct proc_spec *spec, pid_t parent, int out_fd, int err_fd)
{
	sigset_t none;
	size_t i;
	int fd, err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (spec->netns_fd >= 0 && setns(spec->netns_fd, CLONE_NEWNET) < 0)
		goto fail;
	if (spec->mergeable)
		make_mergeable();
	if (spec->small_pages && prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) < 0)
		goto fail;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		goto fail;
	if (out_fd >= 0 && (dup2(out_fd, STDOUT_FILENO) < 0 || dup2(out_fd, STDERR_FILENO) < 0))
		goto fail;
	for (i = 0; i < spec->n_keep_fds; i++)
		if (fcntl(spec->keep_fds[i], F_SETFD, 0) < 0)
			goto fail;
	execvp(spec->argv[0], (char *const *)spec->argv);
fail:
	err = errno;
	if (write(err_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

static int open_output(const struct proc_spec *spec, struct proc *proc, int *out_fd)
{
	int pipe_fds[2];

	*out_fd = -1;
	if (spec->capture) {
		if (pipe2(pipe_fds, O_CLOEXEC) < 0)
			return -errno;
		fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
		proc->output_fd = pipe_fds[0];
		*out_fd = pipe_fds[1];
	} else if (spec->log_path) {
		*out_fd = open(spec->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (*out_fd < 0)
			return -errno;
	}
	return 0;
}

int proc_spawn(struct proc **out, struct loop *loop, const struct proc_spec *spec)
{
	struct proc *proc = xcalloc(1, sizeof(*proc));
	int err_fds[2] = { -1, -1 };
	int out_fd = -1, child_err = 0, err;
	pid_t parent = getpid();

	proc->loop = loop;
	proc->output_fd = -1;
	proc->output = xstrdup("");
	proc->exited = true;
	err = open_output(spec, proc, &out_fd);
	if (err < 0)
		goto fail;
	if (pipe2(err_fds, O_CLOEXEC) < 0) {
		err = -errno;
		goto fail;
	}
	proc->pid = fork();
	if (proc->pid == 0)
		child_exec(spec, parent, out_fd, err_fds[1]);
	if (proc->pid < 0) {
		err = -errno;
		goto fail;
	}
	fd_close(&err_fds[1]);
	fd_close(&out_fd);
	if (read(err_fds[0], &child_err, sizeof(child_err)) == sizeof(child_err)) {
		waitpid(proc->pid, NULL, 0);
		err = -child_err;
		goto fail;
	}
	fd_close(&err_fds[0]);
	proc->exited = false;
	err = sd_event_add_child(loop->event, &proc->exit_source, proc->pid, WEXITED, on_child,
				 proc);
	if (err >= 0 && proc->output_fd >= 0)
		err = sd_event_add_io(loop->event, &proc->output_source, proc->output_fd, EPOLLIN,
				      on_output, proc);
	if (err < 0)
		goto fail;
	*out = proc;
	return 0;
fail:
	fd_close(&err_fds[0]);
	fd_close(&err_fds[1]);
	fd_close(&out_fd);
	proc_free(proc);
	return err;
}

static bool proc_done(void *arg)
{
	struct proc *proc = arg;

	return proc->exited && proc->output_fd < 0;
}

int proc_wait(struct proc *proc, uint64_t timeout_us)
{
	return loop_wait(proc->loop, proc_done, proc, timeout_us);
}

int proc_exit_code(const struct proc *proc)
{
	if (!proc->exited)
		return -1;
	if (WIFEXITED(proc->status))
		return WEXITSTATUS(proc->status);
	return 128 + WTERMSIG(proc->status);
}

void proc_free(struct proc *proc)
{
	if (!proc)
		return;
	proc->exit_source = sd_event_source_unref(proc->exit_source);
	if (!proc->exited) {
		kill(-proc->pid, SIGKILL);
		kill(proc->pid, SIGKILL);
		while (waitpid(proc->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	output_close(proc);
	free(proc->output);
	free(proc);
}

int proc_run(struct loop *loop, const char *const *argv, int netns_fd, uint64_t timeout_us,
	     char **output)
{
	struct proc_spec spec = { .argv = argv, .netns_fd = netns_fd, .capture = true };
	struct proc *proc;
	int err;

	err = proc_spawn(&proc, loop, &spec);
	if (err < 0)
		return err;
	err = proc_wait(proc, timeout_us);
	if (err == 0) {
		err = proc_exit_code(proc);
		if (output) {
			*output = proc->output;
			proc->output = NULL;
		}
	}
	proc_free(proc);
	return err;
}
