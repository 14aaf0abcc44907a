/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client half of the CAN translation module: an ordinary CAN interface, of the kernel's own
 * frame for CAN drivers, whose controller is at the other end of a link. ddcan_client_main.c is the
 * side of the link, ddcan_client_netdev.c that of the network stack.
 */
#ifndef DDCAN_CLIENT_H
#define DDCAN_CLIENT_H

#include <linux/can/dev.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "ddcan_frame.h"

struct ddcan_client {
	struct can_priv can; /* must be first */
	struct ddlink_device *link;
	struct net_device *dev;
	struct napi_struct napi;
	struct can_bittiming_const timing; /* the controller's; the link's work */
	u32 bitrates[DDCAN_BITRATES]; /* or what speeds it has; the same */
	bool registered; /* the link's work only */
	struct delayed_work away; /* waits while there is no session, then gives up waiting */

	spinlock_t lock; /* bh; everything below, and the ring to the server */
	bool live; /* there is a session */
	bool ready; /* and its controller is open */
	u64 head; /* cookie of the next frame; those from tail on are under way */
	u64 tail;
	unsigned long moved; /* jiffies, when tail was last moved, or frames began to be under way
			      */
	struct ddcan_client_config shown; /* as last published */
	u32 restarts;
	bool running; /* the device is up */
	struct can_berr_counter errors; /* as shown by the server */
};

/*
 * Whether frames under way may be touched: if the device is not up, or bus-off, the kernel's frame
 * for CAN drivers throws them away, with no lock. lock held.
 */
static inline bool ddcan_client_active(const struct ddcan_client *c)
{
	return c->running && c->can.state != CAN_STATE_BUS_OFF;
}

/* Fills in a new net_device. */
void ddcan_client_setup(struct ddcan_client *c);

/* Shows the server how the controller is to be set up, if that is news. lock held. */
void ddcan_client_publish(struct ddcan_client *c);

/* Lets the stack send, or not. lock held. */
void ddcan_client_queue(struct ddcan_client *c);

#endif
