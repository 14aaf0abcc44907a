/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outside world of a system's network cards: a switch (a bridge in a namespace of its own, one
 * tap per card) and, on a cable of settable rate, the peer (a second namespace).
 *
 *	card -- tap -- br0 -- sw-peer | peer0 10.77.N.1/24, fd77:0:0:N::1/64
 *
 * Everything within the switch takes frames of up to 9216 bytes, so that only the MTUs of card
 * and peer count. veth's segmentation offloads stay on: the peer stands for a machine that is
 * never the bottleneck, and frames still leave towards a card one by one.
 */
#ifndef DRIVERVM_NET_SWITCH_H
#define DRIVERVM_NET_SWITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_SUBNETS_MAX 256
#define NET_MTU_MIN 68
#define NET_MTU_MAX 9000
#define NET_MTU_DEFAULT 1500
/* Below this the kernel takes IPv6, and its addresses, off an interface (RFC 8200). */
#define NET_IPV6_MTU_MIN 1280

struct net_switch;

/* The namespaces, the bridge and the peer. Returns 0 or a negative errno, reported. */
int net_switch_new(struct net_switch **out);
/* Everything vanishes with the last descriptor: taps held by a QEMU go with that QEMU. */
void net_switch_free(struct net_switch *sw);

/*
 * Plugs a card in: *@tap_fd is the caller's, to hand to QEMU. The peer gets an address in subnet
 * @subnet, which is the card's own.
 */
int net_switch_add_port(struct net_switch *sw, unsigned int subnet, bool vnet_hdr, int *tap_fd);

/*
 * Puts a VM in the peer's place, before the first card is plugged in: *@tap_fd is the caller's, to
 * hand to its QEMU, and frames carry struct virtio_net_hdr. The peer's namespace then only joins
 * the cable to it, and the peer's addresses and MTU are for that VM to have:
 *
 *	card -- tap -- br0 -- sw-peer | peer0 -- br0 -- tap-remote -- the VM's card
 *
 * Again, once that descriptor has been closed, for another VM.
 */
int net_switch_plug_remote(struct net_switch *sw, int *tap_fd);
/* Has the peer addresses in subnet @subnet? */
bool net_switch_has_subnet(const struct net_switch *sw, unsigned int subnet);

/* The peer's MTU, NET_MTU_MIN to NET_MTU_MAX. */
int net_switch_set_mtu(struct net_switch *sw, unsigned int mtu);
/* Caps the cable between switch and peer, each direction for itself; 0: uncapped. */
int net_switch_set_rate(struct net_switch *sw, uint64_t bits_per_second);

int net_switch_peer_netns_fd(const struct net_switch *sw);
int net_switch_netns_fd(const struct net_switch *sw);

/* Addresses of subnet N, into @buf: host 1 is the peer, 2 the client. @prefix: with "/24". */
void net_address4(char *buf, size_t size, unsigned int subnet, unsigned int host, bool prefix);
void net_address6(char *buf, size_t size, unsigned int subnet, unsigned int host, bool prefix);
#define NET_HOST_PEER 1
#define NET_HOST_CLIENT 2
#define NET_ADDRESS_SIZE 48

#endif
