/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Driver VM and client joined by a virtio card in each (see net/joint.h), for classes whose devices
 * can be exported over a network by stock parts. Roles are those of links: DDLINK_SERVER is the
 * driver VM, DDLINK_CLIENT the device's user.
 */
#ifndef DRIVERVM_CLASSES_JOINT_H
#define DRIVERVM_CLASSES_JOINT_H

#include "classes/class.h"

struct net_joint;

/* The joints of a class, by device index, part of its host. All zeroes: none yet. */
struct joints {
	struct net_joint **v;
	size_t n;
};

/* The host's side of an end, made with its joint if need be: what struct device_stock's end_up()
 * does. */
int joints_plug(struct joints *joints, const struct device *dev, unsigned int role, int *fd);
void joints_free(struct joints *joints);

/* The card of an end: what struct device_stock's end_args() adds. */
void joint_qemu_args(const struct device *dev, unsigned int role, struct argv *args, int fd);
/* Loads the card's driver in the VM that has the end; @netdev, of NETDEV_NAME_MAX, is its name. */
int joint_start(struct device *dev, unsigned int role, char *netdev);
/* The same for an end that has been started. */
int joint_find(struct device *dev, unsigned int role, char *netdev);

#endif
