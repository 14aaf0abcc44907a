/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CAN bus outside of all VMs, and the adapters on it, each at the end of a serial line that leads
 * into a VM. They are told what to do in the ASCII commands of Lawicel's CAN232 (its manual's
 * chapter "Available CAN232 ASCII Commands"), which is what Linux's slcan speaks.
 *
 * The bus is a good one: frames arrive whole, in one order for all, and nobody has to be there to
 * acknowledge them. Who has set another speed hears nothing. An adapter whose VM does not take what
 * arrives loses it, as a real one does.
 */
#ifndef DRIVERVM_CLASSES_CAN_BUS_H
#define DRIVERVM_CLASSES_CAN_BUS_H

#include "core/loop.h"

struct can_bus;

struct can_bus *can_bus_new(void);
/* With its adapters. Before the loop that they were plugged in with. */
void can_bus_free(struct can_bus *bus);
/*
 * Adapter @index of the bus, closed and in place of one that there may be. *@fd is the other end of
 * its line, the caller's. Returns 0 or a negative errno, silently.
 */
int can_bus_plug(struct can_bus *bus, struct loop *loop, unsigned int index, int *fd);

#endif
