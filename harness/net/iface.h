/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network interfaces of a namespace through netlink (libnl-route): bridge, veth, tap, addresses,
 * MTU, rate cap. Every function returns 0 or a negative errno and reports what failed.
 */
#ifndef DRIVERVM_NET_IFACE_H
#define DRIVERVM_NET_IFACE_H

#include <stdbool.h>
#include <stdint.h>

struct nl_sock;

/* A route socket inside a namespace. */
int iface_open(struct nl_sock **sk, int netns_fd);
/* NULL is allowed. */
void iface_close(struct nl_sock *sk);

/* A bridge that only forwards: no spanning tree, no multicast snooping, no delay. */
int iface_add_bridge(struct nl_sock *sk, const char *name);
/* A veth pair; @peer_name appears in @peer_netns_fd. Both are down. */
int iface_add_veth(struct nl_sock *sk, const char *name, int peer_netns_fd, const char *peer_name);

/* Of an interface's name, with its NUL. */
#define IFACE_NAME_SIZE 16

/*
 * A tap for QEMU, opened in the namespace; *@fd is the caller's, and the tap lives as long as it.
 * The kernel puts the first free number in the place of "%d" in @name, which is changed to that.
 * @vnet_hdr: frames carry struct virtio_net_hdr, for NICs that can use it.
 */
int iface_add_tap(int *fd, int netns_fd, char name[IFACE_NAME_SIZE], bool vnet_hdr);

/*
 * Enslaves to @master (NULL: none), sets @mtu (0: as it is), and sets it up. Its IPv6 stack makes
 * no address by itself, so it sends nothing that nobody asked for.
 */
int iface_up(struct nl_sock *sk, const char *name, const char *master, unsigned int mtu);
/* Of a bridge's port: what comes in by it does not go out by others of its kind. */
int iface_isolate(struct nl_sock *sk, const char *name);
/* "52:54:00:77:01:00" */
int iface_set_mac(struct nl_sock *sk, const char *name, const char *mac);
int iface_set_mtu(struct nl_sock *sk, const char *name, unsigned int mtu);
/* "10.77.0.1/24", "fd77::1/64" (without duplicate detection); one that is there is success. */
int iface_add_address(struct nl_sock *sk, const char *name, const char *address);
/* Caps what is sent at @bits_per_second (a token bucket); 0 removes the cap. */
int iface_set_rate(struct nl_sock *sk, const char *name, uint64_t bits_per_second);

#endif
