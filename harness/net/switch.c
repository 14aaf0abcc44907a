// SPDX-License-Identifier: GPL-2.0-or-later
/* The outside world of a system's network cards: a switch and the peer. */
#include "net/switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/util.h"
#include "net/iface.h"
#include "net/netns.h"

#define BRIDGE "br0"
#define SWITCH_END "sw-peer"
#define PEER_END "peer0"
#define REMOTE_TAP "tap-remote"
#define SWITCH_MTU 9216
/*
 * The same in every system: a client that is restored in another one than it was saved in knows its
 * peer. The last byte but one of cards' addresses is 0.
 */
#define PEER_MAC "52:54:00:77:01:00"

struct net_switch {
	int switch_ns;
	int peer_ns;
	struct nl_sock *switch_sk;
	struct nl_sock *peer_sk;
	bool subnets[NET_SUBNETS_MAX]; /* those in which the peer has addresses */
	bool remote; /* the peer is a VM: the namespace has no addresses */
};

void net_address4(char *buf, size_t size, unsigned int subnet, unsigned int host, bool prefix)
{
	snprintf(buf, size, "10.77.%u.%u%s", subnet, host, prefix ? "/24" : "");
}

void net_address6(char *buf, size_t size, unsigned int subnet, unsigned int host, bool prefix)
{
	snprintf(buf, size, "fd77:0:0:%x::%x%s", subnet, host, prefix ? "/64" : "");
}

static int build(struct net_switch *sw)
{
	int err;

	sw->switch_ns = netns_new();
	if (sw->switch_ns < 0)
		return sw->switch_ns;
	sw->peer_ns = netns_new();
	if (sw->peer_ns < 0)
		return sw->peer_ns;
	err = iface_open(&sw->switch_sk, sw->switch_ns);
	if (!err)
		err = iface_open(&sw->peer_sk, sw->peer_ns);
	if (!err)
		err = iface_up(sw->switch_sk, "lo", NULL, 0);
	if (!err)
		err = iface_up(sw->peer_sk, "lo", NULL, 0);
	if (!err)
		err = iface_add_bridge(sw->switch_sk, BRIDGE);
	if (!err)
		err = iface_up(sw->switch_sk, BRIDGE, NULL, SWITCH_MTU);
	if (!err)
		err = iface_add_veth(sw->switch_sk, SWITCH_END, sw->peer_ns, PEER_END);
	if (!err)
		err = iface_up(sw->switch_sk, SWITCH_END, BRIDGE, SWITCH_MTU);
	if (!err)
		err = iface_set_mac(sw->peer_sk, PEER_END, PEER_MAC);
	if (!err)
		err = iface_up(sw->peer_sk, PEER_END, NULL, NET_MTU_DEFAULT);
	return err;
}

int net_switch_new(struct net_switch **out)
{
	struct net_switch *sw = xcalloc(1, sizeof(*sw));
	int err;

	sw->switch_ns = -1;
	sw->peer_ns = -1;
	err = build(sw);
	if (err < 0) {
		net_switch_free(sw);
		return err;
	}
	*out = sw;
	return 0;
}

void net_switch_free(struct net_switch *sw)
{
	if (!sw)
		return;
	iface_close(sw->peer_sk);
	iface_close(sw->switch_sk);
	fd_close(&sw->peer_ns);
	fd_close(&sw->switch_ns);
	free(sw);
}

static int add_peer_address(struct net_switch *sw, unsigned int subnet, bool v6)
{
	char address[NET_ADDRESS_SIZE];

	if (sw->remote)
		return 0;
	if (v6)
		net_address6(address, sizeof(address), subnet, NET_HOST_PEER, true);
	else
		net_address4(address, sizeof(address), subnet, NET_HOST_PEER, true);
	return iface_add_address(sw->peer_sk, PEER_END, address);
}

int net_switch_add_port(struct net_switch *sw, unsigned int subnet, bool vnet_hdr, int *tap_fd)
{
	char name[IFACE_NAME_SIZE];
	int err;

	if (subnet >= NET_SUBNETS_MAX)
		return -EINVAL;
	/* The kernel puts a number there: a spare's is beside that of the card it may replace. */
	snprintf(name, sizeof(name), "tap%u.%%d", subnet);
	err = iface_add_tap(tap_fd, sw->switch_ns, name, vnet_hdr);
	if (err < 0)
		return err;
	err = iface_up(sw->switch_sk, name, BRIDGE, SWITCH_MTU);
	/* Cards talk to the peer only; what one sends to all would wake all others' driver VMs. */
	if (!err)
		err = iface_isolate(sw->switch_sk, name);
	if (!err)
		err = add_peer_address(sw, subnet, false);
	if (!err)
		err = add_peer_address(sw, subnet, true);
	if (err < 0) {
		fd_close(tap_fd);
		return err;
	}
	sw->subnets[subnet] = true;
	return 0;
}

/* Within its namespace, the peer's end of the cable becomes a port like any other. */
static int open_peer_to_remote(struct net_switch *sw)
{
	int err = iface_add_bridge(sw->peer_sk, BRIDGE);

	if (!err)
		err = iface_up(sw->peer_sk, BRIDGE, NULL, SWITCH_MTU);
	if (!err)
		err = iface_up(sw->peer_sk, PEER_END, BRIDGE, SWITCH_MTU);
	sw->remote = !err;
	return err;
}

int net_switch_plug_remote(struct net_switch *sw, int *tap_fd)
{
	char name[IFACE_NAME_SIZE] = REMOTE_TAP;
	int err = sw->remote ? 0 : open_peer_to_remote(sw);

	if (!err)
		err = iface_add_tap(tap_fd, sw->peer_ns, name, true);
	if (err < 0)
		return err;
	err = iface_up(sw->peer_sk, name, BRIDGE, SWITCH_MTU);
	if (err < 0)
		fd_close(tap_fd);
	return err;
}

bool net_switch_has_subnet(const struct net_switch *sw, unsigned int subnet)
{
	return subnet < NET_SUBNETS_MAX && sw->subnets[subnet];
}

int net_switch_set_mtu(struct net_switch *sw, unsigned int mtu)
{
	unsigned int i;
	int err;

	if (mtu < NET_MTU_MIN || mtu > NET_MTU_MAX)
		return -EINVAL;
	if (sw->remote)
		return 0;
	err = iface_set_mtu(sw->peer_sk, PEER_END, mtu);
	for (i = 0; i < NET_SUBNETS_MAX && !err && mtu >= NET_IPV6_MTU_MIN; i++)
		if (sw->subnets[i])
			err = add_peer_address(sw, i, true);
	return err;
}

int net_switch_set_rate(struct net_switch *sw, uint64_t bits_per_second)
{
	int err = iface_set_rate(sw->switch_sk, SWITCH_END, bits_per_second);

	return err ? err : iface_set_rate(sw->peer_sk, PEER_END, bits_per_second);
}

int net_switch_peer_netns_fd(const struct net_switch *sw)
{
	return sw->peer_ns;
}

int net_switch_netns_fd(const struct net_switch *sw)
{
	return sw->switch_ns;
}
