// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The NIC's side of the server: its netdev is taken over with an rx handler, as a bridge does, so
 * that whatever it receives (already merged by GRO) goes into the ring and nothing to this
 * machine's own stack; and it is set up as the client asks.
 */
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched/clock.h>

#include "ddnet_server.h"

/* tx_lock held. 1 if the ring has something new. */
static int put_frame(struct ddnet_server *srv, const struct sk_buff *skb, unsigned int mac_len)
{
	struct ddlink_device *link = srv->link;
	int ret = ddnet_put(&link->tx, skb, mac_len);

	if (!ret)
		return 1;
	if (ret == -EINVAL)
		return ret;
	if (ret == -ENOSPC)
		link->stats.tx_full++;
	if (ret == -EPROTO)
		ddlink_violation(link, "bad index in the ring to the client");
	link->stats.tx_dropped++;
	return 0;
}

/* Aggregates of a kind that has no name on the link: GRO of UDP or of tunnels. tx_lock held. */
static int put_segments(struct ddnet_server *srv, struct sk_buff *skb, unsigned int mac_len)
{
	struct sk_buff *segs, *seg, *next;
	int put = 0;

	__skb_push(skb, mac_len);
	segs = __skb_gso_segment(skb, 0, false);
	__skb_pull(skb, mac_len);
	if (IS_ERR_OR_NULL(segs)) {
		srv->link->stats.tx_dropped++;
		return 0;
	}
	skb_list_walk_safe(segs, seg, next)
	{
		if (put_frame(srv, seg, 0) > 0)
			put = 1;
		consume_skb(seg);
	}
	return put;
}

/* Whether the client takes such a segmentation offload. */
static bool takes_gso(const struct ddnet_server *srv, const struct sk_buff *skb)
{
	u64 wanted = skb_is_gso_v6(skb) ? DDNET_F_TSO6 : DDNET_F_TSO4;

	return srv->link->peer_features & wanted;
}

/* As one record, or as several if the client or the link cannot do with one. tx_lock held. */
static int put_any(struct ddnet_server *srv, struct sk_buff *skb, unsigned int mac_len)
{
	int put;

	if (skb_is_gso(skb) && !takes_gso(srv, skb))
		return put_segments(srv, skb, mac_len);
	if (skb->ip_summed == CHECKSUM_PARTIAL && !(srv->link->peer_features & DDNET_F_CSUM) &&
	    skb_checksum_help(skb)) {
		srv->link->stats.tx_dropped++;
		return 0;
	}
	put = put_frame(srv, skb, mac_len);
	return put < 0 ? put_segments(srv, skb, mac_len) : put;
}

/* Notes that the client was given a frame; true if its answer is worth waiting for. */
static bool note_given(struct ddnet_server *srv, bool single)
{
	unsigned int exchanges = srv->exchanges;

	exchanges = single && srv->taken == 1 ? min(exchanges + 1, DDNET_SPIN_EXCHANGES) : 0;
	WRITE_ONCE(srv->exchanges, exchanges);
	WRITE_ONCE(srv->taken, 0);
	WRITE_ONCE(srv->given_at, local_clock());
	return exchanges == DDNET_SPIN_EXCHANGES;
}

static rx_handler_result_t receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct ddnet_server *srv = rcu_dereference(skb->dev->rx_handler_data);
	unsigned int mac_len = skb->data - skb_mac_header(skb);
	struct ddlink_producer *tx = &srv->link->tx;
	bool single = !skb_is_gso(skb);
	bool kick = false;

	if (skb->pkt_type == PACKET_LOOPBACK)
		return RX_HANDLER_PASS;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return RX_HANDLER_CONSUMED;

	spin_lock(&srv->tx_lock);
	if (srv->live && srv->client_up && put_any(srv, skb, mac_len)) {
		ddlink_publish(tx);
		kick = ddlink_producer_kick(tx);
		if (note_given(srv, single))
			napi_schedule(&srv->napi);
	}
	spin_unlock(&srv->tx_lock);
	if (kick)
		ddlink_kick(srv->link);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/* Shows the NIC as it is now to the client, if that is news. */
