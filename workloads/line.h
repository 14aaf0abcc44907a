/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The far end of a serial line, a terminal of the host, for plugins that are at work there. */
#ifndef DRIVERVM_WORKLOADS_LINE_H
#define DRIVERVM_WORKLOADS_LINE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"

/* The descriptor, with nothing in it that was sent before; or a negative errno. */
static inline int line_open(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	tcflush(fd, TCIOFLUSH);
	return fd;
}

/* Waits until the line has that speed. */
static inline bool line_has_speed(int fd, speed_t speed, double seconds)
{
	double until = now_s() + seconds;
	struct termios t;

	do {
		if (tcgetattr(fd, &t) == 0 && cfgetospeed(&t) == speed)
			return true;
		poll(NULL, 0, 20);
	} while (now_s() < until);
	return false;
}

/* Carries @size bytes out of the line, or into it; what was carried by then. */
static inline size_t line_carry(int fd, bool in, void *data, size_t size, double seconds)
{
	struct pollfd p = { .fd = fd, .events = in ? POLLOUT : POLLIN };
	double until = now_s() + seconds;
	size_t done = 0;
	ssize_t n;

	while (done < size && now_s() < until) {
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = in ? write(fd, (char *)data + done, size - done) :
			 read(fd, (char *)data + done, size - done);
		if (n > 0)
			done += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return done;
}

#endif
