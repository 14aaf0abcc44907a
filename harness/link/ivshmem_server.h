/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's side of QEMU's ivshmem protocol (docs/specs/ivshmem-spec), for a fixed small set of
 * peers that share one memory region. Does not know what the memory holds.
 *
 * A message is one little-endian 64-bit number, with or without a descriptor: protocol version,
 * the peer's own ID, -1 with the memory's descriptor; then for each peer, itself last, its ID once
 * per doorbell vector, each with that vector's eventfd. An ID without a descriptor says that the
 * peer is gone.
 *
 * IDs in messages are names local to whom they are sent to, who is 0, with the others from there on
 * in the order of the IDs here: QEMU saves the state of a device only if its ID is 0.
 *
 * Each peer hears of all others when it connects, whether they are there or not, and an eventfd
 * stays what it is when a QEMU ends and another takes its place: so nobody has to be told, and a
 * doorbell rung for who is absent rings nowhere. That is not only simpler. QEMU (7.2) frees a
 * peer's doorbells when it hears that the peer is gone, and writes to the freed memory when it
 * hears that the peer is back: "gone" must be for good.
 */
#ifndef DRIVERVM_LINK_IVSHMEM_SERVER_H
#define DRIVERVM_LINK_IVSHMEM_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define IVSHMEM_PROTOCOL_VERSION 0
#define IVSHMEM_PEERS_MAX 16

struct ivshmem_server;

/*
 * @shm_fd stays the caller's and must outlive the server. Makes @n_peers times @vectors eventfds.
 * Returns 0 or a negative errno, silently.
 */
int ivshmem_server_new(struct ivshmem_server **server, sd_event *event, int shm_fd,
		       unsigned int n_peers, unsigned int vectors);
/* Closes all sockets and eventfds. NULL is allowed. */
void ivshmem_server_free(struct ivshmem_server *server);

/*
 * Connects peer @id anew: returns QEMU's end of a socketpair, for the caller to hand on and close,
 * with the greeting already in it (QEMU reads it before it runs its own loop); or a negative errno.
 * -EBUSY: the peer is connected. It is no more once its QEMU has closed the socket.
 */
int ivshmem_server_attach(struct ivshmem_server *server, unsigned int id);
bool ivshmem_server_attached(const struct ivshmem_server *server, unsigned int id);
/*
 * Connects one that is to take the place of peer @id later, as above. It has the memory, and can
 * ring the others, but does not hear the doorbells of @id, which one QEMU alone can hear, until
 * ivshmem_server_promote(). -EBUSY: there is such a one already.
 */
int ivshmem_server_attach_standby(struct ivshmem_server *server, unsigned int id);
bool ivshmem_server_has_standby(const struct ivshmem_server *server, unsigned int id);
/*
 * That one is peer @id from now on. 0; -EBUSY while that is still connected; -ENOENT: nobody stands
 * by.
 */
int ivshmem_server_promote(struct ivshmem_server *server, unsigned int id);
/* Tells all others that @id is gone, for good: they can ring it no more. */
int ivshmem_server_revoke(struct ivshmem_server *server, unsigned int id);
/* Interrupts peer @id on @vector, as another peer's doorbell would. */
int ivshmem_server_ring(struct ivshmem_server *server, unsigned int id, unsigned int vector);

#endif
