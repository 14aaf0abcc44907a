// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs: child processes that do a request's work. Each has a pipe for its output and one for the
 * reason of a failure; the latter closes by itself when the child executes a program.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/agent.h"

#define WHY_MAX 512

struct job {
	pid_t pid; /* 0: this slot is free */
	uint32_t id; /* of the request */
	int out; /* read end of its output, or -1 after its end */
	int fault; /* read end of the pipe for failures */
};

/* What a failed child leaves in its fault pipe: one write, shorter than PIPE_BUF. */
struct fault {
	int32_t err;
	char why[WHY_MAX];
};

static struct job jobs[JOBS_MAX];

static struct job *job_of_request(uint32_t id)
{
	size_t i;

	for (i = 0; i < JOBS_MAX; i++)
		if (jobs[i].pid && jobs[i].id == id)
			return &jobs[i];
	return NULL;
}

static struct job *job_of_pid(pid_t pid)
{
	size_t i;

	for (i = 0; i < JOBS_MAX; i++)
		if (jobs[i].pid == pid)
			return &jobs[i];
	return NULL;
}

static void close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

static void __attribute__((noreturn))
child(int out, int fault_fd, job_fn fn, const char *payload, size_t len)
{
	struct fault fault = { .err = 0 };
	sigset_t none;
	int null, s;

	setpgid(0, 0);
	for (s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	fault.err = fn(payload, len, fault.why, sizeof(fault.why));
	if (fault.err && write(fault_fd, &fault, sizeof(fault)) < 0)
		_exit(126);
	_exit(fault.err ? 127 : 0);
}

void job_start(struct frame_queue *out, uint32_t id, job_fn fn, const char *payload, size_t len)
{
	struct job *job = job_of_pid(0);
	int output[2], fault[2];
	sigset_t all, before;
	pid_t pid;

	if (!job) {
		request_fail(out, id, -EAGAIN, "too many jobs at once");
		return;
	}
	if (job_of_request(id)) {
		request_fail(out, id, -EBUSY, "a request with this id is still running");
		return;
	}
	if (pipe2(output, O_CLOEXEC)) {
		request_fail(out, id, -errno, "pipe");
		return;
	}
	if (pipe2(fault, O_CLOEXEC | O_NONBLOCK)) {
		request_fail(out, id, -errno, "pipe");
		goto close_output;
	}
	/* Only the agent's end may be non-blocking: programs do not expect it of their stdout. */
	fcntl(output[0], F_SETFL, O_NONBLOCK);
	/* A signal for the job must find none of the agent's handlers, however early it comes. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (!pid)
		child(output[1], fault[1], fn, payload, len);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0) {
		request_fail(out, id, -errno, "fork");
		goto close_fault;
	}
	setpgid(pid, pid);
	close(output[1]);
	close(fault[1]);
	*job = (struct job){ .pid = pid, .id = id, .out = output[0], .fault = fault[0] };
	return;
close_fault:
	close_pair(fault);
close_output:
	close_pair(output);
}

int job_signal(uint32_t id, int signal)
{
	struct job *job = job_of_request(id);

	if (!job)
		return -ESRCH;
	return kill(-job->pid, signal) ? -errno : 0;
}

size_t job_poll_fds(struct pollfd *fds, const struct frame_queue *out)
{
	size_t i, n = 0;

	if (frame_queue_pending(out) > QUEUE_HIGH)
		return 0;
	for (i = 0; i < JOBS_MAX; i++)
		if (jobs[i].pid && jobs[i].out >= 0)
			fds[n++] = (struct pollfd){ .fd = jobs[i].out, .events = POLLIN };
	return n;
}

/* Sends one pipe's worth at most. Returns what read() did. */
static ssize_t job_forward(struct job *job, struct frame_queue *out)
{
	static char buf[DDAG_PAYLOAD_MAX];
	ssize_t n = read(job->out, buf, sizeof(buf));

	if (n > 0) {
		frame_queue_add(out, DDAG_OUT, job->id, buf, (size_t)n, NULL, 0);
	} else if (n == 0) {
		close(job->out);
		job->out = -1;
	}
	return n;
}

void job_read(const struct pollfd *fds, size_t n, struct frame_queue *out)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; fds[i].revents && j < JOBS_MAX; j++)
			if (jobs[j].pid && jobs[j].out == fds[i].fd)
				job_forward(&jobs[j], out);
}

static uint64_t timeval_us(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000 + (uint64_t)tv->tv_usec;
}

/*
 * Answers for a job whose process ended. Children it left behind may hold its output open for
 * ever, so what is in the pipe now is all that counts (a pipe's content is bounded).
 */
static void job_finish(struct job *job, int status, const struct rusage *usage,
		       struct frame_queue *out)
{
	struct ddag_exit done = {
		.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		.user_us = timeval_us(&usage->ru_utime),
		.system_us = timeval_us(&usage->ru_stime),
	};
	struct fault fault;
	bool more = job->out >= 0;

	while (more)
		more = job_forward(job, out) > 0;
	if (read(job->fault, &fault, sizeof(fault)) == sizeof(fault)) {
		fault.why[WHY_MAX - 1] = '\0';
		request_fail(out, job->id, fault.err, fault.why);
	} else {
		frame_queue_add(out, DDAG_EXIT, job->id, &done, sizeof(done), NULL, 0);
	}
	if (job->out >= 0)
		close(job->out);
	close(job->fault);
	job->pid = 0;
}

void job_reap(struct frame_queue *out)
{
	struct rusage usage;
	struct job *job;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
		job = job_of_pid(pid);
		if (job)
			job_finish(job, status, &usage, out);
		else
			shell_reaped(pid);
	}
}
