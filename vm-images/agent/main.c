// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent's poll loop: the host's serial port, the heartbeat's timer, children, their output. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/agent.h"

#define AGENT_TTY "/dev/ttyS1"
/* A guest that is busy for less than this part of the time is idle. */
#define IDLE_PART 20

enum { FD_TTY, FD_SIGNAL, FD_TIMER, FD_JOBS };

static struct frame_reader in;
static struct frame_queue out;

/*
 * PID 1 must not exit: the kernel would panic, and a host that looks for driver faults would count
 * one. Without its port or timers the agent can do nothing, so it says why and lives on mute.
 */
static void __attribute__((noreturn)) give_up(const char *what, int err)
{
	fprintf(stderr, "drivervm-agent: %s: %s\n", what, strerror(err));
	for (;;)
		pause();
}

static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The next heartbeats come every @ms milliseconds, the first after as long. 0 or -1. */
static int set_period(int timer, unsigned int ms)
{
	static unsigned int now;
	const struct timespec period = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
	const struct itimerspec spec = { .it_interval = period, .it_value = period };

	if (ms == now)
		return 0;
	now = ms;
	return timerfd_settime(timer, 0, &spec, NULL);
}

static int open_timer(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0 && set_period(fd, DDAG_HEARTBEAT_MS))
		return -1;
	return fd;
}

static void say_hello(void)
{
	const struct ddag_hello hello = { .version = DDAG_VERSION };
	struct utsname u;

	if (uname(&u))
		u.release[0] = '\0';
	frame_queue_add(&out, DDAG_HELLO, 0, &hello, sizeof(hello), u.release, strlen(u.release));
}

/*
 * In a guest that does nothing the heartbeats are most of what it does, and a hundred of them keep
 * a processor busy.
 */
static void choose_period(int timer, const struct ddag_heartbeat *status)
{
	static uint64_t uptime_us, busy_us;
	uint64_t passed_us = status->uptime_us - uptime_us;
	bool idle = (status->cpu_busy_us - busy_us) * IDLE_PART < passed_us;

	uptime_us = status->uptime_us;
	busy_us = status->cpu_busy_us;
	set_period(timer, idle ? DDAG_HEARTBEAT_IDLE_MS : DDAG_HEARTBEAT_MS);
}

static void beat(int timer)
{
	struct ddag_heartbeat status;
	uint64_t expirations;

	if (read(timer, &expirations, sizeof(expirations)) < 0)
		return;
	frame_reader_stalled(&in);
	/* A host that does not read needs no second heartbeat. */
	if (frame_queue_pending(&out))
		return;
	status_read(&status);
	choose_period(timer, &status);
	frame_queue_add(&out, DDAG_HEARTBEAT, 0, &status, sizeof(status), NULL, 0);
}

static void receive(int tty)
{
	struct ddag_header header;
	const char *payload;
	size_t space;
	void *p;
	ssize_t n;

	p = frame_reader_space(&in, &space);
	n = read(tty, p, space);
	if (n <= 0)
		return;
	frame_reader_added(&in, (size_t)n);
	while (frame_reader_next(&in, &header, &payload))
		request_handle(&out, &header, payload);
}

static void reap(int signals)
{
	struct signalfd_siginfo info;

	/* One signal may stand for several children: the descriptor only says when to look. */
	while (read(signals, &info, sizeof(info)) > 0)
		;
	job_reap(&out);
}

int main(void)
{
	struct pollfd fds[FD_JOBS + JOBS_MAX] = {
		[FD_TTY] = { .events = POLLIN },
		[FD_SIGNAL] = { .events = POLLIN },
		[FD_TIMER] = { .events = POLLIN },
	};
	size_t n;

	setup_system();
	fds[FD_TTY].fd = setup_tty(AGENT_TTY);
	if (fds[FD_TTY].fd < 0)
		give_up(AGENT_TTY, -fds[FD_TTY].fd);
	fds[FD_SIGNAL].fd = open_signals();
	fds[FD_TIMER].fd = open_timer();
	if (fds[FD_SIGNAL].fd < 0 || fds[FD_TIMER].fd < 0)
		give_up("signals or timer", errno);
	say_hello();
	shell_start();
	for (;;) {
		frame_queue_flush(&out, fds[FD_TTY].fd);
		fds[FD_TTY].events = POLLIN | (frame_queue_pending(&out) ? POLLOUT : 0);
		n = job_poll_fds(fds + FD_JOBS, &out);
		if (poll(fds, FD_JOBS + n, -1) < 0)
			continue;
		job_read(fds + FD_JOBS, n, &out);
		if (fds[FD_SIGNAL].revents)
			reap(fds[FD_SIGNAL].fd);
		if (fds[FD_TIMER].revents)
			beat(fds[FD_TIMER].fd);
		if (fds[FD_TTY].revents & POLLIN)
			receive(fds[FD_TTY].fd);
	}
}
