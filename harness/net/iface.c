// SPDX-License-Identifier: GPL-2.0-or-later
/* Network interfaces of a namespace through netlink. */
#include "net/iface.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/link/veth.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "net/nl_error.h"
#include "net/netns.h"

static int open_route_socket(void *arg)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	(void)arg;
	return fd < 0 ? -errno : fd;
}

int iface_open(struct nl_sock **out, int netns_fd)
{
	struct nl_sock *sk;
	int fd, err;

	fd = netns_open(netns_fd, open_route_socket, NULL);
	if (fd < 0) {
		pr_err("cannot open a netlink socket: %s", strerror(-fd));
		return fd;
	}
	sk = nl_socket_alloc();
	if (!sk) {
		close(fd);
		return -ENOMEM;
	}
	err = nl_socket_set_fd(sk, NETLINK_ROUTE, fd);
	if (err < 0) {
		close(fd);
		nl_socket_free(sk);
		return nl_report(err, "cannot use a netlink socket");
	}
	*out = sk;
	return 0;
}

void iface_close(struct nl_sock *sk)
{
	if (sk)
		nl_socket_free(sk);
}

int iface_add_bridge(struct nl_sock *sk, const char *name)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;
	int err = -NLE_NOMEM;

	/* By hand: libnl has no setter for the bridge's multicast snooping. */
	if (!msg)
		goto out;
	err = nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO);
	if (err < 0)
		goto out;
	NLA_PUT_STRING(msg, IFLA_IFNAME, name);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	if (!info)
		goto nla_put_failure;
	NLA_PUT_STRING(msg, IFLA_INFO_KIND, "bridge");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data)
		goto nla_put_failure;
	NLA_PUT_U32(msg, IFLA_BR_STP_STATE, 0);
	NLA_PUT_U32(msg, IFLA_BR_FORWARD_DELAY, 0);
	NLA_PUT_U8(msg, IFLA_BR_MCAST_SNOOPING, 0);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	err = nl_send_sync(sk, msg); /* frees msg */
	return err < 0 ? nl_report(err, "cannot make bridge %s", name) : 0;
nla_put_failure:
	err = -NLE_MSGSIZE;
out:
	nlmsg_free(msg);
	return nl_report(err, "cannot make bridge %s", name);
}

int iface_add_veth(struct nl_sock *sk, const char *name, int peer_netns_fd, const char *peer_name)
{
	struct rtnl_link *veth = rtnl_link_veth_alloc();
	struct rtnl_link *peer;
	int err = -NLE_NOMEM;

	if (!veth)
		goto out;
	rtnl_link_set_name(veth, name);
	peer = rtnl_link_veth_get_peer(veth);
	rtnl_link_set_name(peer, peer_name);
	rtnl_link_set_ns_fd(peer, peer_netns_fd);
	err = rtnl_link_add(sk, veth, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(peer);
out:
	rtnl_link_put(veth);
	return err < 0 ? nl_report(err, "cannot make the veth pair %s, %s", name, peer_name) : 0;
}

static int find(struct nl_sock *sk, const char *name, struct rtnl_link **found)
{
	int err = rtnl_link_get_kernel(sk, 0, name, found);

	return err < 0 ? nl_report(err, "cannot find interface %s", name) : 0;
}

/* Applies @change to the interface called @name. Takes @change over. */
static int change_link(struct nl_sock *sk, const char *name, struct rtnl_link *change)
{
	struct rtnl_link *old;
	int err = find(sk, name, &old);

	if (err < 0)
		goto out;
	err = rtnl_link_change(sk, old, change, 0);
	rtnl_link_put(old);
	if (err < 0)
		err = nl_report(err, "cannot configure interface %s", name);
out:
	rtnl_link_put(change);
	return err;
}

/* Before it is up for the first time: an address made then would stay. */
static int forbid_own_addresses(struct nl_sock *sk, const char *name)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (!change)
		return -ENOMEM;
	rtnl_link_inet6_set_addr_gen_mode(change, IN6_ADDR_GEN_MODE_NONE);
	return change_link(sk, name, change);
}

