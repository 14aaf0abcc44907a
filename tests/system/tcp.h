/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP between the test, in the peer's place, and the client: does every byte arrive? */
#ifndef DRIVERVM_TESTS_TCP_H
#define DRIVERVM_TESTS_TCP_H

#include "support.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "net/netns.h"

/* A TCP socket that listens at the peer. @arg: the port. */
static int open_listener(void *arg)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6,
				     .sin6_port = htons((uint16_t) * (int *)arg) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, off = 0;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)
		return -errno;
	return fd;
}

static int accept_client(int listener)
{
	const struct timeval limit = { .tv_sec = 30 };
	int fd;

	ck_assert_int_eq(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
	return fd;
}

static unsigned char *random_bytes(size_t n)
{
	unsigned char *p = xcalloc(1, n);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (unsigned char)random();
	return p;
}

/*
 * Sends @n random bytes to the client, which stores them and sends them back; the test process is
 * the peer. What comes back must be what went out.
 */
static CK_ATTRIBUTE_UNUSED void tcp_there_and_back(const char *peer, size_t n)
{
	static int port = 5000;
	unsigned char *out = random_bytes(n), *back = xcalloc(1, n + 1);
	int listener = netns_open(system_peer_netns_fd(sys), open_listener, &port);
	size_t done;
	ssize_t r;
	char *script;
	int handle, fd;

	ck_assert_int_ge(listener, 0);
	script = xasprintf("nc %s %d </dev/null >/tmp/data && nc %s %d </tmp/data", peer, port,
			   peer, port);
	handle = client_starts(script);
	fd = accept_client(listener);
	for (done = 0; done < n; done += (size_t)r) {
		r = send(fd, out + done, n - done, MSG_NOSIGNAL);
		ck_assert_int_gt(r, 0);
	}
	close(fd);
	fd = accept_client(listener);
	for (done = 0; done <= n; done += (size_t)r) {
		r = recv(fd, back + done, n + 1 - done, 0);
		ck_assert_int_ge(r, 0);
		if (r == 0)
			break;
	}
	ck_assert_uint_eq(done, n);
	ck_assert_int_eq(memcmp(out, back, n), 0);
	close(fd);
	close(listener);
	ck_assert_int_eq(vm_exec_wait(system_client(sys), handle, PATIENCE, NULL), 0);
	port++;
	free(script);
	free(out);
	free(back);
}

#endif
