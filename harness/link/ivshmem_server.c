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

struct peer {
	struct ivshmem_server *server;
	unsigned int id;
	int sock; /* -1: not connected */
	bool revoked;
	int *eventfds; /* one per vector; they interrupt this peer */
	struct message *queue;
	size_t n_queue;
	size_t sent; /* bytes of queue[0] that are out */
	sd_event_source *source;
};

struct ivshmem_server {
	sd_event *event;
	int shm_fd;
	unsigned int n_peers;
	unsigned int vectors;
	struct peer *peers;
};

static void queue_message(struct peer *peer, int64_t value, int fd)
{
	peer->queue = xreallocarray(peer->queue, peer->n_queue + 1, sizeof(*peer->queue));
	peer->queue[peer->n_queue++] = (struct message){ .value = value, .fd = fd };
}

/* Sends what is left of one message. The descriptor travels with the first byte. */
static ssize_t send_message(struct peer *peer, const struct message *m)
{
	uint64_t wire = htole64((uint64_t)m->value);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = {
		.iov_base = (char *)&wire + peer->sent,
		.iov_len = sizeof(wire) - peer->sent,
	};
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (m->fd >= 0 && peer->sent == 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &m->fd, sizeof(int));
	}
	do {
		n = sendmsg(peer->sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Sends what the socket takes. Returns 0 (the rest waits for EPOLLOUT) or a negative errno. */
static int flush_queue(struct peer *peer)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < peer->n_queue) {
		n = send_message(peer, &peer->queue[done]);
		if (n < 0)
			break;
		peer->sent += (size_t)n;
		if (peer->sent < sizeof(int64_t))
			continue;
		peer->sent = 0;
		done++;
	}
	peer->n_queue -= done;
	memmove(peer->queue, peer->queue + done, peer->n_queue * sizeof(*peer->queue));
	if (peer->source)
		sd_event_source_set_io_events(peer->source,
					      EPOLLIN | (peer->n_queue ? EPOLLOUT : 0));
	return n < 0 && n != -EAGAIN ? (int)n : 0;
}

/* What @to calls @who: itself 0, the others from there on. */
static unsigned int name_of(const struct peer *to, const struct peer *who)
{
	unsigned int n = to->server->n_peers;

	return (who->id + n - to->id) % n;
}

static void queue_doorbells(struct peer *to, const struct peer *who)
{
	unsigned int v;

	for (v = 0; v < to->server->vectors; v++)
		queue_message(to, name_of(to, who), who->eventfds[v]);
}

static void hang_up(struct peer *peer)
{
	peer->source = sd_event_source_disable_unref(peer->source);
	fd_close(&peer->sock);
	peer->n_queue = 0;
	peer->sent = 0;
}

static int on_socket(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct peer *peer = data;
	char scratch[256];
	ssize_t n;

	(void)source;
	if ((revents & EPOLLOUT) && flush_queue(peer) < 0) {
		hang_up(peer);
		return 0;
	}
	if (!(revents & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	/* A peer has nothing to say in this protocol: what it sends is dropped. */
	n = recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		hang_up(peer);
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
		s->peers[i].sock = -1;
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

void ivshmem_server_free(struct ivshmem_server *s)
{
	unsigned int i, v;

	if (!s)
		return;
	for (i = 0; i < s->n_peers; i++) {
		struct peer *peer = &s->peers[i];

		sd_event_source_disable_unref(peer->source);
		fd_close(&peer->sock);
		for (v = 0; v < s->vectors; v++)
			fd_close(&peer->eventfds[v]);
		free(peer->eventfds);
		free(peer->queue);
	}
	free(s->peers);
	free(s);
}

static void queue_greeting(struct peer *peer)
{
	struct ivshmem_server *s = peer->server;
	unsigned int i;

	queue_message(peer, IVSHMEM_PROTOCOL_VERSION, -1);
	queue_message(peer, name_of(peer, peer), -1);
	queue_message(peer, -1, s->shm_fd);
	for (i = 0; i < s->n_peers; i++)
		if (&s->peers[i] != peer && !s->peers[i].revoked)
			queue_doorbells(peer, &s->peers[i]);
	queue_doorbells(peer, peer);
}

/* What was rung while nobody was there concerns nobody. */
static void silence(struct peer *peer)
{
	eventfd_t count;
	unsigned int v;

	for (v = 0; v < peer->server->vectors; v++)
		eventfd_read(peer->eventfds[v], &count);
}

int ivshmem_server_attach(struct ivshmem_server *s, unsigned int id)
{
	struct peer *peer;
	int fds[2], err;

	if (id >= s->n_peers)
		return -EINVAL;
	peer = &s->peers[id];
	if (peer->sock >= 0)
		return -EBUSY;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	peer->sock = fds[0];
	err = sd_event_add_io(s->event, &peer->source, peer->sock, EPOLLIN, on_socket, peer);
	if (err < 0)
		goto fail;
	silence(peer);
	queue_greeting(peer);
	err = flush_queue(peer);
	if (err < 0)
		goto fail;
	return fds[1];
fail:
	hang_up(peer);
	close(fds[1]);
	return err;
}

bool ivshmem_server_attached(const struct ivshmem_server *s, unsigned int id)
{
	return id < s->n_peers && s->peers[id].sock >= 0;
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
		if (i == id || s->peers[i].sock < 0)
			continue;
		queue_message(&s->peers[i], name_of(&s->peers[i], &s->peers[id]), -1);
		/* An error here is a hang-up that the loop is about to report as well. */
		flush_queue(&s->peers[i]);
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