int iface_up(struct nl_sock *sk, const char *name, const char *master, unsigned int mtu)
{
	struct rtnl_link *bridge = NULL;
	struct rtnl_link *change;
	int err;

	err = forbid_own_addresses(sk, name);
	if (err < 0)
		return err;
	change = rtnl_link_alloc();
	if (!change)
		return -ENOMEM;
	if (master) {
		err = find(sk, master, &bridge);
		if (err < 0) {
			rtnl_link_put(change);
			return err;
		}
		rtnl_link_set_master(change, rtnl_link_get_ifindex(bridge));
		rtnl_link_put(bridge);
	}
	if (mtu)
		rtnl_link_set_mtu(change, mtu);
	rtnl_link_set_flags(change, IFF_UP);
	return change_link(sk, name, change);
}

static int put_isolated(struct nl_msg *msg, int ifindex)
{
	struct ifinfomsg port = { .ifi_family = AF_BRIDGE, .ifi_index = ifindex };
	struct nlattr *nest;
	int err = nlmsg_append(msg, &port, sizeof(port), NLMSG_ALIGNTO);

	if (err < 0)
		return err;
	nest = nla_nest_start(msg, IFLA_PROTINFO | NLA_F_NESTED);
	if (!nest)
		return -NLE_MSGSIZE;
	err = nla_put_u8(msg, IFLA_BRPORT_ISOLATED, 1);
	nla_nest_end(msg, nest);
	return err;
}

/* libnl knows the other flags of a port. */
int iface_isolate(struct nl_sock *sk, const char *name)
{
	struct rtnl_link *link;
	struct nl_msg *msg;
	int err = find(sk, name, &link);

	if (err < 0)
		return err;
	msg = nlmsg_alloc_simple(RTM_SETLINK, 0);
	err = msg ? put_isolated(msg, rtnl_link_get_ifindex(link)) : -NLE_NOMEM;
	rtnl_link_put(link);
	if (!err)
		err = nl_send_sync(sk, msg); /* frees it */
	else
		nlmsg_free(msg);
	return err < 0 ? nl_report(err, "cannot isolate interface %s", name) : 0;
}

int iface_set_mac(struct nl_sock *sk, const char *name, const char *mac)
{
	struct rtnl_link *change = rtnl_link_alloc();
	struct nl_addr *address = NULL;
	int err;

	if (!change)
		return -ENOMEM;
	err = nl_addr_parse(mac, AF_LLC, &address);
	if (err < 0) {
		rtnl_link_put(change);
		return nl_report(err, "'%s' is not an address", mac);
	}
	rtnl_link_set_addr(change, address);
	nl_addr_put(address);
	return change_link(sk, name, change);
}

int iface_set_mtu(struct nl_sock *sk, const char *name, unsigned int mtu)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (!change)
		return -ENOMEM;
	rtnl_link_set_mtu(change, mtu);
	return change_link(sk, name, change);
}

int iface_add_address(struct nl_sock *sk, const char *name, const char *address)
{
	struct rtnl_addr *addr = rtnl_addr_alloc();
	struct rtnl_link *iface = NULL;
	struct nl_addr *local = NULL;
	int err;

	if (!addr)
		return -ENOMEM;
	err = find(sk, name, &iface);
	if (err < 0)
		goto out;
	err = nl_addr_parse(address, AF_UNSPEC, &local);
	if (err < 0) {
		err = nl_report(err, "'%s' is not an address", address);
		goto out;
	}
	rtnl_addr_set_ifindex(addr, rtnl_link_get_ifindex(iface));
	rtnl_addr_set_local(addr, local);
	if (nl_addr_get_family(local) == AF_INET6)
		rtnl_addr_set_flags(addr, IFA_F_NODAD);
	err = rtnl_addr_add(sk, addr, 0);
	if (err == -NLE_EXIST)
		err = 0;
	if (err < 0)
		err = nl_report(err, "cannot give %s the address %s", name, address);
out:
	nl_addr_put(local);
	rtnl_link_put(iface);
	rtnl_addr_put(addr);
	return err;
}
