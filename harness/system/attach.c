// SPDX-License-Identifier: GPL-2.0-or-later
/* The server's side of `drivervm attach`. */
#include "system/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/unix.h"
#include "core/util.h"

#define HISTORY 8192

/* One console or shell. */
struct point {
	struct loop *loop;
	int vm_fd; /* our own of the VM's, which may be replaced; -1: it has none, or has ended */
	int listener; /* -1: closed */
	int user; /* who is joined; -1: nobody */
	sd_event_source *vm_source, *listen_source, *user_source;
	char history[HISTORY]; /* what was printed last */
	size_t n_history;
};

struct attach {
	struct system *sys; /* borrowed */
	struct point *points; /* of each VM its console, then its shell */
	size_t n;
};

static void remember(struct point *p, const char *data, size_t n)
{
	size_t excess;

	if (n > HISTORY) {
		data += n - HISTORY;
		n = HISTORY;
	}
	excess = p->n_history + n > HISTORY ? p->n_history + n - HISTORY : 0;
	memmove(p->history, p->history + excess, p->n_history - excess);
	p->n_history -= excess;
	memcpy(p->history + p->n_history, data, n);
	p->n_history += n;
}

static void drop_user(struct point *p)
{
	p->user_source = sd_event_source_disable_unref(p->user_source);
	fd_close(&p->user);
}

static void leave_vm(struct point *p)
{
	p->vm_source = sd_event_source_disable_unref(p->vm_source);
	fd_close(&p->vm_fd);
}

/* A terminal that takes nothing for longer than the socket's buffer lasts loses output. */
static void tell_user(struct point *p, const char *data, size_t n)
{
	if (p->user >= 0 && send(p->user, data, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
	    errno != EAGAIN && errno != EINTR)
		drop_user(p);
}

static int on_vm(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct point *p = arg;
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	(void)source;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		leave_vm(p);
		drop_user(p);
		return 0;
	}
	remember(p, buf, (size_t)n);
	tell_user(p, buf, (size_t)n);
	return 0;
}

static int on_user(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct point *p = arg;
	char buf[1024];
	ssize_t n = read(fd, buf, sizeof(buf));

	(void)source;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		drop_user(p);
	else if (p->vm_fd >= 0 && write(p->vm_fd, buf, (size_t)n) < 0 && errno != EAGAIN)
		drop_user(p);
	return 0;
}

static int on_join(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	static const char busy[] = "drivervm: somebody else is attached here\r\n";
	static const char ended[] = "drivervm: the VM has ended\r\n";
	struct point *p = arg;
	const char *refusal = p->user >= 0 ? busy : p->vm_fd < 0 ? ended : NULL;
	int user = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)revents;
	if (user < 0)
		return 0;
	if (refusal) {
		send(user, refusal, strlen(refusal), MSG_NOSIGNAL);
		close(user);
		return 0;
	}
	p->user = user;
	if (sd_event_add_io(p->loop->event, &p->user_source, user, EPOLLIN, on_user, p) < 0) {
		drop_user(p);
		return 0;
	}
	tell_user(p, p->history, p->n_history);
	return 0;
}

static int join_vm(struct point *p, int vm_fd)
{
	int err;

	p->vm_fd = fcntl(vm_fd, F_DUPFD_CLOEXEC, 0);
	if (p->vm_fd < 0)
		return -errno;
	err = sd_event_add_io(p->loop->event, &p->vm_source, p->vm_fd, EPOLLIN, on_vm, p);
	if (err < 0)
		fd_close(&p->vm_fd);
	return err < 0 ? err : 0;
}

static int point_open(struct point *p, struct loop *loop, int vm_fd, const char *path)
{
	int err;

	p->loop = loop;
	if (vm_fd < 0)
		return 0;
	p->listener = unix_listen(path);
	if (p->listener < 0)
		return p->listener;
	err = join_vm(p, vm_fd);
	if (err >= 0)
		err = sd_event_add_io(loop->event, &p->listen_source, p->listener, EPOLLIN, on_join,
				      p);
	return err < 0 ? err : 0;
}

/* Of the VM that point @i is of, as it is now; -1: it is not there. */
static int vm_fd_of(const struct attach *a, size_t i)
{
	struct vm *vm = system_vm_at(a->sys, i / 2);

	if (!vm || !vm_alive(vm))
		return -1;
	return i % 2 ? vm_shell_fd(vm) : vm_console_fd(vm);
}

void attach_renew(struct attach *a)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		struct point *p = &a->points[i];
		int fd = p->listener >= 0 && p->vm_fd < 0 ? vm_fd_of(a, i) : -1;

		if (fd >= 0 && join_vm(p, fd) < 0)
			pr_warning("cannot attach to VM %s again",
				   vm_spec(system_vm_at(a->sys, i / 2))->name);
	}
}

int attach_open(struct attach **out, struct loop *loop, struct system *sys, const char *dir)
{
	struct attach *a = xcalloc(1, sizeof(*a));
	size_t i, n = 2 * system_n_vms(sys);
	int err = 0;

	a->sys = sys;
	a->points = xcalloc(n, sizeof(*a->points));
	for (a->n = 0; a->n < n; a->n++) {
		a->points[a->n].vm_fd = -1;
		a->points[a->n].listener = -1;
		a->points[a->n].user = -1;
	}
	for (i = 0; i < n && !err; i++) {
		char *path = xasprintf("%s/%s.%s", dir, system_desc(sys)->vms[i / 2].name,
				       i % 2 ? "shell" : "console");

		err = point_open(&a->points[i], loop, vm_fd_of(a, i), path);
		if (err)
			pr_err("cannot open %s: %s", path, strerror(-err));
		free(path);
	}
	if (err) {
		attach_close(a);
		return err;
	}
	*out = a;
	return 0;
}

void attach_close(struct attach *a)
{
	size_t i;

	if (!a)
		return;
	for (i = 0; i < a->n; i++) {
		struct point *p = &a->points[i];

		drop_user(p);
		leave_vm(p);
		sd_event_source_disable_unref(p->listen_source);
		fd_close(&p->listener);
	}
	free(a->points);
	free(a);
}
