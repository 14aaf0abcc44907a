// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames in and out of rings. The description of a frame's offloads (struct virtio_net_hdr) comes
 * from the other machine: it is copied, then checked, and what cannot be right is refused.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/flow_dissector.h>

#include "ddnet_frame.h"

/* Frames up to this length become linear; of longer ones so much that all headers are in it. */
#define LINEAR_MAX 2048u
#define HEAD_LEN 256u

#define BLOCK_ORDER 3

#define GSO_SENDABLE \
	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | SKB_GSO_DODGY | SKB_GSO_TCP_FIXEDID)

int ddnet_put(struct ddlink_producer *tx, const struct sk_buff *skb, unsigned int mac_len)
{
	unsigned int tag_len = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	unsigned int len = skb->len + mac_len;
	int at = -(int)mac_len;
	struct virtio_net_hdr net;
	struct ddnet_header *hdr;
	u8 *to;
	int ret;

	if (len < ETH_HLEN || len + tag_len > DDNET_FRAME_MAX)
		return -EMSGSIZE;
	if (skb_is_gso(skb) && (skb_shinfo(skb)->gso_type & ~GSO_SENDABLE))
		return -EINVAL;
	if (virtio_net_hdr_from_skb(skb, &net, true, true, mac_len + tag_len))
		return -EINVAL;
	ret = ddlink_reserve(tx, DDNET_REC_FRAME, sizeof(*hdr) + len + tag_len, 0, &to);
	if (ret)
		return ret;
	hdr = (struct ddnet_header *)to;
	hdr->net = net;
	to += sizeof(*hdr);
	if (tag_len) {
		struct vlan_ethhdr *eth = (struct vlan_ethhdr *)to;

		skb_copy_bits(skb, at, to, 2 * ETH_ALEN);
		eth->h_vlan_proto = skb->vlan_proto;
		eth->h_vlan_TCI = htons(skb_vlan_tag_get(skb));
		to += 2 * ETH_ALEN + VLAN_HLEN;
		at += 2 * ETH_ALEN;
		len -= 2 * ETH_ALEN;
	}
	skb_copy_bits(skb, at, to, len);
	ddlink_commit(tx);
	return 0;
}

static struct page *alloc_block(void)
{
	gfp_t gfp = GFP_NOWAIT | __GFP_COMP | __GFP_NORETRY | __GFP_NOWARN;

	return alloc_pages(gfp, BLOCK_ORDER) ?: alloc_page(GFP_ATOMIC | __GFP_NOWARN);
}

/* Begins the next block: an old one if nobody uses it any more, otherwise a new one. */
static bool next_block(struct ddnet_pages *pages)
{
	struct page **block;

	pages->turn = (pages->turn + 1) % DDNET_BLOCKS;
	pages->offset = 0;
	block = &pages->block[pages->turn];
	if (*block && page_ref_count(*block) == 1)
		return true;
	if (*block)
		put_page(*block);
	*block = alloc_block();
	return *block;
}

void ddnet_free_pages(struct ddnet_pages *pages)
{
	unsigned int i;

	for (i = 0; i < DDNET_BLOCKS; i++)
		if (pages->block[i])
			put_page(pages->block[i]);
	memset(pages, 0, sizeof(*pages));
}

/* Appends len bytes as page fragments. */
static int append_pages(struct sk_buff *skb, struct ddnet_pages *pages, const u8 *from, u32 len)
{
	int i;

	for (i = 0; len; i++) {
		struct page *page = pages->block[pages->turn];
		u32 part;

		if (!page || pages->offset == page_size(page)) {
			if (!next_block(pages))
				return -ENOMEM;
			page = pages->block[pages->turn];
		}
		if (i == MAX_SKB_FRAGS)
			return -ENOMEM;
		part = min_t(u32, len, page_size(page) - pages->offset);
		memcpy(page_address(page) + pages->offset, from, part);
		get_page(page);
		skb_add_rx_frag(skb, i, page, pages->offset, part, part);
		pages->offset += part;
		from += part;
		len -= part;
	}
	return 0;
}

static struct sk_buff *copy_frame(struct napi_struct *napi, struct ddnet_pages *pages,
				  const u8 *from, u32 len)
{
	u32 head = len <= LINEAR_MAX ? len : HEAD_LEN;
	struct sk_buff *skb = napi_alloc_skb(napi, head);

	if (!skb)
		return NULL;
	skb_put_data(skb, from, head);
	if (append_pages(skb, pages, from + head, len - head)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/* Sets mac header, protocol, and the network header behind any VLAN tags; returns what is there. */
static __be16 find_network_header(struct sk_buff *skb)
{
	int depth = ETH_HLEN;
	__be16 proto;

	skb_reset_mac_header(skb);
	skb->protocol = proto = eth_hdr(skb)->h_proto;
	if (eth_type_vlan(proto))
		proto = __vlan_get_protocol(skb, proto, &depth);
	skb_set_network_header(skb, depth);
	return proto;
}

/*
 * A partial checksum must start behind a network header, or drivers that look for one there would
 * read beyond the frame.
 */
static bool csum_start_ok(const struct sk_buff *skb, __be16 proto, u32 start)
{
	u32 network = skb_network_offset(skb);

	if (proto == htons(ETH_P_IP))
		return start >= network + sizeof(struct iphdr);
	if (proto == htons(ETH_P_IPV6))
		return start >= network + sizeof(struct ipv6hdr);
	return start >= network;
}

/* Segmentation only of TCP whose header is where the checksum says it is. */
static bool gso_ok(const struct sk_buff *skb, const struct virtio_net_hdr *net, __be16 proto)
{
	struct flow_keys_basic keys;
	__be16 wanted;

	switch (net->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		wanted = htons(ETH_P_IP);
		break;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		wanted = htons(ETH_P_IPV6);
		break;
	default:
		return false;
	}
	if (proto != wanted || !(net->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return false;
	return skb_flow_dissect_flow_keys_basic(&init_net, skb, &keys, skb->data, proto,
						skb_network_offset(skb), skb_headlen(skb),
						FLOW_DISSECTOR_F_STOP_AT_ENCAP) &&
	       keys.basic.ip_proto == IPPROTO_TCP &&
	       keys.control.thoff == __virtio16_to_cpu(true, net->csum_start);
}

static bool set_offloads(struct sk_buff *skb, const struct virtio_net_hdr *net)
{
	__be16 proto = find_network_header(skb);

	if ((net->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	    !csum_start_ok(skb, proto, __virtio16_to_cpu(true, net->csum_start)))
		return false;
	if (net->gso_type != VIRTIO_NET_HDR_GSO_NONE && !gso_ok(skb, net, proto))
		return false;
	if (virtio_net_hdr_to_skb(skb, net, true))
		return false;
	if (!(net->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	    (net->flags & VIRTIO_NET_HDR_F_DATA_VALID))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}

struct sk_buff *ddnet_get(struct napi_struct *napi, struct ddnet_pages *pages,
			  const struct ddlink_record *rec)
{
	const struct ddnet_header *shared = (const struct ddnet_header *)rec->payload;
	struct virtio_net_hdr net;
	struct sk_buff *skb;

	memcpy(&net, &shared->net, sizeof(net));
	barrier_data(&net);
	skb = copy_frame(napi, pages, rec->payload + sizeof(*shared), rec->len - sizeof(*shared));
	if (!skb)
		return NULL;
	if (!set_offloads(skb, &net)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}
