/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server half of the CAN translation module, in the driver VM: a controller's netdev, whichever
 * driver it has, on one side, a link on the other. ddcan_server_main.c moves frames from the ring
 * to the controller, ddcan_server_bus.c the other way, and sets the controller up as the client
 * asks.
 */
#ifndef DDCAN_SERVER_H
#define DDCAN_SERVER_H

#include <linux/netdevice.h>

#include "ddcan_frame.h"

/*
 * Frames that the controller's driver or its queue may have at a time: fewer than the ten that the
 * queue of a CAN device takes before it drops any.
 */
#define DDCAN_INFLIGHT 8u

struct ddcan_server {
	struct ddlink_device *link;
	struct net_device napi_dev; /* only carries napi */
	struct napi_struct napi; /* ring to controller */

	spinlock_t lock; /* bh; everything below but lower and wanted, and the ring to the client */
	bool live; /* there is a session */
	/*
	 * Frames given to the driver are numbered on and on. Those from tail on are in flight; of
	 * each the client's cookie, by its number.
	 */
	u32 head;
	u32 tail;
	u64 cookie[DDCAN_INFLIGHT];
	struct ddcan_server_config shown; /* as last published */
	u32 restarts; /* the client's number that was acted upon */
	u16 txerr, rxerr; /* of the last error frame that told them */

	/* the controller; rtnl, and RCU for readers */
	struct net_device __rcu *lower;
	netdevice_tracker lower_tracker;
	struct notifier_block notifier;
	struct ddcan_client_config wanted; /* as last asked for; rtnl */
	struct ddcan_client_config applied; /* bit timing and modes that it has; rtnl */
};

/* The mark of a frame with that number, in the part of its skb that its echo shares; never 0. */
static inline u32 ddcan_server_mark(u32 number)
{
	return number << 1 | 1;
}

/* Binds the controller called name, or none if it is empty. rtnl is taken inside. */
int ddcan_bus_bind(struct ddcan_server *srv, const char *name);

/* Gives the controller back, closed, so that no frame of ours is left in it. Under rtnl. */
void ddcan_bus_release(struct ddcan_server *srv);

/* Sets the controller up as srv->wanted says, as far as its driver agrees. Under rtnl. */
void ddcan_bus_configure(struct ddcan_server *srv);

/*
 * A frame is about to be given to the controller's driver, with skb->dev and its mark set: sees to
 * it that we learn what becomes of it, if the driver is one of those that send no echo.
 */
void ddcan_bus_watch(struct ddcan_server *srv, struct sk_buff *skb);

int ddcan_bus_event(struct notifier_block *nb, unsigned long event, void *ptr);

/*
 * Tells the client what became of the frames in flight up to, but not, number @until: that they
 * were lost; and that number @until itself was sent, if @sent. lock held; true if the client is to
 * be woken.
 */
bool ddcan_server_settle(struct ddcan_server *srv, u32 until, bool sent);

#endif