static void publish(struct ddnet_server *srv)
{
	struct net_device *lower = rtnl_dereference(srv->lower);
	struct ethtool_link_ksettings link;
	struct ddnet_server_config c;

	memset(&c, 0, sizeof(c));
	if (lower) {
		u32 flags = DDNET_SERVER_VALID;

		if (netif_running(lower) && netif_carrier_ok(lower))
			flags |= DDNET_SERVER_CARRIER;
		c.flags = cpu_to_le32(flags);
		c.mtu = cpu_to_le32(lower->mtu);
		c.min_mtu = cpu_to_le32(lower->min_mtu);
		c.max_mtu = cpu_to_le32(lower->max_mtu ?: ETH_DATA_LEN);
		ether_addr_copy(c.mac, lower->dev_addr);
		if (!__ethtool_get_link_ksettings(lower, &link) &&
		    link.base.speed != (u32)SPEED_UNKNOWN) {
			c.speed = cpu_to_le32(link.base.speed);
			c.full_duplex = link.base.duplex == DUPLEX_FULL;
		}
	}
	if (!memcmp(&c, &srv->shown, sizeof(c)))
		return;
	srv->shown = c;
	ddlink_set_config(srv->link, &c, sizeof(c));
}

static void set_mtu(struct ddnet_server *srv, struct net_device *lower)
{
	u32 mtu = le32_to_cpu(srv->wanted.mtu);
	int ret;

	if (mtu == lower->mtu || mtu > INT_MAX)
		return;
	ret = dev_set_mtu(lower, mtu);
	if (ret)
		dev_warn_ratelimited(&srv->link->dev, "%s: cannot set MTU %u: %d\n", lower->name,
				     mtu, ret);
}

/* Some drivers give a card its address when it is opened, and take no other while it is open. */
static int set_mac_closed(struct net_device *lower, struct sockaddr *addr)
{
	int ret, opened;

	dev_close(lower);
	ret = dev_set_mac_address(lower, addr, NULL);
	opened = dev_open(lower, NULL);
	return ret ?: opened;
}

static void set_mac(struct ddnet_server *srv, struct net_device *lower)
{
	struct sockaddr addr = { .sa_family = lower->type };
	int ret;

	if (!is_valid_ether_addr(srv->wanted.mac) ||
	    ether_addr_equal(srv->wanted.mac, lower->dev_addr))
		return;
	ether_addr_copy(addr.sa_data, srv->wanted.mac);
	ret = dev_set_mac_address(lower, &addr, NULL);
	if (ret == -EBUSY)
		ret = set_mac_closed(lower, &addr);
	if (ret)
		dev_warn_ratelimited(&srv->link->dev, "%s: cannot set MAC address: %d\n",
				     lower->name, ret);
}

static void set_promisc(struct ddnet_server *srv, struct net_device *lower, bool wanted)
{
	if (wanted != srv->promisc && !dev_set_promiscuity(lower, wanted ? 1 : -1))
		srv->promisc = wanted;
}

/* Only NICs that filter by VLAN need to know them; the others pass all. */
static void set_vlans(struct ddnet_server *srv, struct net_device *lower,
		      const unsigned long *wanted)
{
	unsigned int vid;

	for_each_set_bit(vid, srv->vlans, VLAN_N_VID)
	{
		if (test_bit(vid, wanted))
			continue;
		vlan_vid_del(lower, htons(ETH_P_8021Q), vid);
		clear_bit(vid, srv->vlans);
	}
	for_each_set_bit(vid, wanted, VLAN_N_VID)
	{
		if (test_bit(vid, srv->vlans))
			continue;
		if (!vlan_vid_add(lower, htons(ETH_P_8021Q), vid))
			set_bit(vid, srv->vlans);
	}
}

/* What the list in the client's configuration means; true if it is too long to be told. */
static bool read_vlans(const struct ddnet_client_config *c, unsigned long *vlans)
{
	unsigned int i, n = le16_to_cpu(c->vlans);

	bitmap_zero(vlans, VLAN_N_VID);
	if (n > DDNET_CLIENT_VLANS)
		return true;
	for (i = 0; i < n; i++)
		if (le16_to_cpu(c->vlan[i]) < VLAN_N_VID)
			set_bit(le16_to_cpu(c->vlan[i]), vlans);
	return false;
}

void ddnet_nic_configure(struct ddnet_server *srv)
{
	struct net_device *lower = rtnl_dereference(srv->lower);
	u32 flags = le32_to_cpu(srv->wanted.flags);
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	bool all_vlans;

	if (!lower || !(flags & DDNET_CLIENT_VALID))
		return;
	set_mtu(srv, lower);
	set_mac(srv, lower);
	all_vlans = read_vlans(&srv->wanted, vlans);
	if (lower->features & NETIF_F_HW_VLAN_CTAG_FILTER)
		set_vlans(srv, lower, vlans);
	set_promisc(srv, lower, (flags & DDNET_CLIENT_PROMISC) || all_vlans);
	publish(srv);
}

