// SPDX-License-Identifier: GPL-2.0-or-later
/* Driver VM and client joined by a virtio card in each. */
#include "classes/joint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "classes/netdev.h"
#include "core/log.h"
#include "core/util.h"
#include "net/joint.h"

/* The last byte of the cards' addresses. */
#define INDEX_MAX 255
#define MAC_SIZE 18

int joints_plug(struct joints *joints, const struct device *dev, unsigned int role, int *fd)
{
	struct net_joint **joint;
	int err = 0;

	if (dev->index > INDEX_MAX) {
		pr_err("%s: at most %d devices of a class in a system", dev->name, INDEX_MAX + 1);
		return -EINVAL;
	}
	while (joints->n <= dev->index) {
		joints->v = xreallocarray(joints->v, joints->n + 1, sizeof(*joints->v));
		joints->v[joints->n++] = NULL;
	}
	joint = &joints->v[dev->index];
	if (!*joint)
		err = net_joint_new(joint);
	return err ? err : net_joint_plug(*joint, role, fd);
}

void joints_free(struct joints *joints)
{
	while (joints->n > 0)
		net_joint_free(joints->v[--joints->n]);
	free(joints->v);
	joints->v = NULL;
}

/* Of one pattern with no other card's: class, end, device. */
static void joint_mac(const struct device *dev, unsigned int role, char mac[MAC_SIZE])
{
	snprintf(mac, MAC_SIZE, "52:54:00:%02x:%02x:%02x", dev->class->link_class & 0xff,
		 role & 0xff, dev->index & 0xff);
}

void joint_qemu_args(const struct device *dev, unsigned int role, struct argv *args, int fd)
{
	char mac[MAC_SIZE];

	joint_mac(dev, role, mac);
	argv_add(args, "-netdev");
	argv_add(args, "tap,id=%s-joint,fd=%d", dev->name, fd);
	argv_add(args, "-device");
	argv_add(args, "virtio-net-pci,netdev=%s-joint,mac=%s,id=%s-joint-dev", dev->name, mac,
		 dev->name);
}

static struct vm *vm_of(const struct device *dev, unsigned int role)
{
	return role == DDLINK_SERVER ? dev->vm : dev->user;
}

int joint_find(struct device *dev, unsigned int role, char *netdev)
{
	struct vm *vm = vm_of(dev, role);
	char mac[MAC_SIZE];
	int err;

	joint_mac(dev, role, mac);
	err = netdev_find(vm, mac, netdev);
	if (err == -ENODEV)
		pr_err("%s: no interface with address %s in VM %s", dev->name, mac,
		       vm_spec(vm)->name);
	return err;
}

int joint_start(struct device *dev, unsigned int role, char *netdev)
{
	struct vm *vm = vm_of(dev, role);
	int err;

	err = vm_modprobe(vm, "virtio_pci", NULL);
	if (!err)
		err = vm_modprobe(vm, "virtio_net", NULL);
	return err ? err : joint_find(dev, role, netdev);
}
