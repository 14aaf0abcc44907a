// SPDX-License-Identifier: GPL-2.0-or-later
/* The server's side of QEMU's ivshmem protocol. */
#include "link/ivshmem_server.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/util.h"

/* A message that waits to be sent. */
struct message {
	int64_t value;
	int fd; /* borrowed, or -1 */
};

/* A socket to a QEMU, and what is to be sent over it. */
struct connection {
	int sock; /* -1: not connected */
	struct message *queue;
	size_t n_queue;
	size_t sent; /* bytes of queue[0] that are out */
	sd_event_source *source;
};

struct peer {
	struct ivshmem_server *server;
	unsigned int id;
	bool revoked;
	int *eventfds; /* one per vector; they interrupt this peer */
	struct connection now; /* whoever is this peer */
	struct connection standby; /* who is to be it next */
};

struct ivshmem_server {
	sd_event *event;
	int shm_fd;
	unsigned int n_peers;
	unsigned int vectors;
	struct peer *peers;
};

static void queue_message(struct connection *c, int64_t value, int fd)
{
	c->queue = xreallocarray(c->queue, c->n_queue + 1, sizeof(*c->queue));
	c->queue[c->n_queue++] = (struct message){ .value = value, .fd = fd };
}

/* Sends what is left of one message. The descriptor travels with the first byte. */
static ssize_t send_message(struct connection *c, const struct message *m)
{
	uint64_t wire = htole64((uint64_t)m->value);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = {
		.iov_base = (char *)&wire + c->sent,
		.iov_len = sizeof(wire) - c->sent,
	};
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (m->fd >= 0 && c->sent == 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &m->fd, sizeof(int));
	}
	do {
		n = sendmsg(c->sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Sends what the socket takes. Returns 0 (the rest waits for EPOLLOUT) or a negative errno. */
static int flush_queue(struct connection *c)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < c->n_queue) {
		n = send_message(c, &c->queue[done]);
		if (n < 0)
			break;
		c->sent += (size_t)n;
		if (c->sent < sizeof(int64_t))
			continue;
		c->sent = 0;
		done++;
	}
	c->n_queue -= done;
	memmove(c->queue, c->queue + done, c->n_queue * sizeof(*c->queue));
	if (c->source)
		sd_event_source_set_io_events(c->source, EPOLLIN | (c->n_queue ? EPOLLOUT : 0));
	return n < 0 && n != -EAGAIN ? (int)n : 0;
}

/* What @to calls @who: itself 0, the others from there on. */
static unsigned int name_of(const struct peer *to, const struct peer *who)
{
	unsigned int n = to->server->n_peers;

	return (who->id + n - to->id) % n;
}

static void queue_doorbells(struct connection *c, const struct peer *to, const struct peer *who)
{
	unsigned int v;

	for (v = 0; v < to->server->vectors; v++)
		queue_message(c, name_of(to, who), who->eventfds[v]);
}

static void hang_up(struct connection *c)
{
	c->source = sd_event_source_disable_unref(c->source);
	fd_close(&c->sock);
	c->n_queue = 0;
	c->sent = 0;
}

