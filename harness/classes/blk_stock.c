// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk exported by stock parts: NVMe over TCP between a virtio card in the driver VM and one in
 * the client, both ends the kernel's own. In the driver VM they are configured by files (nvmet's
 * configfs), in the client by a line for /dev/nvme-fabrics.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classes/blk-private.h"
#include "classes/netdev.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"

/* Not a network of net/switch.h; a joint has nobody else on it. %u: device, end. */
#define ADDRESS "10.79.%u.%u"
#define HOST_SERVER 1
#define HOST_CLIENT 2
#define PORT "4420"
/* What NVMe calls the disk. */
#define NQN "nqn.2004-12.invalid.drivervm:%s"
#define CONFIGFS "/sys/kernel/config"
#define NVMET CONFIGFS "/nvmet"

static int blk_end_up(struct device *dev, unsigned int role, int *fd)
{
	return joints_plug(&((struct blk_host *)dev->host)->joints, dev, role, fd);
}

static int configure(struct device *dev, unsigned int role)
{
	bool server = role == DDLINK_SERVER;
	char netdev[NETDEV_NAME_MAX], *script;
	int err;

	err = joint_start(dev, role, netdev);
	if (err)
		return err;
	/* No IPv6: its stack would send packets that nobody asked for. */
	script = xasprintf("echo 1 >/proc/sys/net/ipv6/conf/%s/disable_ipv6 && " IP
			   " link set %s up && " IP " addr add " ADDRESS "/24 dev %s",
			   netdev, netdev, dev->index, server ? HOST_SERVER : HOST_CLIENT, netdev);
	err = step_script(dev, server ? dev->vm : dev->user, "configure the joint", script);
	free(script);
	return err;
}

/* Has the kernel serve the disk @name. */
static int serve(struct device *dev, const char *name)
{
	char *script;
	int err;

	script = xasprintf("[ -d " NVMET " ] || mount -t configfs none " CONFIGFS " || exit 1; "
			   "disk=" NVMET "/subsystems/" NQN "; port=" NVMET "/ports/%u; "
			   "mkdir $disk $disk/namespaces/1 $port && "
			   "echo 1 >$disk/attr_allow_any_host && "
			   "echo /dev/%s >$disk/namespaces/1/device_path && "
			   "echo 1 >$disk/namespaces/1/enable && "
			   "echo tcp >$port/addr_trtype && echo ipv4 >$port/addr_adrfam && "
			   "echo " ADDRESS " >$port/addr_traddr && "
			   "echo " PORT " >$port/addr_trsvcid && ln -s $disk $port/subsystems/",
			   dev->name, dev->index + 1, name, dev->index, HOST_SERVER);
	err = step_script(dev, dev->vm, "serve the disk", script);
	free(script);
	return err;
}

static int blk_stock_start_server(struct device *dev)
{
	char name[BLK_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = vm_modprobe(dev->vm, "nvmet_tcp", NULL);
	if (!err)
		err = configure(dev, DDLINK_SERVER);
	if (!err)
		err = blk_find_disk(dev, name);
	return err ? err : serve(dev, name);
}

static int connect_disk(struct device *dev)
{
	char *script;
	int err;

	script = xasprintf("echo transport=tcp,traddr=" ADDRESS ",trsvcid=" PORT ",nqn=" NQN
			   " >/dev/nvme-fabrics",
			   dev->index, HOST_SERVER, dev->name);
	err = step_script(dev, dev->user, "connect to the disk", script);
	free(script);
	return err;
}

/* Is disk @name what the driver VM serves as the device's? 1, 0, errno. */
static int is_served(const struct device *dev, const char *name)
{
	char *path = xasprintf("/sys/block/%s/device/subsysnqn", name);
	char *nqn = xasprintf(NQN "\n", dev->name), *text;
	int err = vm_read_file(dev->user, path, &text), is = 0;

	if (!err) {
		is = streq(text, nqn);
		free(text);
	}
	free(nqn);
	free(path);
	/* Other disks have none. */
	return err && err != -ENOENT ? err : is;
}

static int blk_stock_start_client(struct device *dev)
{
	char name[BLK_NAME_MAX];
	int err;

	err = vm_modprobe(dev->user, "nvme_tcp", NULL);
	if (!err)
		err = configure(dev, DDLINK_CLIENT);
	if (!err)
		err = connect_disk(dev);
	if (err)
		return err;
	err = blk_wait_disk(dev, dev->user, is_served, name);
	if (!err)
		step_set_path(dev, name);
	else if (err != -EINTR)
		pr_err("%s: no disk in VM %s: %s", dev->name, vm_spec(dev->user)->name,
		       strerror(-err));
	return err;
}

static int blk_stock_counters(struct device *dev, counter_fn fn, void *arg)
{
	char netdev[NETDEV_NAME_MAX];
	int err;

	err = joint_find(dev, DDLINK_CLIENT, netdev);
	if (!err)
		err = netdev_counters(dev->user, netdev, "client.joint.", fn, arg);
	if (!err)
		err = joint_find(dev, DDLINK_SERVER, netdev);
	return err ? err : netdev_counters(dev->vm, netdev, "driver.joint.", fn, arg);
}

const struct device_stock blk_stock = {
	.end_up = blk_end_up,
	.end_args = joint_qemu_args,
	.start_server = blk_stock_start_server,
	.start_client = blk_stock_start_client,
	.counters = blk_stock_counters,
};
