/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the network translation module say to each other over a link: features
 * and configurations in their pages, frames in the rings. Everything is little-endian. The
 * receiver checks every value where it uses it.
 */
#ifndef DDNET_CONFIG_H
#define DDNET_CONFIG_H

#include <linux/if_ether.h>
#include <linux/types.h>
#include <linux/virtio_net.h>

/* Features (struct ddlink_side.features): what the side accepts from the other one. */
#define DDNET_F_CSUM (1ull << 0) /* frames whose checksum is still to be filled in */
#define DDNET_F_TSO4 (1ull << 1) /* TCP over IPv4 in pieces larger than the MTU */
#define DDNET_F_TSO6 (1ull << 2) /* the same over IPv6 */
#define DDNET_FEATURES (DDNET_F_CSUM | DDNET_F_TSO4 | DDNET_F_TSO6)

/* The only record type: struct ddnet_header, then the Ethernet frame without its FCS. */
#define DDNET_REC_FRAME 1

struct ddnet_header {
	struct virtio_net_hdr net; /* as virtio 1.0: little-endian */
	__u8 reserved[6];
};

/* The largest frame: a full segmentation offload of 64 KiB, link header, two VLAN tags. */
#define DDNET_FRAME_MAX (65536u + ETH_HLEN + 2 * 4)

#define DDNET_SERVER_VALID 1u /* a NIC is bound; the other fields hold */
#define DDNET_SERVER_CARRIER 2u /* it has a link */

struct ddnet_server_config {
	__le32 flags; /* DDNET_SERVER_* */
	__le32 mtu; /* the NIC's at present */
	__le32 min_mtu;
	__le32 max_mtu;
	__le32 speed; /* Mb/s; 0: unknown */
	__u8 mac[ETH_ALEN]; /* the NIC's own */
	__u8 full_duplex;
	__u8 reserved;
};

#define DDNET_CLIENT_VALID 1u /* the client has a device; the other fields hold */
#define DDNET_CLIENT_UP 2u /* it is up: it wants frames */
#define DDNET_CLIENT_PROMISC 4u
#define DDNET_CLIENT_ALLMULTI 8u

#define DDNET_CLIENT_VLANS 100

struct ddnet_client_config {
	__le32 flags; /* DDNET_CLIENT_* */
	__le32 mtu;
	__u8 mac[ETH_ALEN];
	/*
	 * VLANs (802.1Q) it wants frames of, for NICs that filter. More than DDNET_CLIENT_VLANS
	 * asks for all there are.
	 */
	__le16 vlans;
	__le16 vlan[DDNET_CLIENT_VLANS];
};

#endif
