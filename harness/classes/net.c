// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network cards: a tap on the system's switch, a stock driver, and an interface in the client that
 * is called as the device ("net0") whichever way it got there. See net/switch.h for the outside.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classes/net-private.h"
#include "classes/netdev.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"

#define RATE_MAX_MBIT 10000
/* How long the peer may take to answer a first ping, seconds. */
#define PEER_S 20
/* By path, as IP. */
#define PING "/bin/ping"

/* -- the host's side -- */

static int net_host_up(void **host)
{
	struct net_host *h = xcalloc(1, sizeof(*h));
	int err = net_switch_new(&h->sw);

	if (err) {
		free(h);
		return err;
	}
	*host = h;
	return 0;
}

static void net_host_down(void *host)
{
	struct net_host *h = host;

	joints_free(&h->joints);
	net_switch_free(h->sw);
	free(h);
}

static int net_peer_netns_fd(void *host)
{
	return net_switch_peer_netns_fd(((struct net_host *)host)->sw);
}

static int net_backend_up(struct device *dev, int *fd)
{
	struct net_host *h = dev->host;

	if (dev->index >= NET_SUBNETS_MAX) {
		pr_err("%s: at most %d network cards in a system", dev->name, NET_SUBNETS_MAX);
		return -EINVAL;
	}
	return net_switch_add_port(h->sw, dev->index, driver_desc_has(dev->driver, "vnet-hdr"), fd);
}

static void net_mac(unsigned int index, char *buf, size_t size)
{
	snprintf(buf, size, "52:54:00:77:00:%02x", index);
}

static void net_qemu_args(const struct device *dev, struct argv *args, int fd)
{
	char mac[18];

	/* Cards show theirs in places that QEMU compares with those of the one that was saved. */
	net_mac(dev->cloned ? 0 : dev->index, mac, sizeof(mac));
	argv_add(args, "-netdev");
	argv_add(args, "tap,id=%s,fd=%d", dev->name, fd);
	argv_add(args, "-device");
	argv_add(args, "%s,netdev=%s,mac=%s,id=%s-dev", dev->driver->device, dev->name, mac,
		 dev->name);
}

/* -- the guests' side -- */

int net_find_card(struct device *dev, char *name)
{
	char mac[18];
	int err;

	net_mac(dev->index, mac, sizeof(mac));
	err = netdev_find(dev->vm, mac, name);
	if (err == -ENODEV)
		pr_err("%s: driver %s made no interface with address %s in VM %s", dev->name,
		       dev->driver->name, mac, vm_spec(dev->vm)->name);
	return err;
}

char *net_quiet(const char *netdev)
{
	return xasprintf("cd /proc/sys/net/ipv6/conf/%s && echo 0 >accept_dad && "
			 "echo 0 >accept_ra && echo 0 >router_solicitations",
			 netdev);
}

/* Tells the rest of the harness the card's addresses. */
static void publish_addresses(struct device *dev)
{
	char client[NET_ADDRESS_SIZE], peer[NET_ADDRESS_SIZE];

	net_address4(client, sizeof(client), dev->index, NET_HOST_CLIENT, false);
	net_address4(peer, sizeof(peer), dev->index, NET_HOST_PEER, false);
	free(dev->client_address);
	free(dev->peer_address);
	dev->client_address = xstrdup(client);
	dev->peer_address = xstrdup(peer);
}

/*
 * Addresses, and no packet that nobody asked for (duplicate detection, router solicitation). With
 * several cards on one switch each must answer for its own address only.
 */
int net_configure(struct device *dev, const char *rename_from)
{
	char v4[NET_ADDRESS_SIZE], v6[NET_ADDRESS_SIZE], *rename = xstrdup(""), *script;
	char *quiet = net_quiet(dev->name), *address = NULL, mac[18];
	const char *n = dev->name;
	int err;

	net_address4(v4, sizeof(v4), dev->index, NET_HOST_CLIENT, true);
	net_address6(v6, sizeof(v6), dev->index, NET_HOST_CLIENT, true);
	if (rename_from) {
		free(rename);
		rename = xasprintf(IP " link set %s name %s && ", rename_from, n);
	} else if (dev->cloned) {
		/* All clones of a template come with its address; the driver VM follows. */
		net_mac(dev->index, mac, sizeof(mac));
		address = xasprintf("link set %s address %s\\n", n, mac);
	}
	/* One process for all: in a client with a hundred cards they add up to many seconds. */
	script = xasprintf("%s%s && cd /proc/sys/net/ipv4/conf/%s && echo 1 >arp_ignore && "
			   "echo 2 >arp_announce && printf '%slink set %s up\\n"
			   "addr add %s dev %s\\naddr add %s dev %s nodad\\n' | " IP " -batch -",
			   rename, quiet, n, address ? address : "", n, v4, n, v6, n);
	err = step_script(dev, dev->user, "configure the interface", script);
	if (!err)
		publish_addresses(dev);
	free(script);
	free(address);
	free(quiet);
	free(rename);
	return err;
}

