// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VM as the machine at the other end of the network: a virtio card at the far end of the cable,
 * with the peer's addresses. It stands for a machine that is never the bottleneck, so its card is
 * the cheapest there is, and whole segments pass to and from it.
 */
#include <errno.h>
#include <stdlib.h>

#include "classes/net-private.h"
#include "classes/netdev.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"

/* As net_mac() and joint_mac() make none. */
#define MAC "52:54:00:77:ff:00"

static int net_plug_remote(struct device *dev, int *fd)
{
	return net_switch_plug_remote(((struct net_host *)dev->host)->sw, fd);
}

static void net_remote_args(struct argv *args, int fd)
{
	argv_add(args, "-netdev");
	argv_add(args, "tap,id=remote,fd=%d", fd);
	argv_add(args, "-device");
	argv_add(args, "virtio-net-pci,netdev=remote,mac=" MAC ",id=remote-dev");
}

static int find_card(struct device *dev, char *netdev)
{
	int err = netdev_find(dev->remote, MAC, netdev);

	if (err == -ENODEV)
		pr_err("no interface with address " MAC " in VM %s", vm_spec(dev->remote)->name);
	return err;
}

/* A script's part: the peer's addresses, one for each card that is plugged in. */
static char *add_addresses(struct device *dev, const char *netdev)
{
	const struct net_switch *sw = ((struct net_host *)dev->host)->sw;
	char v4[NET_ADDRESS_SIZE], v6[NET_ADDRESS_SIZE];
	char *script = xstrdup("true"), *longer;
	unsigned int i;

	for (i = 0; i < NET_SUBNETS_MAX; i++) {
		if (!net_switch_has_subnet(sw, i))
			continue;
		net_address4(v4, sizeof(v4), i, NET_HOST_PEER, true);
		net_address6(v6, sizeof(v6), i, NET_HOST_PEER, true);
		longer = xasprintf("%s && " IP " addr replace %s dev %s && " IP
				   " addr replace %s dev %s nodad",
				   script, v4, netdev, v6, netdev);
		free(script);
		script = longer;
	}
	return script;
}

static int net_remote_start(struct device *dev)
{
	char netdev[NETDEV_NAME_MAX], *quiet, *addresses, *script;
	int err;

	err = vm_modprobe(dev->remote, "virtio_pci", NULL);
	if (!err)
		err = vm_modprobe(dev->remote, "virtio_net", NULL);
	if (!err)
		err = find_card(dev, netdev);
	if (err)
		return err;
	quiet = net_quiet(netdev);
	addresses = add_addresses(dev, netdev);
	script = xasprintf("%s && " IP " link set %s up && %s", quiet, netdev, addresses);
	err = step_script(dev, dev->remote, "configure the machine at the other end", script);
	free(script);
	free(addresses);
	free(quiet);
	return err;
}

int net_remote_set_mtu(struct device *dev, unsigned int mtu)
{
	char netdev[NETDEV_NAME_MAX], *addresses, *script;
	int err = find_card(dev, netdev);

	if (err)
		return err;
	addresses = mtu < NET_IPV6_MTU_MIN ? xstrdup("true") : add_addresses(dev, netdev);
	script = xasprintf(IP " link set %s mtu %u && %s", netdev, mtu, addresses);
	err = step_script(dev, dev->remote, "set the MTU of the machine at the other end", script);
	free(script);
	free(addresses);
	return err;
}

const struct device_remote net_remote = {
	.plug = net_plug_remote,
	.args = net_remote_args,
	.start = net_remote_start,
};
