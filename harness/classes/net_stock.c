// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network card exported by stock parts, as is usual where drivers have VMs of their own: a bridge
 * in the driver VM between the card and a virtio card, which is joined to one of the client.
 *
 *	client: net0 -- joint -- driver VM: ethN -- brN -- ethM, the card
 */
#include <stdlib.h>

#include "classes/net-private.h"
#include "classes/netdev.h"
#include "classes/steps.h"
#include "core/util.h"

static int net_end_up(struct device *dev, unsigned int role, int *fd)
{
	return joints_plug(&((struct net_host *)dev->host)->joints, dev, role, fd);
}

/*
 * It only forwards, as the host's bridges do, and sends nothing by itself; a driver VM needs no
 * addresses.
 */
static int build_bridge(struct device *dev, const char *card, const char *joint)
{
	unsigned int n = dev->index;
	char *script;
	int err;

	script = xasprintf("cd /proc/sys/net/ipv6/conf && echo 1 >all/disable_ipv6 && "
			   "echo 1 >default/disable_ipv6 && " IP
			   " link add br%u type bridge mcast_snooping 0 && " IP
			   " link set %s master br%u up && " IP " link set %s master br%u up && " IP
			   " link set br%u up",
			   n, joint, n, card, n, n);
	err = step_script(dev, dev->vm, "bridge the card", script);
	free(script);
	return err;
}

static int net_stock_start_server(struct device *dev)
{
	char card[NETDEV_NAME_MAX], joint[NETDEV_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = net_find_card(dev, card);
	if (!err)
		err = joint_start(dev, DDLINK_SERVER, joint);
	if (!err)
		err = vm_modprobe(dev->vm, "bridge", NULL);
	if (!err)
		err = step_settle(dev);
	return err ? err : build_bridge(dev, card, joint);
}

static int net_stock_start_client(struct device *dev)
{
	char netdev[NETDEV_NAME_MAX];
	int err = joint_start(dev, DDLINK_CLIENT, netdev);

	return err ? err : net_configure(dev, netdev);
}

int net_stock_set_mtu(struct device *dev, unsigned int mtu)
{
	char *script;
	int err;

	/* The bridge itself follows its ports. */
	script = xasprintf("for port in /sys/class/net/br%u/brif/*; do " IP
			   " link set ${port##*/} mtu %u || exit 1; done",
			   dev->index, mtu);
	err = step_script(dev, dev->vm, "set the MTU in the driver VM", script);
	free(script);
	return err;
}

static int net_stock_counters(struct device *dev, counter_fn fn, void *arg)
{
	char netdev[NETDEV_NAME_MAX];
	int err;

	err = joint_find(dev, DDLINK_SERVER, netdev);
	if (!err)
		err = netdev_counters(dev->vm, netdev, "driver.joint.", fn, arg);
	if (!err)
		err = net_find_card(dev, netdev);
	return err ? err : netdev_counters(dev->vm, netdev, "driver.card.", fn, arg);
}

const struct device_stock net_stock = {
	.end_up = net_end_up,
	.end_args = joint_qemu_args,
	.start_server = net_stock_start_server,
	.start_client = net_stock_start_client,
	.counters = net_stock_counters,
};