static int on_socket(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct connection *c = data;
	char scratch[256];
	ssize_t n;

	(void)source;
	if ((revents & EPOLLOUT) && flush_queue(c) < 0) {
		hang_up(c);
		return 0;
	}
	if (!(revents & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	/* A peer has nothing to say in this protocol: what it sends is dropped. */
	n = recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		hang_up(c);
	return 0;
}

static int make_eventfds(struct peer *peer)
{
	unsigned int v;

	peer->eventfds = xcalloc(peer->server->vectors, sizeof(int));
	for (v = 0; v < peer->server->vectors; v++)
		peer->eventfds[v] = -1;
	for (v = 0; v < peer->server->vectors; v++) {
		peer->eventfds[v] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (peer->eventfds[v] < 0)
			return -errno;
	}
	return 0;
}

int ivshmem_server_new(struct ivshmem_server **out, sd_event *event, int shm_fd,
		       unsigned int n_peers, unsigned int vectors)
{
	struct ivshmem_server *s;
	unsigned int i;
	int err;

	if (n_peers == 0 || n_peers > IVSHMEM_PEERS_MAX || vectors == 0)
		return -EINVAL;
	s = xcalloc(1, sizeof(*s));
	s->event = event;
	s->shm_fd = shm_fd;
	s->vectors = vectors;
	s->peers = xcalloc(n_peers, sizeof(*s->peers));
	for (i = 0; i < n_peers; i++) {
		s->peers[i].server = s;
		s->peers[i].id = i;
		s->peers[i].now.sock = -1;
		s->peers[i].standby.sock = -1;
		s->n_peers = i + 1;
		err = make_eventfds(&s->peers[i]);
		if (err < 0) {
			ivshmem_server_free(s);
			return err;
		}
	}
	*out = s;
	return 0;
}

static void drop(struct connection *c)
{
	hang_up(c);
	free(c->queue);
}

void ivshmem_server_free(struct ivshmem_server *s)
{
	unsigned int i, v;

	if (!s)
		return;
	for (i = 0; i < s->n_peers; i++) {
		struct peer *peer = &s->peers[i];

		drop(&peer->now);
		drop(&peer->standby);
		for (v = 0; v < s->vectors; v++)
			fd_close(&peer->eventfds[v]);
		free(peer->eventfds);
	}
	free(s->peers);
	free(s);
}

static void queue_greeting(struct connection *c, const struct peer *peer)
{
	struct ivshmem_server *s = peer->server;
	unsigned int i;

	queue_message(c, IVSHMEM_PROTOCOL_VERSION, -1);
	queue_message(c, name_of(peer, peer), -1);
	queue_message(c, -1, s->shm_fd);
	for (i = 0; i < s->n_peers; i++)
		if (&s->peers[i] != peer && !s->peers[i].revoked)
			queue_doorbells(c, peer, &s->peers[i]);
}

/* What was rung while nobody was there concerns nobody. */
static void silence(struct peer *peer)
{
	eventfd_t count;
	unsigned int v;

	for (v = 0; v < peer->server->vectors; v++)
		eventfd_read(peer->eventfds[v], &count);
}

static int connect_peer(struct connection *c, struct peer *peer, bool standby)
{
	int fds[2], err;

	if (c->sock >= 0)
		return -EBUSY;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	c->sock = fds[0];
	err = sd_event_add_io(peer->server->event, &c->source, c->sock, EPOLLIN, on_socket, c);
	if (err < 0)
		goto fail;
	queue_greeting(c, peer);
	if (!standby)
		queue_doorbells(c, peer, peer);
	err = flush_queue(c);
	if (err < 0)
		goto fail;
	return fds[1];
fail:
	hang_up(c);
	close(fds[1]);
	return err;
}

int ivshmem_server_attach(struct ivshmem_server *s, unsigned int id)
{
	if (id >= s->n_peers)
		return -EINVAL;
	if (s->peers[id].now.sock < 0)
		silence(&s->peers[id]);
	return connect_peer(&s->peers[id].now, &s->peers[id], false);
}

int ivshmem_server_attach_standby(struct ivshmem_server *s, unsigned int id)
{
	if (id >= s->n_peers)
		return -EINVAL;
	return connect_peer(&s->peers[id].standby, &s->peers[id], true);
}

bool ivshmem_server_has_standby(const struct ivshmem_server *s, unsigned int id)
{
	return id < s->n_peers && s->peers[id].standby.sock >= 0;
}

int ivshmem_server_promote(struct ivshmem_server *s, unsigned int id)
{
	struct connection old;
	struct peer *peer;

	if (id >= s->n_peers)
		return -EINVAL;
	peer = &s->peers[id];
	if (peer->now.sock >= 0)
		return -EBUSY;
	if (peer->standby.sock < 0)
		return -ENOENT;
	silence(peer);
	old = peer->now;
	peer->now = peer->standby;
	peer->standby = old;
	sd_event_source_set_userdata(peer->now.source, &peer->now);
	queue_doorbells(&peer->now, peer, peer);
	return flush_queue(&peer->now);
}

bool ivshmem_server_attached(const struct ivshmem_server *s, unsigned int id)
{
	return id < s->n_peers && s->peers[id].now.sock >= 0;
}

int ivshmem_server_revoke(struct ivshmem_server *s, unsigned int id)
{
	unsigned int i;

	if (id >= s->n_peers)
		return -EINVAL;
	if (s->peers[id].revoked)
		return 0;
	s->peers[id].revoked = true;
	for (i = 0; i < s->n_peers; i++) {
		if (i == id || s->peers[i].now.sock < 0)
			continue;
		queue_message(&s->peers[i].now, name_of(&s->peers[i], &s->peers[id]), -1);
		/* An error here is a hang-up that the loop is about to report as well. */
		flush_queue(&s->peers[i].now);
	}
	return 0;
}

int ivshmem_server_ring(struct ivshmem_server *s, unsigned int id, unsigned int vector)
{
	if (id >= s->n_peers || vector >= s->vectors)
		return -EINVAL;
	/* EAGAIN: the counter is full, so the interrupt is pending anyway. */
	if (eventfd_write(s->peers[id].eventfds[vector], 1) < 0 && errno != EAGAIN)
		return -errno;
	return 0;
}
