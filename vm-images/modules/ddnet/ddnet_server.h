/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server half of the network translation module, in the driver VM: a NIC's netdev, whichever
 * driver it has, on one side, a link on the other. ddnet_server_main.c moves frames from the ring
 * to the NIC, ddnet_server_nic.c the other way, and does to the NIC what the client asks for.
 */
#ifndef DDNET_SERVER_H
#define DDNET_SERVER_H

#include <linux/if_vlan.h>
#include <linux/llist.h>
#include <linux/netdevice.h>

#include "ddnet_frame.h"

/*
 * What may be on its way in the NIC before we leave frames in the ring, where the client feels
 * the back-pressure. Enough to keep a NIC busy from one interrupt to the next.
 */
#define DDNET_INFLIGHT_BYTES (256u << 10)
#define DDNET_INFLIGHT_FRAMES 512

/* Frames out of the ring are handed to the NIC in batches of at most so many, and bytes. */
#define DDNET_BATCH_FRAMES 16
#define DDNET_BATCH_BYTES (32u << 10)

/* So many frames must have gone to and fro one at a time before poll waits for the next. */
#define DDNET_SPIN_EXCHANGES 4u

struct ddnet_server;

/* A frame the NIC has not finished with. */
struct ddnet_inflight {
	struct llist_node node; /* while free */
	struct ddnet_server *srv;
	u32 bytes;
};

struct ddnet_server {
	struct ddlink_device *link;

	/* ring to NIC: all of it in napi's poll, but for what the NIC gives back */
	struct net_device napi_dev; /* only carries napi */
	struct napi_struct napi;
	struct ddnet_pages pages;
	struct sk_buff_head out; /* frames out of the ring that the NIC did not take yet */
	struct llist_head free; /* of slots */
	atomic_t inflight; /* bytes */
	bool held; /* poll waits for the NIC to give something back */
	wait_queue_head_t idle; /* inflight may be 0 */
	struct ddnet_inflight slots[DDNET_INFLIGHT_FRAMES];

	/* traffic that goes to and fro; written without a lock, for it only decides about time */
	unsigned int taken; /* frames of the client since the last one it was given */
	unsigned int exchanges; /* one each way, without interruption */
	u64 given_at; /* local_clock(), of the last one */

	/* NIC to ring */
	spinlock_t tx_lock; /* bh */
	bool live; /* tx_lock; there is a session */
	bool client_up; /* tx_lock; and the client wants frames */

	/* the NIC; rtnl, and RCU for readers */
	struct net_device __rcu *lower;
	netdevice_tracker lower_tracker;
	struct notifier_block notifier;
	struct ddnet_server_config shown; /* as last published */
	struct ddnet_client_config wanted; /* as last asked for */
	bool promisc; /* we made it so */
	DECLARE_BITMAP(vlans, VLAN_N_VID); /* we added */
};

/* Binds the NIC called name, or none if it is empty. rtnl is taken inside. */
int ddnet_nic_bind(struct ddnet_server *srv, const char *name);

/* Gives the NIC back, closed, so that no frame of ours is left in it. Under rtnl. */
void ddnet_nic_release(struct ddnet_server *srv);

/* Does to the NIC what srv->wanted says, as far as it is sensible. Under rtnl. */
void ddnet_nic_configure(struct ddnet_server *srv);

/*
 * For a rehearsal: has the NIC's receiver hear a frame, and writes a record with the same frame
 * for the NIC to send to @record. Its length, or a negative errno. rtnl is taken inside.
 */
int ddnet_nic_rehearse(struct ddnet_server *srv, u8 *record);

/* Makes poll look again; any context. */
static inline void ddnet_server_resume(struct ddnet_server *srv)
{
	napi_schedule(&srv->napi);
}

int ddnet_nic_event(struct notifier_block *nb, unsigned long event, void *ptr);

#endif
