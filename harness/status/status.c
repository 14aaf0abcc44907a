// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket that tells of a system that is up. */
#include "status/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/unix.h"
#include "core/util.h"

/* Of the socket's buffer: several times what a system of the largest fleet has to tell. */
#define ANSWER_MAX (1 << 20)

struct status {
	struct system *sys;
	uint64_t up_since_us;
	char *path;
	int listener;
	sd_event_source *source;
};

/* The buffer takes all of it, so nobody who asks can make us wait for him. */
static void send_answer(int fd, const char *text)
{
	int size = ANSWER_MAX;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int on_ask(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct status *st = arg;
	int user = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	json_t *answer;
	char *text;

	(void)source;
	(void)revents;
	if (user < 0)
		return 0;
	answer = status_tell(st->sys, st->up_since_us);
	text = json_dumps(answer, JSON_COMPACT);
	if (text)
		send_answer(user, text);
	free(text);
	json_decref(answer);
	close(user);
	return 0;
}

int status_open(struct status **out, struct loop *loop, struct system *sys, const char *dir)
{
	struct status *st = xcalloc(1, sizeof(*st));
	int err;

	st->sys = sys;
	st->up_since_us = now_us();
	st->path = xasprintf("%s/" STATUS_SOCKET, dir);
	st->listener = unix_listen(st->path);
	err = st->listener;
	if (err >= 0)
		err = sd_event_add_io(loop->event, &st->source, st->listener, EPOLLIN, on_ask, st);
	if (err < 0) {
		pr_err("cannot open %s: %s", st->path, strerror(-err));
		status_close(st);
		return err;
	}
	*out = st;
	return 0;
}

void status_close(struct status *st)
{
	if (!st)
		return;
	sd_event_source_disable_unref(st->source);
	if (st->listener >= 0)
		unlink(st->path);
	fd_close(&st->listener);
	free(st->path);
	free(st);
}
