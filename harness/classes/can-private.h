/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the class of CAN controllers share: can.c, and can_line.c, the adapters. */
#ifndef DRIVERVM_CLASSES_CAN_PRIVATE_H
#define DRIVERVM_CLASSES_CAN_PRIVATE_H

#include "classes/class.h"

/* Slots of QEMU's PCI bus that it gives to nobody by itself: from the end. */
#define CAN_SLOT_FIRST 0x18u
/* Controllers of a VM; each has a slot. */
#define CAN_CONTROLLERS_MAX 8u
/* Bytes of an interface's name, in whatever guest. */
#define CAN_NAME_SIZE 16

/* By its slot a controller is told from the others: it has no address of its own. */
unsigned int can_slot(const struct device *dev);
/*
 * Waits for what the driver of the device in that slot makes of it in dev->vm, @what and a number
 * below @max: "tty/ttyS" in sysfs. 0 and *@number; or as step_wait_found(), unreported.
 */
int can_find_in_slot(const struct device *dev, const char *what, unsigned int max,
		     unsigned int *number);

/*
 * Is the device's controller an adapter on a serial line, on the bus outside of all VMs
 * (can_bus.h)? Else it is a card, on the bus of the QEMU that has it.
 */
bool can_line_is(const struct device *dev);
/* QEMU's arguments for it. In a dry run @fd is only a number. */
void can_line_args(const struct device *dev, struct argv *args, int fd);
/* What its interface is called in dev->vm; @name has CAN_NAME_SIZE bytes. */
void can_line_interface(const struct device *dev, char *name);
/* Has dev->vm make that interface, its driver being loaded. 0 or a negative errno, reported. */
int can_line_attach(struct device *dev);

#endif
