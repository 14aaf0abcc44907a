// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network stack's side of the client. There is no transmit watchdog: a queue that stays full
 * because the driver VM is stuck is not this device's fault, the heartbeat sees to it.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>

#include "ddnet_client.h"

static const struct {
	char name[ETH_GSTRING_LEN];
	size_t offset; /* of a u64 in struct ddlink_device */
} statistics[] = {
	{ "tx_records", offsetof(struct ddlink_device, tx.records) },
	{ "tx_bytes", offsetof(struct ddlink_device, tx.bytes) },
	{ "tx_doorbells", offsetof(struct ddlink_device, stats.doorbells) },
	{ "tx_full", offsetof(struct ddlink_device, stats.tx_full) },
	{ "tx_dropped", offsetof(struct ddlink_device, stats.tx_dropped) },
	{ "rx_records", offsetof(struct ddlink_device, rx.records) },
	{ "rx_bytes", offsetof(struct ddlink_device, rx.bytes) },
	{ "rx_irqs", offsetof(struct ddlink_device, stats.ring_irqs) },
	{ "rx_dropped", offsetof(struct ddlink_device, stats.rx_dropped) },
	{ "sessions", offsetof(struct ddlink_device, stats.sessions) },
	{ "violations", offsetof(struct ddlink_device, stats.violations) },
};

/* Stops the queue while the ring is too full for any frame. -EPROTO if its indices are nonsense. */
static int stop_if_full(struct ddlink_device *link, struct net_device *dev)
{
	struct ddlink_producer *tx = &link->tx;
	u32 reserve = ddnet_client_reserve();
	int room;

	if (tx->size - (u32)(tx->head - tx->tail) >= reserve)
		return 0;
	room = ddlink_room(tx);
	if (room < 0 || room >= (int)reserve)
		return min(room, 0);
	netif_stop_queue(dev);
	link->stats.tx_full++;
	room = ddlink_producer_arm(tx, tx->size / 2);
	if (room >= (int)(tx->size / 2))
		netif_start_queue(dev);
	return min(room, 0);
}

static netdev_tx_t client_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ddnet_client *c = netdev_priv(dev);
	struct ddlink_device *link = c->link;
	struct ddlink_producer *tx = &link->tx;
	unsigned int len = skb->len;
	bool more = netdev_xmit_more();
	int ret = -ENOLINK;

	if (c->live)
		ret = ddnet_put(tx, skb, 0);
	if (ret)
		goto drop;
	ddlink_publish(tx);
	ddnet_client_sent(c);
	skb_tx_timestamp(skb);
	dev_sw_netstats_tx_add(dev, 1, len);
	dev_consume_skb_any(skb);
	ret = stop_if_full(link, dev);
	if (ret)
		goto violation;
	if ((!more || netif_queue_stopped(dev)) && ddlink_producer_kick(tx))
		ddlink_kick(link);
	return NETDEV_TX_OK;

drop:
	dev_kfree_skb_any(skb);
	link->stats.tx_dropped++;
	DEV_STATS_INC(dev, tx_dropped);
	/* Frames before this one may have left their doorbell to it. */
	if (c->live && ddlink_producer_kick(tx))
		ddlink_kick(link);
	if (ret != -EPROTO)
		return NETDEV_TX_OK;
violation:
	ddlink_violation(link, "bad index in the ring to the server");
	return NETDEV_TX_OK;
}

void ddnet_client_wake(struct ddnet_client *c)
{
	struct netdev_queue *txq = netdev_get_tx_queue(c->dev, 0);
	int room;

	if (likely(!netif_tx_queue_stopped(txq)))
		return;
	__netif_tx_lock(txq, smp_processor_id());
	room = c->live ? ddlink_producer_arm(&c->link->tx, c->link->tx.size / 2) : 0;
	if (room >= (int)(c->link->tx.size / 2))
		netif_tx_wake_queue(txq);
	__netif_tx_unlock(txq);
	if (room < 0)
		ddlink_violation(c->link, "bad index in the ring to the server");
}

static void list_vlans(struct ddnet_client *c, struct ddnet_client_config *to)
{
	unsigned int vid, n = 0;

	for_each_set_bit(vid, c->vlans, VLAN_N_VID)
	{
		if (n < DDNET_CLIENT_VLANS)
			to->vlan[n] = cpu_to_le16(vid);
		n++;
	}
	to->vlans = cpu_to_le16(n);
}

void ddnet_client_publish(struct ddnet_client *c)
{
	struct ddnet_client_config config;
	u32 flags = DDNET_CLIENT_VALID;
	unsigned long irq;

	memset(&config, 0, sizeof(config));
	spin_lock_irqsave(&c->config_lock, irq);
	if (c->running)
		flags |= DDNET_CLIENT_UP;
	if (c->dev->flags & IFF_PROMISC)
		flags |= DDNET_CLIENT_PROMISC;
	if (c->dev->flags & IFF_ALLMULTI)
		flags |= DDNET_CLIENT_ALLMULTI;
	config.flags = cpu_to_le32(flags);
	config.mtu = cpu_to_le32(c->dev->mtu);
	ether_addr_copy(config.mac, c->dev->dev_addr);
	list_vlans(c, &config);
	if (memcmp(&config, &c->shown, sizeof(config))) {
		c->shown = config;
		ddlink_set_config(c->link, &config, sizeof(config));
	}
	spin_unlock_irqrestore(&c->config_lock, irq);
}

