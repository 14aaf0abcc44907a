// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link and its ivshmem server, seen from QEMU's end of the socket: what arrives, in what order,
 * with which descriptors; who may ring whom; what happens when a side goes, comes back, or is slow.
 */
#include <check.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ddlink_desc.h"
#include "link/ivshmem_server.h"
#include "link/link.h"

#define PATIENCE (5 * USEC_PER_SEC)

static struct loop *loop;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
}

static void teardown(void)
{
	loop_free(loop);
	loop = NULL;
}

static bool readable(void *arg)
{
	int n = 0;

	ioctl(*(int *)arg, FIONREAD, &n);
	return n >= 8;
}

/* Reads one message as QEMU does. *@fd is -1 if none came with it. */
static int64_t receive(int sock, int *fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control;
	uint64_t wire = 0;
	size_t got = 0;

	*fd = -1;
	ck_assert_int_eq(loop_wait(loop, readable, &sock, PATIENCE), 0);
	while (got < sizeof(wire)) {
		struct iovec iov = { (char *)&wire + got, sizeof(wire) - got };
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.space,
			.msg_controllen = sizeof(control.space),
		};
		struct cmsghdr *cmsg;
		ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
		cmsg = CMSG_FIRSTHDR(&msg);
		if (!cmsg)
			continue;
		ck_assert_uint_eq(cmsg->cmsg_len, CMSG_LEN(sizeof(int)));
		memcpy(fd, CMSG_DATA(cmsg), sizeof(int));
	}
	return (int64_t)le64toh(wire);
}

static void expect_plain(int sock, int64_t value)
{
	int fd;

	ck_assert_int_eq(receive(sock, &fd), value);
	ck_assert_int_eq(fd, -1);
}

