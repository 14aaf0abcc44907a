// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm attach: joins the terminal to the console or the shell of a VM that is up. */
#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/log.h"
#include "core/unix.h"
#include "core/util.h"
#include "system/attach.h"
#include "system/runtime.h"

#define LEAVE 0x1d /* Ctrl-] */
/* Without a terminal: how long the answer to the last input may take to begin, or to go on. */
#define QUIET_MS 2000

struct attach_args {
	const char *target;
	int pid;
};

static const struct argp_option options[] = {
	{ "pid", 'p', "PID", 0, "process of 'drivervm up', if several run", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct attach_args *args = state->input;
	char *end;
	long pid;

	switch (key) {
	case 'p':
		pid = strtol(arg, &end, 10);
		if (*end || pid <= 0 || pid > INT32_MAX)
			argp_error(state, "'%s' is no process number", arg);
		args->pid = (int)pid;
		return 0;
	case ARGP_KEY_ARG:
		if (args->target)
			argp_error(state, "one VM at a time");
		args->target = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which VM?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "VM[:shell|:console]",
	.doc = "Joins the terminal to a shell (or the kernel's console) of a VM of a system that "
	       "'drivervm up' brought up. Ctrl-] leaves.",
};

/* "VM", "VM:shell", "VM:console" to the path of its socket. NULL, reported: neither. */
static char *socket_path(const char *dir, const char *target)
{
	const char *colon = strchr(target, ':');
	const char *kind = colon ? colon + 1 : "shell";
	int len = colon ? (int)(colon - target) : (int)strlen(target);

	if (!streq(kind, "shell") && !streq(kind, "console")) {
		pr_err("'%s': expected VM:shell or VM:console", target);
		return NULL;
	}
	if (len == 0 || memchr(target, '/', (size_t)len)) {
		pr_err("'%.*s' cannot be the name of a VM", len, target);
		return NULL;
	}
	return xasprintf("%s/%.*s.%s", dir, len, target, kind);
}

static int join(const char *path, const char *target)
{
	int fd = unix_connect(path);

	if (fd < 0)
		pr_err("cannot attach to %s: %s", target,
		       fd == -ENOENT ? "the system that is up has no such VM" : strerror(-fd));
	return fd;
}

/* 1: go on; 0: input is at its end or the user leaves. */
static int forward_input(int sock)
{
	char buf[1024], *leave;
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n <= 0)
		return 0;
	leave = isatty(STDIN_FILENO) ? memchr(buf, LEAVE, (size_t)n) : NULL;
	if (leave)
		n = leave - buf;
	if (n > 0 && send(sock, buf, (size_t)n, MSG_NOSIGNAL) < 0)
		return 0;
	return !leave;
}

/* 1: go on; 0: the other end hung up. */
static int forward_output(int sock)
{
	char buf[4096];
	ssize_t n = read(sock, buf, sizeof(buf)), done = 0, w;

	while (done < n) {
		w = write(STDOUT_FILENO, buf + done, (size_t)(n - done));
		if (w < 0)
			return 0;
		done += w;
	}
	return n > 0;
}

static void talk(int sock)
{
	struct pollfd fds[2] = {
		{ .fd = sock, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	int n;

	for (;;) {
		n = poll(fds, 2, fds[1].fd < 0 ? QUIET_MS : -1);
		if (n == 0 || (n < 0 && errno != EINTR))
			return;
		if (n < 0)
			continue;
		if (fds[0].revents && !forward_output(sock))
			return;
		if (fds[1].revents && !forward_input(sock)) {
			if (isatty(STDIN_FILENO))
				return;
			fds[1].fd = -1; /* a script: wait for what it asked */
		}
	}
}

static void talk_raw(int sock)
{
	struct termios old, raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &old) < 0) {
		talk(sock);
		return;
	}
	raw = old;
	cfmakeraw(&raw);
	pr_info("attached; Ctrl-] leaves");
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	talk(sock);
	tcsetattr(STDIN_FILENO, TCSANOW, &old);
	pr_info("\ndetached");
}

int cmd_attach(int argc, char **argv)
{
	struct attach_args args = { 0 };
	char *dir, *path;
	int sock = -EINVAL, err;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	err = runtime_find(args.pid, ATTACH_SIGN, &dir);
	if (err)
		return cli_status(err);
	path = socket_path(dir, args.target);
	if (path)
		sock = join(path, args.target);
	if (sock >= 0) {
		talk_raw(sock);
		close(sock);
	}
	free(path);
	free(dir);
	return cli_status(sock < 0 ? sock : 0);
}