static void set_running(struct ddnet_client *c, bool running)
{
	unsigned long irq;

	spin_lock_irqsave(&c->config_lock, irq);
	c->running = running;
	spin_unlock_irqrestore(&c->config_lock, irq);
	ddnet_client_publish(c);
}

static int client_open(struct net_device *dev)
{
	set_running(netdev_priv(dev), true);
	netif_start_queue(dev);
	return 0;
}

static int client_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	set_running(netdev_priv(dev), false);
	return 0;
}

static void client_set_rx_mode(struct net_device *dev)
{
	ddnet_client_publish(netdev_priv(dev));
}

static int client_change_mtu(struct net_device *dev, int mtu)
{
	dev->mtu = mtu;
	ddnet_client_publish(netdev_priv(dev));
	return 0;
}

static int client_set_mac_address(struct net_device *dev, void *addr)
{
	int ret = eth_mac_addr(dev, addr);

	if (!ret)
		ddnet_client_publish(netdev_priv(dev));
	return ret;
}

static int change_vlan(struct net_device *dev, u16 vid, bool wanted)
{
	struct ddnet_client *c = netdev_priv(dev);
	unsigned long irq;

	spin_lock_irqsave(&c->config_lock, irq);
	__assign_bit(vid, c->vlans, wanted);
	spin_unlock_irqrestore(&c->config_lock, irq);
	ddnet_client_publish(c);
	return 0;
}

static int client_vlan_add(struct net_device *dev, __be16 proto, u16 vid)
{
	return change_vlan(dev, vid, true);
}

static int client_vlan_kill(struct net_device *dev, __be16 proto, u16 vid)
{
	return change_vlan(dev, vid, false);
}

/* What the driver VM does not accept is done here by the stack. */
static netdev_features_t client_fix_features(struct net_device *dev, netdev_features_t features)
{
	struct ddnet_client *c = netdev_priv(dev);
	u64 offer = c->link->peer_features;

	if (!(offer & DDNET_F_CSUM))
		features &= ~NETIF_F_HW_CSUM;
	if (!(offer & DDNET_F_TSO4))
		features &= ~NETIF_F_TSO;
	if (!(offer & DDNET_F_TSO6))
		features &= ~NETIF_F_TSO6;
	return features;
}

static const struct net_device_ops client_ops = {
	.ndo_open = client_open,
	.ndo_stop = client_stop,
	.ndo_start_xmit = client_xmit,
	.ndo_set_rx_mode = client_set_rx_mode,
	.ndo_change_mtu = client_change_mtu,
	.ndo_set_mac_address = client_set_mac_address,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_vlan_rx_add_vid = client_vlan_add,
	.ndo_vlan_rx_kill_vid = client_vlan_kill,
	.ndo_fix_features = client_fix_features,
	.ndo_get_stats64 = dev_get_tstats64,
};

static void client_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct ddnet_client *c = netdev_priv(dev);

	strscpy(info->driver, "ddnet_client", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(&c->link->dev), sizeof(info->bus_info));
}

static int client_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *link)
{
	const struct ddnet_client *c = netdev_priv(dev);

	link->base.speed = c->speed ?: (u32)SPEED_UNKNOWN;
	link->base.duplex = !c->speed ? DUPLEX_UNKNOWN : c->full_duplex ? DUPLEX_FULL : DUPLEX_HALF;
	link->base.port = PORT_OTHER;
	link->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static int client_get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(statistics) : -EOPNOTSUPP;
}

static void client_get_strings(struct net_device *dev, u32 set, u8 *to)
{
	size_t i;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(statistics); i++, to += ETH_GSTRING_LEN)
		memcpy(to, statistics[i].name, ETH_GSTRING_LEN);
}

static void client_get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *to)
{
	const struct ddnet_client *c = netdev_priv(dev);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statistics); i++)
		to[i] = *(const u64 *)((const u8 *)c->link + statistics[i].offset);
}

static const struct ethtool_ops client_ethtool_ops = {
	.get_drvinfo = client_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = client_get_link_ksettings,
	.get_sset_count = client_get_sset_count,
	.get_strings = client_get_strings,
	.get_ethtool_stats = client_get_stats,
	.get_ts_info = ethtool_op_get_ts_info,
};

void ddnet_client_setup(struct ddnet_client *c)
{
	struct net_device *dev = c->dev;

	dev->netdev_ops = &client_ops;
	dev->ethtool_ops = &client_ethtool_ops;
	dev->hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | NETIF_F_TSO |
			   NETIF_F_TSO6 | NETIF_F_RXCSUM;
	dev->vlan_features = dev->hw_features | NETIF_F_HIGHDMA;
	dev->features = dev->vlan_features | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_FILTER;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	SET_NETDEV_DEV(dev, &c->link->dev);
	strscpy(dev->name, dev_name(&c->link->dev), sizeof(dev->name));
}