static int expect_fd(int sock, int64_t value)
{
	int fd;

	ck_assert_int_eq(receive(sock, &fd), value);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void expect_peer(int sock, int64_t id, int *doorbells)
{
	unsigned int v;

	for (v = 0; v < DDLINK_VECTORS; v++)
		doorbells[v] = expect_fd(sock, id);
}

static void expect_silence(int sock)
{
	int n = 0;

	ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(ioctl(sock, FIONREAD, &n), 0);
	ck_assert_int_eq(n, 0);
}

/*
 * The greeting: the memory, the other side's doorbells, then its own; it is 0, and the other 1,
 * whichever side it is. Returns the memory.
 */
static int expect_greeting(int sock, int *own, int *others)
{
	int shm;

	expect_plain(sock, IVSHMEM_PROTOCOL_VERSION);
	expect_plain(sock, 0);
	shm = expect_fd(sock, -1);
	expect_peer(sock, DDLINK_OTHER_ID, others);
	expect_peer(sock, 0, own);
	return shm;
}

static void close_doorbells(int *fds)
{
	unsigned int v;

	for (v = 0; v < DDLINK_VECTORS; v++)
		close(fds[v]);
}

static bool rung(int fd)
{
	eventfd_t n;

	return eventfd_read(fd, &n) == 0;
}

START_TEST(a_link_describes_itself_in_sealed_memory)
{
	const struct ddlink_desc *desc;
	struct link *l;
	int sock, shm, own[DDLINK_VECTORS], others[DDLINK_VECTORS];
	struct stat st;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	sock = link_attach(l, DDLINK_SERVER);
	ck_assert_int_ge(sock, 0);
	shm = expect_greeting(sock, own, others);
	ck_assert_int_eq(fstat(shm, &st), 0);
	ck_assert_int_eq(st.st_size, DDLINK_REGION_SIZE);
	desc = mmap(NULL, DDLINK_REGION_SIZE, PROT_READ, MAP_SHARED, shm, 0);
	ck_assert_ptr_ne(desc, MAP_FAILED);
	ck_assert_uint_eq(le32toh(desc->magic), DDLINK_MAGIC);
	ck_assert_uint_eq(le32toh(desc->version), DDLINK_VERSION);
	ck_assert_uint_eq(le32toh(desc->region_size), DDLINK_REGION_SIZE);
	ck_assert_uint_eq(le32toh(desc->class), DDLINK_CLASS_NET);
	ck_assert_str_eq(desc->name, "net0");
	/* Data area and rings lie behind the control pages, apart, and inside. */
	ck_assert_uint_eq(le32toh(desc->data_offset), DDLINK_CONTROL_SIZE);
	ck_assert_uint_eq(le32toh(desc->data_offset) + le32toh(desc->data_size),
			  le32toh(desc->ring_offset[0]));
	ck_assert_uint_eq(le32toh(desc->ring_offset[1]),
			  le32toh(desc->ring_offset[0]) + le32toh(desc->ring_size));
	ck_assert_uint_eq(le32toh(desc->ring_offset[1]) + le32toh(desc->ring_size),
			  DDLINK_REGION_SIZE);
	/* What either side writes, the orchestrator's window shows. */
	ck_assert_int_eq(pwrite(shm, "x", 1, 12345), 1);
	ck_assert_int_eq(link_memory(l)[12345], 'x');
	/* Nobody can pull the memory away. */
	ck_assert_int_lt(ftruncate(shm, 4096), 0);
	ck_assert_int_lt(fcntl(shm, F_ADD_SEALS, F_SEAL_WRITE), 0);
	munmap((void *)desc, DDLINK_REGION_SIZE);
	close_doorbells(own);
	close_doorbells(others);
	close(shm);
	close(sock);
	link_free(l);
}
END_TEST

START_TEST(the_greeting_waits_in_the_socket_before_the_loop_runs)
{
	struct link *l;
	int sock, n = 0;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	sock = link_attach(l, DDLINK_CLIENT);
	ck_assert_int_eq(ioctl(sock, FIONREAD, &n), 0);
	ck_assert_int_eq(n, 8 * (3 + 2 * DDLINK_VECTORS));
	close(sock);
	link_free(l);
}
END_TEST

START_TEST(two_sides_ring_each_other)
{
	int server, client, shm[2];
	int of_server[DDLINK_VECTORS], of_client[DDLINK_VECTORS];
	int server_seen[DDLINK_VECTORS], client_seen[DDLINK_VECTORS];
	struct link *l;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	server = link_attach(l, DDLINK_SERVER);
	client = link_attach(l, DDLINK_CLIENT);
	shm[0] = expect_greeting(server, of_server, client_seen);
	shm[1] = expect_greeting(client, of_client, server_seen);

	ck_assert_int_eq(eventfd_write(server_seen[DDLINK_VECTOR_RING], 1), 0);
	ck_assert(!rung(of_server[DDLINK_VECTOR_CONTROL]));
	ck_assert(!rung(of_client[DDLINK_VECTOR_RING]));
	ck_assert(rung(of_server[DDLINK_VECTOR_RING]));
	ck_assert_int_eq(eventfd_write(client_seen[DDLINK_VECTOR_CONTROL], 1), 0);
	ck_assert(!rung(of_client[DDLINK_VECTOR_RING]));
	ck_assert(rung(of_client[DDLINK_VECTOR_CONTROL]));

	ck_assert_int_eq(link_ring_doorbell(l, DDLINK_CLIENT, DDLINK_VECTOR_RING), 0);
	ck_assert(rung(of_client[DDLINK_VECTOR_RING]));
	ck_assert(!rung(of_server[DDLINK_VECTOR_RING]));

	close_doorbells(of_server);
	close_doorbells(of_client);
	close_doorbells(server_seen);
	close_doorbells(client_seen);
	close(shm[0]);
	close(shm[1]);
	close(server);
	close(client);
	link_free(l);
}
END_TEST

/* Reads and closes whatever has come. Returns the number of messages. */
static unsigned int drain(int sock)
{
	unsigned int n = 0;
	int fd;

	while (readable(&sock)) {
		receive(sock, &fd);
		if (fd >= 0)
			close(fd);
		n++;
	}
	return n;
}

static bool server_gone(void *l)
{
	return !link_attached(l, DDLINK_SERVER);
}

/* A driver VM is replaced: its successor takes over the doorbells, and the client hears nothing. */
START_TEST(a_side_that_dies_is_replaced_unheard)
{
	int server, client, shm[2], before[DDLINK_VECTORS], after[DDLINK_VECTORS];
	int others[DDLINK_VECTORS], own[DDLINK_VECTORS], seen[DDLINK_VECTORS];
	struct link *l;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	server = link_attach(l, DDLINK_SERVER);
	client = link_attach(l, DDLINK_CLIENT);
	shm[0] = expect_greeting(client, own, seen);
	shm[1] = expect_greeting(server, before, others);
	close_doorbells(others);
	close(shm[1]);
	ck_assert_int_eq(link_attach(l, DDLINK_SERVER), -EBUSY);
	close(server);
	ck_assert_int_eq(loop_wait(loop, server_gone, l, PATIENCE), 0);
	ck_assert(link_attached(l, DDLINK_CLIENT));
	/* Rung at nobody. */
	ck_assert_int_eq(eventfd_write(seen[DDLINK_VECTOR_RING], 1), 0);

	server = link_attach(l, DDLINK_SERVER);
	ck_assert_int_ge(server, 0);
	shm[1] = expect_greeting(server, after, others);
	ck_assert(!rung(after[DDLINK_VECTOR_RING]));
	ck_assert_int_eq(eventfd_write(seen[DDLINK_VECTOR_RING], 1), 0);
	ck_assert(rung(after[DDLINK_VECTOR_RING]));
	expect_silence(client);
	close_doorbells(before);
	close_doorbells(after);
	close_doorbells(others);
	close_doorbells(own);
	close_doorbells(seen);
	close(shm[0]);
	close(shm[1]);
	close(server);
	close(client);
	link_free(l);
}
END_TEST

/* The greeting of a spare: as that of its side, but without doorbells of its own. */
static int expect_spares_greeting(int sock, int *others)
{
	int shm;

	expect_plain(sock, IVSHMEM_PROTOCOL_VERSION);
	expect_plain(sock, 0);
	shm = expect_fd(sock, -1);
	expect_peer(sock, DDLINK_OTHER_ID, others);
	expect_silence(sock);
	return shm;
}

/* Only once its predecessor is gone does a spare hear the doorbells, and no other hears them. */
START_TEST(a_spare_takes_a_side_over)
{
	int server, client, spare, shm, own[DDLINK_VECTORS], others[DDLINK_VECTORS];
	int seen[DDLINK_VECTORS], clients[DDLINK_VECTORS];
	struct link *l;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	server = link_attach(l, DDLINK_SERVER);
	client = link_attach(l, DDLINK_CLIENT);
	shm = expect_greeting(client, clients, seen);
	drain(server);
	ck_assert_int_eq(link_promote_spare(l, loop, DDLINK_CLIENT), -ETIMEDOUT);
	spare = link_attach_spare(l, loop, DDLINK_SERVER);
	ck_assert_int_ge(spare, 0);
	close(shm);
	shm = expect_spares_greeting(spare, others);
	/* It can ring the client before it is heard itself. */
	ck_assert_int_eq(eventfd_write(others[DDLINK_VECTOR_RING], 1), 0);
	ck_assert(rung(clients[DDLINK_VECTOR_RING]));

	close(server);
	ck_assert_int_eq(eventfd_write(seen[DDLINK_VECTOR_RING], 1), 0);
	ck_assert_int_eq(link_promote_spare(l, loop, DDLINK_SERVER), 0);
	expect_peer(spare, 0, own);
	/* What was rung at nobody concerns nobody; what is rung now, the spare. */
	ck_assert(!rung(own[DDLINK_VECTOR_RING]));
	ck_assert_int_eq(eventfd_write(seen[DDLINK_VECTOR_RING], 1), 0);
	ck_assert(rung(own[DDLINK_VECTOR_RING]));
	ck_assert(link_attached(l, DDLINK_SERVER));
	ck_assert_int_eq(link_attach(l, DDLINK_SERVER), -EBUSY);
	expect_silence(client);
	close(spare);
	ck_assert_int_eq(loop_wait(loop, server_gone, l, PATIENCE), 0);
	ck_assert_int_eq(link_promote_spare(l, loop, DDLINK_SERVER), -ENOENT);
	close_doorbells(own);
	close_doorbells(others);
	close_doorbells(seen);
	close_doorbells(clients);
	close(shm);
	close(client);
	link_free(l);
}
END_TEST

START_TEST(the_descriptor_says_how_often_to_beat_and_whether_to_wait)
{
	const struct ddlink_desc *desc;
	struct link *l;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	desc = (const struct ddlink_desc *)link_memory(l);
	ck_assert_uint_eq(ddlink_desc_beat_ms(desc), DDLINK_HEARTBEAT_MS);
	ck_assert_int_eq(link_set_heartbeat(l, 100), 0);
	ck_assert_uint_eq(ddlink_desc_beat_ms(desc), 100);
	ck_assert_int_eq(link_set_heartbeat(l, DDLINK_BEAT_MIN_MS - 1), -EINVAL);
	ck_assert_int_eq(link_set_heartbeat(l, DDLINK_HEARTBEAT_MS + 1), -EINVAL);
	ck_assert_uint_eq(ddlink_desc_beat_ms(desc), 100);
	ck_assert(!ddlink_desc_abandoned(desc));
	link_abandon(l);
	ck_assert(ddlink_desc_abandoned(desc));
	/* Whatever somebody else writes there. */
	memset((void *)link_memory(l), 0xff, sizeof(*desc));
	ck_assert_uint_eq(ddlink_desc_beat_ms(desc), DDLINK_HEARTBEAT_MS);
	ck_assert(!ddlink_desc_abandoned(desc));
	memset((void *)link_memory(l), 0, sizeof(*desc));
	ck_assert_uint_eq(ddlink_desc_beat_ms(desc), DDLINK_HEARTBEAT_MS);
	link_free(l);
}
END_TEST

/* Who has written over it keeps nobody out. */
START_TEST(whoever_joins_finds_the_descriptor)
{
	struct ddlink_desc desc;
	struct link *l;
	int sock;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	ck_assert_int_eq(link_set_heartbeat(l, 100), 0);
	memcpy(&desc, (const void *)link_memory(l), sizeof(desc));
	memset((void *)link_memory(l), 0xff, sizeof(desc));
	sock = link_attach(l, DDLINK_SERVER);
	ck_assert_int_ge(sock, 0);
	ck_assert_int_eq(memcmp(&desc, (const void *)link_memory(l), sizeof(desc)), 0);
	close(sock);
	memset((void *)link_memory(l), 0xff, sizeof(desc));
	sock = link_attach_spare(l, loop, DDLINK_SERVER);
	ck_assert_int_ge(sock, 0);
	ck_assert_int_eq(memcmp(&desc, (const void *)link_memory(l), sizeof(desc)), 0);
	memset((void *)link_memory(l), 0xff, sizeof(desc));
	ck_assert_int_eq(link_promote_spare(l, loop, DDLINK_SERVER), 0);
	ck_assert_int_eq(memcmp(&desc, (const void *)link_memory(l), sizeof(desc)), 0);
	close(sock);
	link_free(l);
}
END_TEST

START_TEST(a_revoked_link_cuts_both_sides_off)
{
	int server, client;
	struct link *l;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	server = link_attach(l, DDLINK_SERVER);
	client = link_attach(l, DDLINK_CLIENT);
	drain(server);
	drain(client);
	link_revoke(l);
	link_revoke(l);
	expect_plain(client, DDLINK_OTHER_ID);
	expect_plain(server, DDLINK_OTHER_ID);
	expect_silence(client);
	expect_silence(server);
	/* Who comes later does not hear of the other at all. */
	close(server);
	ck_assert_int_eq(loop_wait(loop, server_gone, l, PATIENCE), 0);
	server = link_attach(l, DDLINK_SERVER);
	ck_assert_uint_eq(drain(server), 3 + DDLINK_VECTORS);
	expect_silence(client);
	close(server);
	close(client);
	link_free(l);
}
END_TEST

START_TEST(what_a_side_sends_is_dropped)
{
	char noise[4096];
	struct link *l;
	int sock, i, n = 0;

	memset(noise, 0xa5, sizeof(noise));
	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	sock = link_attach(l, DDLINK_SERVER);
	drain(sock);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(send(sock, noise, sizeof(noise), 0), sizeof(noise));
	expect_silence(sock);
	ck_assert(link_attached(l, DDLINK_SERVER));
	ck_assert_int_eq(ioctl(sock, TIOCOUTQ, &n), 0);
	ck_assert_int_eq(n, 0);
	close(sock);
	link_free(l);
}
END_TEST

/* A QEMU that reads nothing while its socket fills up gets the rest, in order, when it reads. */
START_TEST(a_slow_side_misses_nothing)
{
	enum { PEERS = IVSHMEM_PEERS_MAX, VECTORS = 32 };
	struct ivshmem_server *s;
	int sock, shm = memfd_create("test", MFD_CLOEXEC), n = 0, queued;
	unsigned int peer, v;

	ck_assert_int_eq(ivshmem_server_new(&s, loop->event, shm, PEERS, VECTORS), 0);
	sock = ivshmem_server_attach(s, PEERS - 1);
	ck_assert_int_ge(sock, 0);
	/* More than a socket takes at once, or this tests nothing. */
	ck_assert_int_eq(ioctl(sock, FIONREAD, &queued), 0);
	ck_assert_int_lt(queued, 8 * (3 + PEERS * VECTORS));
	for (peer = 0; peer < PEERS - 1; peer++)
		ck_assert_int_eq(ivshmem_server_revoke(s, peer), 0);
	expect_plain(sock, IVSHMEM_PROTOCOL_VERSION);
	expect_plain(sock, 0);
	close(expect_fd(sock, -1));
	/* The last of all comes to itself last: to it the first is 1, and it is 0. */
	for (peer = 1; peer <= PEERS; peer++)
		for (v = 0; v < VECTORS; v++)
			close(expect_fd(sock, peer % PEERS));
	for (peer = 1; peer < PEERS; peer++)
		expect_plain(sock, peer);
	expect_silence(sock);
	ck_assert_int_eq(ioctl(sock, FIONREAD, &n), 0);
	ck_assert_int_eq(n, 0);
	ivshmem_server_free(s);
	close(sock);
	close(shm);
}
END_TEST

START_TEST(bad_input_is_refused)
{
	struct ivshmem_server *s;
	struct link *l;

	ck_assert_int_eq(link_new(&l, loop, "", DDLINK_CLASS_NET), -EINVAL);
	ck_assert_int_eq(link_new(&l, loop, "a-name-too-long-for-it", DDLINK_CLASS_NET), -EINVAL);
	ck_assert_int_eq(ivshmem_server_new(&s, loop->event, 0, 0, 1), -EINVAL);
	ck_assert_int_eq(ivshmem_server_new(&s, loop->event, 0, 2, 0), -EINVAL);
	ck_assert_int_eq(ivshmem_server_new(&s, loop->event, 0, IVSHMEM_PEERS_MAX + 1, 1), -EINVAL);
	ck_assert_int_eq(link_new(&l, loop, "a-name-of-15-ch", DDLINK_CLASS_NET), 0);
	ck_assert_int_eq(link_attach(l, 2), -EINVAL);
	ck_assert_int_eq(link_ring_doorbell(l, 2, 0), -EINVAL);
	ck_assert_int_eq(link_ring_doorbell(l, 0, DDLINK_VECTORS), -EINVAL);
	link_free(l);
	link_free(NULL);
}
END_TEST

static unsigned int count_fds(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			n++;
	return n;
}

START_TEST(a_freed_link_leaves_no_descriptor)
{
	unsigned int before = count_fds();
	struct link *l;
	int sock;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	sock = link_attach(l, DDLINK_SERVER);
	ck_assert_uint_gt(count_fds(), before);
	link_free(l);
	close(sock);
	ck_assert_uint_eq(count_fds(), before);
}
END_TEST

/* What a side writes in its page, as the modules do. */
static void show_side(struct link *l, unsigned int role, uint32_t number, uint32_t ack)
{
	struct ddlink_side *side =
		(struct ddlink_side *)(link_memory(l) + ddlink_side_offset(role));

	side->version = htole32(DDLINK_VERSION);
	side->session = htole32(number);
	side->ack = htole32(ack);
	side->magic = htole32(DDLINK_MAGIC);
}

static void check_look(struct link *l, enum link_side server, enum link_side client)
{
	struct link_view v;

	ck_assert_int_eq(link_look(l, &v), 0);
	ck_assert_str_eq(link_side_text(v.sides[DDLINK_SERVER]), link_side_text(server));
	ck_assert_str_eq(link_side_text(v.sides[DDLINK_CLIENT]), link_side_text(client));
	ck_assert_int_eq(link_view_up(&v), server == LINK_SIDE_UP && client == LINK_SIDE_UP);
}

START_TEST(a_look_tells_how_far_the_handshake_is)
{
	struct link *l;
	int server, client;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	check_look(l, LINK_SIDE_GONE, LINK_SIDE_GONE);
	server = link_attach(l, DDLINK_SERVER);
	client = link_attach(l, DDLINK_CLIENT);
	show_side(l, DDLINK_SERVER, 3, 0);
	check_look(l, LINK_SIDE_WAITING, LINK_SIDE_GONE);
	show_side(l, DDLINK_CLIENT, 7, 3);
	check_look(l, LINK_SIDE_WAITING, LINK_SIDE_UP);
	show_side(l, DDLINK_SERVER, 3, 7);
	check_look(l, LINK_SIDE_UP, LINK_SIDE_UP);
	show_side(l, DDLINK_CLIENT, 8, 3);
	check_look(l, LINK_SIDE_WAITING, LINK_SIDE_UP);
	show_side(l, DDLINK_CLIENT, 7, 3);
	/* Its page stays, but there is nobody who could keep to it. */
	close(server);
	ck_assert_int_eq(loop_wait(loop, server_gone, l, PATIENCE), 0);
	check_look(l, LINK_SIDE_GONE, LINK_SIDE_WAITING);
	link_free(l);
	close(client);
}
END_TEST

START_TEST(a_look_at_garbage_is_harmless)
{
	struct link_view v;
	struct link *l;
	int server, client;

	ck_assert_int_eq(link_new(&l, loop, "net0", DDLINK_CLASS_NET), 0);
	server = link_attach(l, DDLINK_SERVER);
	client = link_attach(l, DDLINK_CLIENT);
	memset((void *)link_memory(l), 0xff, DDLINK_CONTROL_SIZE);
	ck_assert_int_eq(link_look(l, &v), 0);
	ck_assert(!link_view_up(&v));
	check_look(l, LINK_SIDE_GARBAGE, LINK_SIDE_GARBAGE);
	ck_assert_uint_eq(v.passed[DDLINK_RING_TO_SERVER], UINT32_MAX);
	link_free(l);
	close(server);
	close(client);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ivshmem");
	TCase *tc = tcase_create("ivshmem");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_link_describes_itself_in_sealed_memory);
	tcase_add_test(tc, the_greeting_waits_in_the_socket_before_the_loop_runs);
	tcase_add_test(tc, two_sides_ring_each_other);
	tcase_add_test(tc, a_side_that_dies_is_replaced_unheard);
	tcase_add_test(tc, a_spare_takes_a_side_over);
	tcase_add_test(tc, whoever_joins_finds_the_descriptor);
	tcase_add_test(tc, the_descriptor_says_how_often_to_beat_and_whether_to_wait);
	tcase_add_test(tc, a_revoked_link_cuts_both_sides_off);
	tcase_add_test(tc, what_a_side_sends_is_dropped);
	tcase_add_test(tc, a_slow_side_misses_nothing);
	tcase_add_test(tc, bad_input_is_refused);
	tcase_add_test(tc, a_freed_link_leaves_no_descriptor);
	tcase_add_test(tc, a_look_tells_how_far_the_handshake_is);
	tcase_add_test(tc, a_look_at_garbage_is_harmless);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
