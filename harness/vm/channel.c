// SPDX-License-Identifier: GPL-2.0-or-later
/* A socket on the loop, with a bounded queue for what cannot be sent yet. */
#include "vm/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/util.h"

#define READ_SIZE 65536

static void channel_fail(struct channel *c, int err)
{
	channel_close(c);
	c->ops->closed(c->arg, err);
}

/* Sends from @data; returns the bytes taken, or a negative errno if the other end is gone. */
static ssize_t send_some(struct channel *c, const uint8_t *data, size_t len)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < len) {
		n = send(c->fd, data + sent, len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
			break;
		if (n < 0)
			return -errno;
		sent += (size_t)n;
	}
	return (ssize_t)sent;
}

static void flush_queue(struct channel *c)
{
	ssize_t n = send_some(c, c->queue, c->queued);

	/* A failure shows at the reading end too, where what came before it is read first. */
	if (n < 0)
		n = (ssize_t)c->queued;
	c->queued -= (size_t)n;
	memmove(c->queue, c->queue + n, c->queued);
	if (c->queued == 0)
		sd_event_source_set_io_events(c->source, EPOLLIN);
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *data)
{
	static uint8_t buf[READ_SIZE]; /* one thread, and callbacks do not nest */
	struct channel *c = data;
	ssize_t n;

	(void)s;
	if (revents & EPOLLOUT)
		flush_queue(c);
	if (!(revents & ~(uint32_t)EPOLLOUT))
		return 0;
	n = read(fd, buf, sizeof(buf));
	if (n > 0)
		c->ops->data(c->arg, buf, (size_t)n);
	else if (n == 0)
		channel_fail(c, -EPIPE);
	else if (errno == ECONNRESET)
		channel_fail(c, -EPIPE);
	else if (errno != EAGAIN && errno != EINTR)
		channel_fail(c, -errno);
	return 0;
}

int channel_open(struct channel *c, struct loop *loop, int fd, const struct channel_ops *ops,
		 void *arg)
{
	int err;

	*c = (struct channel){ .fd = fd, .ops = ops, .arg = arg };
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		err = -errno;
		goto fail;
	}
	err = sd_event_add_io(loop->event, &c->source, fd, EPOLLIN, on_io, c);
	if (err >= 0)
		return 0;
fail:
	channel_close(c);
	return err;
}

int channel_send(struct channel *c, const void *data, size_t len)
{
	ssize_t n = 0;

	if (c->fd < 0)
		return -EPIPE;
	if (len > CHANNEL_QUEUE_MAX - c->queued)
		return -ENOBUFS;
	if (c->queued == 0)
		n = send_some(c, data, len);
	if (n < 0)
		return -EPIPE;
	if ((size_t)n == len)
		return 0;
	if (!c->queue)
		c->queue = xcalloc(1, CHANNEL_QUEUE_MAX);
	memcpy(c->queue + c->queued, (const uint8_t *)data + n, len - (size_t)n);
	c->queued += len - (size_t)n;
	return sd_event_source_set_io_events(c->source, EPOLLIN | EPOLLOUT);
}

int channel_send_fd(struct channel *c, const void *data, size_t len, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	if (c->fd < 0)
		return -EPIPE;
	if (c->queued)
		return -ENOBUFS;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	n = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == ENOBUFS ? -ENOBUFS : -EPIPE;
	/* The descriptor went with the first byte; what is left follows as any other. */
	return (size_t)n == len ? 0 : channel_send(c, (const uint8_t *)data + n, len - (size_t)n);
}

void channel_close(struct channel *c)
{
	c->source = sd_event_source_disable_unref(c->source);
	fd_close(&c->fd);
	free(c->queue);
	c->queue = NULL;
	c->queued = 0;
}
