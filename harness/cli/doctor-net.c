// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: what the outside world of a guest's network card is made of. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "net/switch.h"
#include "vm/text.h"

#define TRY_RATE 100000000 /* bit/s */

/*
 * Runs @fn in a child, which may enter namespaces for good and is gone afterwards. Returns its
 * result, 0 or a negative errno; *@said is the last line of what it reported, for the caller to
 * free.
 */
static int try_in_child(int (*fn)(void), char **said)
{
	char text[1024] = "";
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		_exit(-fn() & 0xff);
	}
	close(fds[1]);
	while (pid > 0 && len < sizeof(text) - 1 &&
	       (n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	*said = text_last_line(text);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static int try_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
}

/* Just what a system does, at the same place in the code. */
static int try_switch(void)
{
	struct net_switch *sw;
	int tap = -1, err;

	err = net_switch_new(&sw);
	if (!err)
		err = net_switch_add_port(sw, 0, true, &tap);
	if (!err)
		err = net_switch_set_rate(sw, TRY_RATE);
	return err;
}

static void check_user_namespaces(const struct doctor_check *check, struct loop *loop,
				  struct doctor_finding *f)
{
	bool root = geteuid() == 0;
	char *said = NULL;
	int err = try_in_child(try_user_namespace, &said);

	(void)check;
	(void)loop;
	if (!err)
		doctor_found(f, DOCTOR_OK, NULL, root ? "work (not needed by root)" : "work");
	else
		doctor_found(f, root ? DOCTOR_LIMITED : DOCTOR_MISSING,
			     "only root can run experiments: see sysctl user.max_user_namespaces, "
			     "kernel.unprivileged_userns_clone",
			     "cannot be made: %s", strerror(-err));
	free(said);
}

static void check_tun(const struct doctor_check *check, struct loop *loop, struct doctor_finding *f)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int err = errno;

	(void)check;
	(void)loop;
	if (fd >= 0)
		doctor_found(f, DOCTOR_OK, NULL, "/dev/net/tun opens");
	else
		doctor_found(f, DOCTOR_MISSING,
			     "guests' network cards lead nowhere: as root, 'modprobe tun'",
			     "/dev/net/tun: %s", strerror(err));
	fd_close(&fd);
}

static void check_switch(const struct doctor_check *check, struct loop *loop,
			 struct doctor_finding *f)
{
	char *said = NULL;
	int err = try_in_child(try_switch, &said);

	(void)check;
	(void)loop;
	if (!err)
		doctor_found(f, DOCTOR_OK, NULL, "bridge, tap, veth and tbf work in a namespace");
	else
		doctor_found(f, DOCTOR_MISSING,
			     "no network experiment: the kernel needs bridge, veth, sch_tbf", "%s",
			     said && *said ? said : strerror(-err));
	free(said);
}

const struct doctor_check doctor_net_checks[] = {
	{ .what = "user namespaces", .run = check_user_namespaces },
	{ .what = "tun", .run = check_tun },
	{ .what = "virtual network", .run = check_switch },
	{ 0 },
};
