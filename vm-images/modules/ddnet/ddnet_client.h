/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client half of the network translation module: an ordinary network device whose hardware is
 * a link to a driver VM. ddnet_client_main.c is the side of the link, ddnet_client_netdev.c that
 * of the network stack.
 */
#ifndef DDNET_CLIENT_H
#define DDNET_CLIENT_H

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "ddnet_frame.h"

struct ddnet_client {
	struct ddlink_device *link;
	struct net_device *dev;
	struct napi_struct napi;
	struct ddnet_pages pages; /* napi's poll */
	bool live; /* tx lock; there is a session */
	bool registered; /* the link's work only */
	struct delayed_work away; /* waits while there is no session, then gives up waiting */
	unsigned long unanswered; /* jiffies, odd: of the first frame sent since an answer; or 0 */
	unsigned int heard; /* frames since */
	unsigned long asked; /* jiffies, odd: when neighbours were last asked for an answer; or 0 */
	struct work_struct ask;
	u32 speed; /* of the NIC, Mb/s; 0: unknown */
	bool full_duplex;

	spinlock_t config_lock; /* irq; orders what the server is shown */
	struct ddnet_client_config shown; /* config_lock; as last published */
	bool running; /* config_lock; the device is up */
	DECLARE_BITMAP(vlans, VLAN_N_VID); /* config_lock; that the stack wants */
};

/* Room in the ring below which the queue stops: any frame, and padding before it, must fit. */
static inline u32 ddnet_client_reserve(void)
{
	return 2 * ddlink_record_size(sizeof(struct ddnet_header) + DDNET_FRAME_MAX);
}

/* Fills in a new net_device. */
void ddnet_client_setup(struct ddnet_client *c);

/* Shows the server what the device wants, if that is news. Any context. */
void ddnet_client_publish(struct ddnet_client *c);

/* Lets the stack send again if the ring has room. napi's poll. */
void ddnet_client_wake(struct ddnet_client *c);

/* -- ddnet_client_heard.c: does anybody answer? Any context, but for init and stop -- */

void ddnet_client_heard_init(struct ddnet_client *c);
/* There is no session any more. May sleep. */
void ddnet_client_heard_stop(struct ddnet_client *c);
void ddnet_client_sent(struct ddnet_client *c);
/* @skb as the stack gets it. */
void ddnet_client_heard(struct ddnet_client *c, const struct sk_buff *skb);
/* Every now and then, while there is a session. */
void ddnet_client_listen(struct ddnet_client *c);

#endif
