// SPDX-License-Identifier: GPL-2.0-or-later
/* Network namespaces that belong to this process. */
#include "net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"

static bool in_user_namespace;

/* The child's end of it: a result, and a descriptor if the result is 0. */
static void send_result(int sock, int result, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = &result, .iov_len = sizeof(result) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (result == 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static int receive_result(int sock)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	int result, fd;
	struct iovec iov = { .iov_base = &result, .iov_len = sizeof(result) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *cmsg;
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n != (ssize_t)sizeof(result))
		return -EIO;
	if (result < 0)
		return result;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -EIO;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* Runs @open_fd(@arg) in a child and returns the descriptor that it opened there. */
static int open_in_child(int (*open_fd)(void *arg), void *arg)
{
	int socks[2], fd;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		fd = -errno;
		goto out;
	}
	if (pid == 0) {
		fd = open_fd(arg);
		send_result(socks[1], fd < 0 ? fd : 0, fd);
		_exit(0);
	}
	fd_close(&socks[1]);
	fd = receive_result(socks[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
out:
	fd_close(&socks[0]);
	fd_close(&socks[1]);
	return fd;
}

static int unshare_network(void *arg)
{
	int fd;

	(void)arg;
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_map(const char *path, unsigned int outside)
{
	char *line = xasprintf("0 %u 1\n", outside);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	/* One write, as the kernel wants it; file_write() would replace the file. */
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		err = -errno;
	fd_close(&fd);
	free(line);
	return err;
}

static int deny_setgroups(void)
{
	int fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0 || write(fd, "deny", 4) < 0)
		err = -errno;
	fd_close(&fd);
	return err;
}

/* Makes this process root of a user namespace of its own. */
static int enter_user_namespace(void)
{
	unsigned int uid = geteuid(), gid = getegid();
	int err;

	if (unshare(CLONE_NEWUSER) < 0) {
		err = -errno;
		pr_err("cannot make a user namespace: %s (is kernel.unprivileged_userns_clone or "
		       "user.max_user_namespaces 0, or does AppArmor forbid it?)",
		       strerror(-err));
		return err;
	}
	in_user_namespace = true;
	err = deny_setgroups();
	if (!err)
		err = write_map("/proc/self/uid_map", uid);
	if (!err)
		err = write_map("/proc/self/gid_map", gid);
	if (err)
		pr_err("cannot map the user into a user namespace: %s", strerror(-err));
	return err;
}

int netns_new(void)
{
	int fd, err;

	fd = open_in_child(unshare_network, NULL);
	if (fd == -EPERM) {
		err = enter_user_namespace();
		if (err < 0)
			return err;
		fd = open_in_child(unshare_network, NULL);
	}
	if (fd < 0)
		pr_err("cannot make a network namespace: %s", strerror(-fd));
	return fd;
}

bool netns_in_user_namespace(void)
{
	return in_user_namespace;
}

struct inside {
	int netns_fd;
	int (*open_fd)(void *arg);
	void *arg;
};

static int open_inside(void *arg)
{
	const struct inside *in = arg;

	if (setns(in->netns_fd, CLONE_NEWNET) < 0)
		return -errno;
	return in->open_fd(in->arg);
}

int netns_open(int netns_fd, int (*open_fd)(void *), void *arg)
{
	struct inside in = { .netns_fd = netns_fd, .open_fd = open_fd, .arg = arg };

	return open_in_child(open_inside, &in);
}
