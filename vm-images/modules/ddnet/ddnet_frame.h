/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames in and out of rings, the same on both sides of the link.
 */
#ifndef DDNET_FRAME_H
#define DDNET_FRAME_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "ddlink.h"
#include "ddnet_config.h"

/*
 * Pages that frames out of the ring are copied to, used in turn: a block whose frames are all gone
 * by the time its turn comes again is taken as it is, which spares the allocator's work and, where
 * the kernel clears what it allocates, as much memory traffic again as the copy itself.
 */
#define DDNET_BLOCKS 16

struct ddnet_pages {
	struct page *block[DDNET_BLOCKS]; /* each compound, or NULL */
	unsigned int turn; /* index of the current block */
	u32 offset; /* of what is free in it */
};

/*
 * Copies a frame into the ring, its VLAN tag put in band; mac_len bytes of link-layer header lie
 * before skb->data. The caller publishes. -ENOSPC: the ring is full. -EINVAL: the frame cannot be
 * described to the other side (segment it first). -EMSGSIZE. -EPROTO.
 */
int ddnet_put(struct ddlink_producer *tx, const struct sk_buff *skb, unsigned int mac_len);

/*
 * Makes an skb of a record, with its data at the Ethernet header, mac and network header set, and
 * offload fields as the record says, after checking them. pages belongs to the caller's poll.
 * NULL if memory is short or the offload fields make no sense (then drop the frame). The record
 * is not consumed. The caller checked it with ddnet_record_ok().
 */
struct sk_buff *ddnet_get(struct napi_struct *napi, struct ddnet_pages *pages,
			  const struct ddlink_record *rec);

/* Whether a record is one that an honest peer could send at all. */
static inline bool ddnet_record_ok(const struct ddlink_record *rec)
{
	return rec->type == DDNET_REC_FRAME && rec->len >= sizeof(struct ddnet_header) + ETH_HLEN &&
	       rec->len <= sizeof(struct ddnet_header) + DDNET_FRAME_MAX;
}

void ddnet_free_pages(struct ddnet_pages *pages);

#endif
