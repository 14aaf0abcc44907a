// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network stack's side of the client. Bit timing is calculated here, by the kernel's own code
 * and for the controller that the server has shown, and the delay before bus-off is left
 * (restart-ms) passes here, too: so neither is lost with a driver VM.
 */
#include <linux/ethtool.h>

#include "ddcan_client.h"

/* Whether a frame can be sent now. lock held. */
static bool has_room(const struct ddcan_client *c)
{
	return c->ready && ddcan_client_active(c) && c->head - c->tail < DDCAN_WINDOW;
}

void ddcan_client_queue(struct ddcan_client *c)
{
	if (!netif_running(c->dev))
		return;
	if (has_room(c))
		netif_wake_queue(c->dev);
	else
		netif_stop_queue(c->dev);
}

void ddcan_client_publish(struct ddcan_client *c)
{
	const struct can_bittiming *bt = &c->can.bittiming;
	struct ddcan_client_config s = { .restarts = cpu_to_le32(c->restarts) };

	if (c->running) {
		s.flags = cpu_to_le32(DDCAN_CLIENT_UP);
		s.modes = cpu_to_le32(c->can.ctrlmode);
		s.bitrate = cpu_to_le32(bt->bitrate);
		s.tq = cpu_to_le32(bt->tq);
		s.prop_seg = cpu_to_le32(bt->prop_seg);
		s.phase_seg1 = cpu_to_le32(bt->phase_seg1);
		s.phase_seg2 = cpu_to_le32(bt->phase_seg2);
		s.sjw = cpu_to_le32(bt->sjw);
	}
	if (!memcmp(&s, &c->shown, sizeof(s)))
		return;
	c->shown = s;
	ddlink_set_config(c->link, &s, sizeof(s));
}

/* Puts a frame into the ring, and keeps it until the server has sent it. lock held. */
static int send_frame(struct ddcan_client *c, struct sk_buff *skb)
{
	struct ddlink_producer *tx = &c->link->tx;
	int ret = ddcan_put(tx, (const struct can_frame *)skb->data, c->head);

	if (ret)
		return ret;
	ddlink_publish(tx);
	if (c->head == c->tail)
		c->moved = jiffies;
	can_put_echo_skb(skb, c->dev, c->head % DDCAN_WINDOW, 0);
	c->head++;
	if (ddlink_producer_kick(tx))
		ddlink_kick(c->link);
	return 0;
}

/* Error frames are a driver's to make; a controller would take one for a frame of data. */
static bool sendable(const struct sk_buff *skb)
{
	const struct can_frame *frame = (const struct can_frame *)skb->data;

	return skb->protocol == htons(ETH_P_CAN) && !(frame->can_id & CAN_ERR_FLAG);
}

static netdev_tx_t client_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ddcan_client *c = netdev_priv(dev);
	int ret = -EINVAL;

	if (can_dev_dropped_skb(dev, skb))
		return NETDEV_TX_OK;
	spin_lock(&c->lock);
	if (!has_room(c))
		ret = -ENOLINK;
	else if (sendable(skb))
		ret = send_frame(c, skb);
	ddcan_client_queue(c);
	spin_unlock(&c->lock);
	if (!ret)
		return NETDEV_TX_OK;
	dev_kfree_skb_any(skb);
	dev->stats.tx_dropped++;
	c->link->stats.tx_dropped++;
	if (ret == -EPROTO)
		ddlink_violation(c->link, "bad index in the ring to the server");
	return NETDEV_TX_OK;
}

static void set_running(struct ddcan_client *c, bool running)
{
	spin_lock_bh(&c->lock);
	c->running = running;
	c->can.state = running ? CAN_STATE_ERROR_ACTIVE : CAN_STATE_STOPPED;
	if (running)
		ddcan_client_queue(c);
	ddcan_client_publish(c);
	spin_unlock_bh(&c->lock);
}

static int client_open(struct net_device *dev)
{
	int ret = open_candev(dev);

	if (!ret)
		set_running(netdev_priv(dev), true);
	return ret;
}

static int client_stop(struct net_device *dev)
{
	struct ddcan_client *c = netdev_priv(dev);

	netif_stop_queue(dev);
	set_running(c, false);
	close_candev(dev);
	return 0;
}

/* Bus-off is to be left: by hand, or because restart-ms have passed. */
static int client_set_mode(struct net_device *dev, enum can_mode mode)
{
	struct ddcan_client *c = netdev_priv(dev);

	if (mode != CAN_MODE_START)
		return -EOPNOTSUPP;
	spin_lock_bh(&c->lock);
	if (c->running)
		c->can.state = CAN_STATE_ERROR_ACTIVE;
	c->restarts++;
	ddcan_client_publish(c);
	ddcan_client_queue(c);
	spin_unlock_bh(&c->lock);
	return 0;
}

static int client_berr_counter(const struct net_device *dev, struct can_berr_counter *to)
{
	struct ddcan_client *c = netdev_priv(dev);

	spin_lock_bh(&c->lock);
	*to = c->errors;
	spin_unlock_bh(&c->lock);
	return 0;
}

static const struct net_device_ops client_ops = {
	.ndo_open = client_open,
	.ndo_stop = client_stop,
	.ndo_start_xmit = client_xmit,
};

static void client_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct ddcan_client *c = netdev_priv(dev);

	strscpy(info->driver, "ddcan_client", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(&c->link->dev), sizeof(info->bus_info));
}

static const struct ethtool_ops client_ethtool_ops = {
	.get_drvinfo = client_get_drvinfo,
	.get_ts_info = ethtool_op_get_ts_info,
};

void ddcan_client_setup(struct ddcan_client *c)
{
	struct net_device *dev = c->dev;

	dev->netdev_ops = &client_ops;
	dev->ethtool_ops = &client_ethtool_ops;
	/* A frame is heard by its sender's neighbours in the client once it has been sent. */
	dev->flags |= IFF_ECHO;
	c->can.do_set_mode = client_set_mode;
	c->can.do_get_berr_counter = client_berr_counter;
	SET_NETDEV_DEV(dev, &c->link->dev);
	strscpy(dev->name, dev_name(&c->link->dev), sizeof(dev->name));
}
