// SPDX-License-Identifier: GPL-2.0-or-later
/* The guardian: the orchestrator's side, and the process. */
#include "host/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "host/file.h"

/* The guardian's end of the socket, in the guardian. */
#define SOCKET_FD 3
#define ZRAM_CONTROL "/sys/class/zram-control"

enum request_kind {
	REQUEST_ANNOUNCE,
	REQUEST_ADD_ZRAM,
	REQUEST_REWIND,
};

struct request {
	uint32_t kind; /* enum request_kind */
	uint32_t mark; /* REQUEST_REWIND */
	struct undo undo; /* REQUEST_ANNOUNCE */
};

struct reply {
	int32_t result; /* 0 or more, or a negative errno */
	uint32_t depth; /* of the stack, now */
};

struct guardian {
	pid_t pid; /* 0: not started */
	int fd; /* the orchestrator's end of the socket; -1: not started */
	size_t depth;
};

/* -- the process -- */

struct stack {
	struct undo *undos;
	size_t n;
};

static void push(struct stack *stack, const struct undo *undo)
{
	stack->undos = xreallocarray(stack->undos, stack->n + 1, sizeof(*undo));
	stack->undos[stack->n++] = *undo;
}

static int unwind(struct stack *stack, size_t mark)
{
	int err, first = 0;

	while (stack->n > mark) {
		err = undo_run(&stack->undos[--stack->n]);
		if (err && !first)
			first = err;
	}
	return first;
}

/* Reading the file is what adds a device. It is reset before it goes, and swapped off before that.
 */
static int add_zram(struct stack *stack)
{
	struct undo remove, reset;
	char number[24], path[64];
	uint64_t id;
	int err = host_read_u64(ZRAM_CONTROL "/hot_add", &id);

	if (err)
		return err;
	snprintf(number, sizeof(number), "%u", (unsigned int)id);
	snprintf(path, sizeof(path), "/sys/block/zram%u/reset", (unsigned int)id);
	if (!undo_fill(&remove, UNDO_WRITE, ZRAM_CONTROL "/hot_remove", number))
		push(stack, &remove);
	if (!undo_fill(&reset, UNDO_WRITE, path, "1"))
		push(stack, &reset);
	return (int)id;
}

static int serve(struct stack *stack, const struct request *request)
{
	switch (request->kind) {
	case REQUEST_ANNOUNCE:
		push(stack, &request->undo);
		return 0;
	case REQUEST_ADD_ZRAM:
		return add_zram(stack);
	case REQUEST_REWIND:
		return unwind(stack, request->mark);
	default:
		return -EINVAL;
	}
}

/*
 * Ctrl-C is for the orchestrator, whose descriptors (namespaces, QEMU's sockets) must close when
 * it dies. Only stderr is kept, for what cannot be put back.
 */
static void detach(int fd)
{
	sigset_t all;
	int null;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "drivervm-guard");
	log_before = NULL;
	log_after = NULL;
	dup2(fd, SOCKET_FD);
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close_range(SOCKET_FD + 1, ~0U, 0);
	if (chdir("/") < 0)
		pr_debug("the guardian stays in its folder");
	/* Where memory is short it is the one that can give some back. Root may be denied this. */
	if (host_write("/proc/self/oom_score_adj", "-1000") < 0)
		pr_debug("the guardian may be killed for want of memory");
}

static void __attribute__((noreturn)) guard(int fd)
{
	struct stack stack = { 0 };
	struct request request;
	struct reply reply;
	ssize_t n;

	detach(fd);
	while ((n = recv(SOCKET_FD, &request, sizeof(request), 0)) == sizeof(request)) {
		reply.result = serve(&stack, &request);
		reply.depth = (uint32_t)stack.n;
		/* The orchestrator may be gone already: then the next recv() says so. */
		send(SOCKET_FD, &reply, sizeof(reply), MSG_NOSIGNAL);
	}
	_exit(unwind(&stack, 0) ? 1 : 0);
}

/* -- the orchestrator's side -- */

struct guardian *guardian_new(void)
{
	struct guardian *g = xcalloc(1, sizeof(*g));

	g->fd = -1;
	return g;
}

static int start(struct guardian *g)
{
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	fflush(NULL);
	g->pid = fork();
	if (g->pid == 0)
		guard(fds[1]);
	err = g->pid < 0 ? -errno : 0;
	close(fds[1]);
	if (err) {
		close(fds[0]);
		g->pid = 0;
		return err;
	}
	g->fd = fds[0];
	return 0;
}

static int ask(struct guardian *g, const struct request *request)
{
	struct reply reply;
	ssize_t n;

	if (g->fd < 0 && start(g) < 0)
		return -ECHILD;
	if (send(g->fd, request, sizeof(*request), MSG_NOSIGNAL) < 0)
		return -errno;
	do {
		n = recv(g->fd, &reply, sizeof(reply), 0);
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(reply))
		return -EPIPE;
	g->depth = reply.depth;
	return reply.result;
}

int guardian_announce(struct guardian *g, enum undo_kind kind, const char *path, const char *value)
{
	struct request request = { .kind = REQUEST_ANNOUNCE };
	int err = undo_fill(&request.undo, kind, path, value);

	if (!err)
		err = ask(g, &request);
	if (err)
		pr_err("nobody would put %s back: %s", path, strerror(-err));
	return err;
}

int guardian_write(struct guardian *g, const char *path, const char *value)
{
	char *was;
	int err = host_read(path, &was);

	if (err)
		return err;
	err = guardian_announce(g, UNDO_WRITE, path, was);
	free(was);
	return err ? err : host_write(path, value);
}

int guardian_add_zram(struct guardian *g)
{
	const struct request request = { .kind = REQUEST_ADD_ZRAM };

	return ask(g, &request);
}

size_t guardian_mark(const struct guardian *g)
{
	return g->depth;
}

int guardian_rewind(struct guardian *g, size_t mark)
{
	const struct request request = { .kind = REQUEST_REWIND, .mark = (uint32_t)mark };
	int err = g->depth > mark ? ask(g, &request) : 0;

	if (err == -EPIPE)
		pr_err("the guardian is gone: what was changed on this host stays changed");
	return err;
}

int guardian_free(struct guardian *g)
{
	int status = 0;

	if (!g)
		return 0;
	fd_close(&g->fd);
	while (g->pid && waitpid(g->pid, &status, 0) < 0 && errno == EINTR)
		;
	free(g);
	return status ? -EIO : 0;
}

pid_t guardian_pid(const struct guardian *g)
{
	return g->pid;
}
