/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces in guests, for classes that use them. */
#ifndef DRIVERVM_CLASSES_NETDEV_H
#define DRIVERVM_CLASSES_NETDEV_H

#include "classes/class.h"

#define NETDEV_NAME_MAX 16

/* In guests, by path: busybox's shell would prefer an applet of its own to iproute2. */
#define IP "/bin/ip"

/*
 * The name that the kernel gave the interface with address @mac ("52:54:00:77:00:00") in @vm, into
 * @name of NETDEV_NAME_MAX. Returns 0; -ENODEV, silently, if there is none; or another errno.
 */
int netdev_find(struct vm *vm, const char *mac, char *name);
/* Emits the kernel's statistics of an interface, with @prefix before each name. */
int netdev_counters(struct vm *vm, const char *netdev, const char *prefix, counter_fn fn,
		    void *arg);

#endif