static int net_start_in_place(struct device *dev)
{
	char netdev[NETDEV_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = net_find_card(dev, netdev);
	if (!err)
		err = step_settle(dev);
	return err ? err : net_configure(dev, netdev);
}

static int net_start_server(struct device *dev)
{
	char netdev[NETDEV_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = net_find_card(dev, netdev);
	if (!err)
		err = step_load_half(dev->vm, "ddnet_server");
	if (!err)
		err = step_settle(dev);
	return err ? err : step_bind(dev, netdev);
}

/* Until the card has found its cable: e1000 takes up to two seconds. */
static int net_settle(struct device *dev)
{
	char netdev[NETDEV_NAME_MAX], *path;
	int err = net_find_card(dev, netdev);

	if (err)
		return err;
	path = xasprintf("/sys/class/net/%s/carrier", netdev);
	err = step_wait_text(dev, dev->vm, "carrier", path, "1");
	free(path);
	return err;
}

static int net_start_client(struct device *dev)
{
	char *path, *address;
	int err;

	err = step_load_half(dev->user, "ddnet_client");
	if (err)
		return err;
	path = xasprintf("/sys/class/net/%s/address", dev->name);
	err = step_wait_file(dev, dev->user, "interface", path, &address);
	free(path);
	if (err)
		return err;
	free(address);
	return net_configure(dev, NULL);
}

static int net_resume_client(struct device *dev)
{
	publish_addresses(dev);
	return 0;
}

/* Waits until a frame of @size bytes of IPv4 goes to the peer and comes back. */
static int ping_peer(struct device *dev, unsigned int size)
{
	char peer[NET_ADDRESS_SIZE], *script;
	int err;

	net_address4(peer, sizeof(peer), dev->index, NET_HOST_PEER, false);
	/*
	 * Only once the link is there: a first request for the peer's address would be lost, and
	 * the next comes a second later. Tries until one is answered, as cards may still reset;
	 * ping itself gives up as soon as an address is not resolved.
	 */
	script = xasprintf("end=$(($(date +%%s) + %u)); "
			   "until [ \"$(cat /sys/class/net/%s/carrier 2>&1)\" = 1 ] && " PING
			   " -q -n -M do -c 1 -i 0.05 -w 5 -s %u -I %s %s >/dev/null 2>&1; "
			   "do [ $(date +%%s) -lt $end ] || { echo no answer to ping; exit 1; }; "
			   "sleep 0.02; done",
			   PEER_S, dev->name, size - 28, dev->name, peer);
	err = step_script(dev, dev->user, "reach the peer", script);
	free(script);
	return err;
}

/* The same with a small frame, and with no process but the shell's own ping for each try. */
static char *net_check(const struct device *dev)
{
	char peer[NET_ADDRESS_SIZE];

	net_address4(peer, sizeof(peer), dev->index, NET_HOST_PEER, false);
	return xasprintf(
		"read t r </proc/uptime; end=$((${t%%%%.*} + %d)); "
		"until read up </sys/class/net/%s/carrier && [ $up = 1 ] && "
		"ping -q -c 1 -W 1 -I %s %s >/dev/null; do read t r </proc/uptime; "
		"[ ${t%%%%.*} -lt $end ] || { echo cannot reach the peer: no answer to ping; "
		"exit 1; }; sleep 0.05; done 2>/dev/null",
		PEER_S, dev->name, dev->name, peer);
}

/* -- settings -- */

static bool parse_mtu(const char *value, unsigned int *mtu)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	end += strspn(end, " ");
	if (end == value || *end || *value == '-' || n < NET_MTU_MIN || n > NET_MTU_MAX)
		return false;
	*mtu = (unsigned int)n;
	return true;
}

static bool mtu_valid(const char *value)
{
	unsigned int mtu;

	return parse_mtu(value, &mtu);
}

/* At the client and at the peer. Through a link, the driver VM follows by itself. */
static int mtu_apply(struct device *dev, const char *value)
{
	char v6[NET_ADDRESS_SIZE], *script, *back = xstrdup("true");
	struct net_host *h = dev->host;
	unsigned int mtu = 0;
	int err;

	parse_mtu(value, &mtu);
	if (dev->driver->max_mtu && mtu > dev->driver->max_mtu) {
		pr_err("%s: driver %s takes an MTU of at most %u, not %u", dev->name,
		       dev->driver->name, dev->driver->max_mtu, mtu);
		free(back);
		return -EINVAL;
	}
	if (mtu >= NET_IPV6_MTU_MIN) {
		net_address6(v6, sizeof(v6), dev->index, NET_HOST_CLIENT, true);
		free(back);
		back = xasprintf(IP " addr replace %s dev %s nodad", v6, dev->name);
	}
	script = xasprintf(IP " link set %s mtu %u && %s", dev->name, mtu, back);
	err = net_switch_set_mtu(h->sw, mtu);
	if (!err && dev->remote)
		err = net_remote_set_mtu(dev, mtu);
	if (!err && dev->stock)
		err = net_stock_set_mtu(dev, mtu);
	if (!err)
		err = step_script(dev, dev->user, "set the MTU", script);
	/* Cards reset on this; a full frame that comes back says that every part has followed. */
	if (!err)
		err = ping_peer(dev, mtu);
	free(script);
	free(back);
	return err;
}

static bool rate_valid(const char *value)
{
	double mbit;

	return step_parse_rate(value, RATE_MAX_MBIT, &mbit);
}

static int rate_apply(struct device *dev, const char *value)
{
	struct net_host *h = dev->host;
	double mbit = 0;

	/* The cable to the peer is one, whatever the number of cards. */
	step_parse_rate(value, RATE_MAX_MBIT, &mbit);
	return net_switch_set_rate(h->sw, (uint64_t)llround(mbit * 1e6));
}

static bool offload_valid(const char *value)
{
	return streq(value, "on") || streq(value, "off");
}

/* Checksums that the client computes and compares itself tell what a faulty driver has changed. */
static int offload_apply(struct device *dev, const char *value)
{
	char *script = xasprintf("why=$(/usr/sbin/ethtool -K %s rx %s tx %s 2>&1) || "
				 "{ echo \"cannot: $why\"; exit 1; }",
				 dev->name, value, value);
	int err = step_script(dev, dev->user, "set who computes checksums", script);

	free(script);
	return err;
}

static const struct device_setting net_settings[] = {
	{ "offload", "on or off: leave checksums and segmentation to card and driver VM",
	  offload_valid, offload_apply },
	{ "mtu", "bytes, 68 to 9000", mtu_valid, mtu_apply },
	{ "rate", "Mbit/s of the cable to the peer, 0: uncapped", rate_valid, rate_apply },
	{ 0 },
};

/* -- counters -- */

static int net_counters(struct device *dev, counter_fn fn, void *arg)
{
	char netdev[NETDEV_NAME_MAX];
	int err;

	err = netdev_counters(dev->user, dev->name, "client.netdev.", fn, arg);
	if (err || !dev->link)
		return err;
	err = step_link_counters(dev, fn, arg);
	if (!err)
		err = net_find_card(dev, netdev);
	return err ? err : netdev_counters(dev->vm, netdev, "driver.card.", fn, arg);
}

static const struct device_class net_class = {
	.name = "net",
	.link_class = DDLINK_CLASS_NET,
	.default_driver = "e1000",
	.prefix = "net",
	.settings = net_settings,
	.stock = &net_stock,
	.remote = &net_remote,
	.host_up = net_host_up,
	.host_down = net_host_down,
	.peer_netns_fd = net_peer_netns_fd,
	.backend_up = net_backend_up,
	.backend_slow = true, /* a tap: the kernel waits for all processors, some 15 ms */
	.qemu_args = net_qemu_args,
	.start_in_place = net_start_in_place,
	.start_server = net_start_server,
	.start_client = net_start_client,
	.resume_client = net_resume_client,
	.settle = net_settle,
	.check = net_check,
	.counters = net_counters,
};

DEVICE_CLASS(net_class)