static int take(struct ddnet_server *srv, struct net_device *lower)
{
	int ret;

	if (lower->type != ARPHRD_ETHER || (lower->flags & IFF_LOOPBACK))
		return -EINVAL;
	ret = netdev_rx_handler_register(lower, receive, srv);
	if (ret)
		return ret;
	/* As bonding does: keeps IPv6 of this machine from configuring itself on the NIC. */
	lower->flags |= IFF_SLAVE;
	dev_disable_lro(lower);
	ret = dev_set_allmulti(lower, 1);
	if (ret)
		goto unregister;
	ret = dev_open(lower, NULL);
	if (ret)
		goto clear_allmulti;
	netdev_hold(lower, &srv->lower_tracker, GFP_KERNEL);
	rcu_assign_pointer(srv->lower, lower);
	ddnet_nic_configure(srv);
	publish(srv);
	return 0;

clear_allmulti:
	dev_set_allmulti(lower, -1);
unregister:
	lower->flags &= ~IFF_SLAVE;
	netdev_rx_handler_unregister(lower);
	return ret;
}

void ddnet_nic_release(struct ddnet_server *srv)
{
	struct net_device *lower = rtnl_dereference(srv->lower);
	DECLARE_BITMAP(none, VLAN_N_VID);

	if (!lower)
		return;
	RCU_INIT_POINTER(srv->lower, NULL);
	synchronize_net();
	netdev_rx_handler_unregister(lower);
	bitmap_zero(none, VLAN_N_VID);
	set_vlans(srv, lower, none);
	set_promisc(srv, lower, false);
	dev_set_allmulti(lower, -1);
	dev_close(lower);
	lower->flags &= ~IFF_SLAVE;
	netdev_put(lower, &srv->lower_tracker);
	publish(srv);
}

int ddnet_nic_bind(struct ddnet_server *srv, const char *name)
{
	struct net_device *lower;
	int ret = 0;

	rtnl_lock();
	ddnet_nic_release(srv);
	if (*name) {
		lower = __dev_get_by_name(current->nsproxy->net_ns, name);
		ret = lower ? take(srv, lower) : -ENODEV;
	}
	rtnl_unlock();
	return ret;
}

/*
 * A frame that the nearest bridge keeps (IEEE 802.1Q reserves the address) and that means nothing
 * to anybody (IEEE 802 keeps the type for experiments). It is not from the client's address, whose
 * traffic a bridge would send this way then.
 */
static const struct ethhdr rehearsal_frame = {
	.h_dest = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e },
	.h_source = { 0x02, 'd', 'd', 'n', 'e', 't' },
	.h_proto = htons(0x88b5),
};

/* It is as if the driver had given it to the stack. */
static int hear(struct net_device *lower)
{
	struct sk_buff *skb = netdev_alloc_skb(lower, ETH_ZLEN);

	if (!skb)
		return -ENOMEM;
	skb_put_zero(skb, ETH_ZLEN);
	memcpy(skb->data, &rehearsal_frame, sizeof(rehearsal_frame));
	skb->protocol = eth_type_trans(skb, lower);
	netif_rx(skb);
	return 0;
}

int ddnet_nic_rehearse(struct ddnet_server *srv, u8 *record)
{
	size_t len = sizeof(struct ddnet_header) + ETH_ZLEN;
	struct net_device *lower;
	int ret;

	memset(record, 0, len);
	memcpy(record + sizeof(struct ddnet_header), &rehearsal_frame, sizeof(rehearsal_frame));
	rtnl_lock();
	lower = rtnl_dereference(srv->lower);
	ret = lower ? hear(lower) : -ENODEV;
	rtnl_unlock();
	return ret ?: (int)len;
}

int ddnet_nic_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct ddnet_server *srv = container_of(nb, struct ddnet_server, notifier);
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (dev != rtnl_dereference(srv->lower))
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UNREGISTER:
		ddnet_nic_release(srv);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGEADDR:
		publish(srv);
		/* Frames may wait for a queue that was stopped with nothing in it. */
		ddnet_server_resume(srv);
		break;
	}
	return NOTIFY_DONE;
}
