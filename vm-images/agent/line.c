// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The job that gives a serial line to a line discipline which makes a network interface of it, as
 * slattach and slcand do: the interface lasts for as long as somebody has the line open, so a
 * process stays behind that does nothing else.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/agent.h"

/* Three strings: the terminal, the discipline's number, what its interface shall be called. */
static const char *const parts[] = { "a terminal", "a line discipline", "an interface's name" };
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int split(const char *payload, size_t len, const char *part[PARTS])
{
	const char *end;
	size_t i;

	for (i = 0; i < PARTS; i++) {
		end = memchr(payload, '\0', len);
		if (!end || end == payload)
			return (int)i;
		part[i] = payload;
		len -= (size_t)(end - payload) + 1;
		payload = end + 1;
	}
	return PARTS;
}

/* The kernel chose a name for the line's interface. */
static int rename_interface(int fd, const char *name)
{
	struct ifreq ifr = { 0 };
	int sock, err = 0;

	if (ioctl(fd, SIOCGIFNAME, ifr.ifr_name))
		return -errno;
	snprintf(ifr.ifr_newname, sizeof(ifr.ifr_newname), "%s", name);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || ioctl(sock, SIOCSIFNAME, &ifr))
		err = -errno;
	if (sock >= 0)
		close(sock);
	return err;
}

/* Keeps the line open, and nothing else: the job would not end before its pipes are closed. */
static int stay(unsigned int fd)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid)
		return 0;
	close_range(0, fd - 1, 0);
	close_range(fd + 1, ~0u, 0);
	for (;;)
		pause();
}

int work_line(const char *payload, size_t len, char *why, size_t why_size)
{
	const char *part[PARTS];
	int n = split(payload, len, part), fd, discipline, err;

	if (n < (int)PARTS) {
		snprintf(why, why_size, "%s is expected", parts[n]);
		return -EINVAL;
	}
	discipline = atoi(part[1]);
	fd = setup_tty(part[0]);
	err = fd < 0 ? fd : 0;
	if (!err && ioctl(fd, TIOCSETD, &discipline))
		err = -errno;
	if (!err)
		err = rename_interface(fd, part[2]);
	if (!err)
		err = stay((unsigned int)fd);
	if (err)
		snprintf(why, why_size, "%s: %s", part[0], strerror(-err));
	return err;
}
