// SPDX-License-Identifier: GPL-2.0-or-later
/* A shell on the third serial port, for people. Never part of a measured image. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/agent.h"

#define SHELL_TTY "/dev/ttyS2"
#define SHELL "/bin/busybox"

static pid_t shell;

static void __attribute__((noreturn)) child(void)
{
	sigset_t none;
	int fd;

	setsid();
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fd = open(SHELL_TTY, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 1)) {
		fprintf(stderr, "drivervm-agent: %s: %s\n", SHELL_TTY, strerror(errno));
		/* The agent starts the next at once. */
		sleep(10);
		_exit(1);
	}
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	setenv("TERM", "linux", 0);
	execl(SHELL, "-sh", (char *)NULL);
	sleep(10);
	_exit(1);
}

static void spawn(void)
{
	shell = fork();
	if (!shell)
		child();
}

void shell_start(void)
{
	if (setup_has_param("drivervm.shell") && !access(SHELL, X_OK))
		spawn();
}

void shell_reaped(pid_t pid)
{
	if (pid == shell)
		spawn();
}
