/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the class of network cards share: net.c, net_stock.c for "via: stock", and
 * net_remote.c for a VM at the other end.
 */
#ifndef DRIVERVM_CLASSES_NET_PRIVATE_H
#define DRIVERVM_CLASSES_NET_PRIVATE_H

#include "classes/class.h"
#include "classes/joint.h"
#include "net/switch.h"

/* The host's part of a system's cards: dev->host. */
struct net_host {
	struct net_switch *sw;
	struct joints joints;
};

/* The name, of NETDEV_NAME_MAX, of the card's interface in dev->vm, which its driver has made. */
int net_find_card(struct device *dev, char *name);
/* Makes the interface @rename_from (NULL: it has its name) of dev->user what the client uses. */
int net_configure(struct device *dev, const char *rename_from);

/* A script's part: an interface that sends nothing that nobody asked for. The caller frees it. */
char *net_quiet(const char *netdev);

extern const struct device_remote net_remote;
/* Of the machine at the other end, dev->remote. */
int net_remote_set_mtu(struct device *dev, unsigned int mtu);

extern const struct device_stock net_stock;
/* In the driver VM; what dev->user has is not its business. */
int net_stock_set_mtu(struct device *dev, unsigned int mtu);

#endif
