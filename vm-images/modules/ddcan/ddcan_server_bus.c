// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller's side of the server: its netdev is taken over with an rx handler, so that what it
 * receives goes into the ring; and it is set up as the client asks, by the kernel's own code for
 * "ip link set type can", which checks what it is given.
 */
#include <linux/can/dev.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "ddcan_server.h"

/* What bit timings a controller can have, or what speeds. */
static void show_timing(const struct can_priv *can, struct ddcan_server_config *s)
{
	const struct can_bittiming_const *bt = can->bittiming_const;
	unsigned int i;

	if (!bt) {
		for (i = 0; i < can->bitrate_const_cnt; i++)
			s->bitrates[i] = cpu_to_le32(can->bitrate_const[i]);
		return;
	}
	s->clock = cpu_to_le32(can->clock.freq);
	s->tseg1_min = cpu_to_le32(bt->tseg1_min);
	s->tseg1_max = cpu_to_le32(bt->tseg1_max);
	s->tseg2_min = cpu_to_le32(bt->tseg2_min);
	s->tseg2_max = cpu_to_le32(bt->tseg2_max);
	s->sjw_max = cpu_to_le32(bt->sjw_max);
	s->brp_min = cpu_to_le32(bt->brp_min);
	s->brp_max = cpu_to_le32(bt->brp_max);
	s->brp_inc = cpu_to_le32(bt->brp_inc);
}

/* Shows the controller as it is now to the client, if that is news. lock held, RCU or rtnl. */
static void show(struct ddcan_server *srv, struct net_device *lower)
{
	struct can_priv *can = lower ? safe_candev_priv(lower) : NULL;
	struct ddcan_server_config s = { .restarts = cpu_to_le32(srv->restarts) };

	if (can) {
		u32 flags = DDCAN_SERVER_VALID;

		if (netif_running(lower))
			flags |= DDCAN_SERVER_RUNNING;
		s.flags = cpu_to_le32(flags);
		s.state = cpu_to_le32(READ_ONCE(can->state));
		s.txerr = cpu_to_le16(srv->txerr);
		s.rxerr = cpu_to_le16(srv->rxerr);
		s.modes = cpu_to_le32(can->ctrlmode_supported & DDCAN_MODES);
		show_timing(can, &s);
	}
	if (!memcmp(&s, &srv->shown, sizeof(s)))
		return;
	srv->shown = s;
	ddlink_set_config(srv->link, &s, sizeof(s));
}

static void show_now(struct ddcan_server *srv)
{
	spin_lock_bh(&srv->lock);
	show(srv, rtnl_dereference(srv->lower));
	spin_unlock_bh(&srv->lock);
}

/* The client need not wait for what was in flight: it will not be sent. */
static void lose_all(struct ddcan_server *srv)
{
	bool kick;

	spin_lock_bh(&srv->lock);
	kick = ddcan_server_settle(srv, srv->head, false);
	spin_unlock_bh(&srv->lock);
	if (kick)
		ddlink_kick(srv->link);
	local_bh_disable();
	napi_schedule(&srv->napi);
	local_bh_enable();
}

/* A frame that was received, into the ring; true if the client is to be woken. lock held. */
static bool put_frame(struct ddcan_server *srv, const struct can_frame *frame)
{
	struct ddlink_device *link = srv->link;
	int ret = ddcan_put(&link->tx, frame, 0);

	if (ret == -EPROTO) {
		srv->live = false;
		ddlink_violation(link, "bad index in the ring to the client");
	}
	if (ret) {
		link->stats.tx_full += ret == -ENOSPC;
		link->stats.tx_dropped++;
		return false;
	}
	ddlink_publish(&link->tx);
	return ddlink_producer_kick(&link->tx);
}

/* The client's own kernel says that it was restarted when it is. */
static bool is_restart(const struct can_frame *frame)
{
	return frame->can_id == (CAN_ERR_FLAG | CAN_ERR_RESTARTED);
}

/* A frame that was given to the controller has been sent. lock held. */
static bool frame_sent(struct ddcan_server *srv, u32 mark)
{
	u32 ahead = ((mark >> 1) - srv->tail) & (U32_MAX >> 1);
	bool kick = false;

	/* Unless it is from before this session. */
	if (ahead < srv->head - srv->tail)
		kick = ddcan_server_settle(srv, srv->tail + ahead, true);
	napi_schedule(&srv->napi);
	return kick;
}

/* The driver has let go of a frame: has taken it, if the device is still up. Any context. */
static void frame_gone(struct sk_buff *skb)
{
	struct ddcan_server *srv = skb_shinfo(skb)->destructor_arg;
	bool kick = false;

	spin_lock_bh(&srv->lock);
	if (netif_running(skb->dev))
		kick = frame_sent(srv, can_skb_prv(skb)->skbcnt);
	spin_unlock_bh(&srv->lock);
	if (kick)
		ddlink_kick(srv->link);
}

void ddcan_bus_watch(struct ddcan_server *srv, struct sk_buff *skb)
{
	if (skb->dev->flags & IFF_ECHO)
		return;
	skb_shinfo(skb)->destructor_arg = srv;
	skb->destructor = frame_gone;
}

static bool receive_frame(struct ddcan_server *srv, struct sk_buff *skb)
{
	const struct can_frame *frame = (const struct can_frame *)skb->data;
	u32 mark = can_skb_prv(skb)->skbcnt;
	bool kick = false;

	/* The echo of one that was sent. */
	if (mark)
		return frame_sent(srv, mark);
	if ((frame->can_id & CAN_ERR_FLAG) && (frame->can_id & CAN_ERR_CNT)) {
		srv->txerr = frame->data[6];
		srv->rxerr = frame->data[7];
	}
	if (srv->live && !is_restart(frame))
		kick = put_frame(srv, frame);
	if (frame->can_id & CAN_ERR_FLAG)
		show(srv, skb->dev);
	return kick;
}

static rx_handler_result_t receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct ddcan_server *srv = rcu_dereference(skb->dev->rx_handler_data);
	bool kick = false;

	if (skb->protocol == htons(ETH_P_CAN) && can_is_can_skb(skb)) {
		spin_lock(&srv->lock);
		kick = receive_frame(srv, skb);
		spin_unlock(&srv->lock);
	}
	if (kick)
		ddlink_kick(srv->link);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/* As "ip link set NAME type can ..." does; @data has what is to be changed. */
static int change(struct net_device *lower, struct nlattr **data)
{
	return lower->rtnl_link_ops->changelink(lower, NULL, data, NULL);
}

static void set_attr(struct nlattr **data, int type, struct nlattr *attr, size_t len)
{
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	data[type] = attr;
}

/* Bit timing and modes; the controller must be closed. */
static int set_timing(struct net_device *lower, const struct ddcan_client_config *w)
{
	struct can_priv *can = safe_candev_priv(lower);
	struct nlattr *data[IFLA_CAN_MAX + 1] = { NULL };
	struct {
		struct nlattr attr;
		struct can_bittiming bt;
	} timing = {
		.bt = {
			.bitrate = can->bittiming_const ? 0 : le32_to_cpu(w->bitrate),
			.tq = le32_to_cpu(w->tq),
			.prop_seg = le32_to_cpu(w->prop_seg),
			.phase_seg1 = le32_to_cpu(w->phase_seg1),
			.phase_seg2 = le32_to_cpu(w->phase_seg2),
			.sjw = le32_to_cpu(w->sjw),
		},
	};
	struct {
		struct nlattr attr;
		struct can_ctrlmode mode;
	} modes = {
		.mode = {
			.mask = DDCAN_MODES & can->ctrlmode_supported,
			.flags = le32_to_cpu(w->modes) & DDCAN_MODES,
		},
	};

	set_attr(data, IFLA_CAN_BITTIMING, &timing.attr, sizeof(timing.bt));
	set_attr(data, IFLA_CAN_CTRLMODE, &modes.attr, sizeof(modes.mode));
	return change(lower, data);
}

static bool same_timing(const struct ddcan_client_config *a, const struct ddcan_client_config *b)
{
	return a->modes == b->modes && a->bitrate == b->bitrate && a->tq == b->tq &&
	       a->prop_seg == b->prop_seg && a->phase_seg1 == b->phase_seg1 &&
	       a->phase_seg2 == b->phase_seg2 && a->sjw == b->sjw;
}

static void close_bus(struct ddcan_server *srv, struct net_device *lower)
{
	if (!netif_running(lower))
		return;
	dev_close(lower);
	lose_all(srv);
}

/* The number of times that the client wanted to leave bus-off has changed. */
static void restart(struct ddcan_server *srv, struct net_device *lower, u32 restarts)
{
	struct can_priv *can = safe_candev_priv(lower);
	struct nlattr *data[IFLA_CAN_MAX + 1] = { NULL };
	struct nlattr now;

	if (can->state == CAN_STATE_BUS_OFF && netif_running(lower)) {
		set_attr(data, IFLA_CAN_RESTART, &now, 0);
		change(lower, data);
		lose_all(srv);
	}
	spin_lock_bh(&srv->lock);
	srv->restarts = restarts;
	spin_unlock_bh(&srv->lock);
}

static void open_bus(struct ddcan_server *srv, struct net_device *lower)
{
	int ret = 0;

	if (!netif_running(lower) || !same_timing(&srv->wanted, &srv->applied)) {
		close_bus(srv, lower);
		ret = set_timing(lower, &srv->wanted);
		srv->applied = srv->wanted;
	}
	if (!ret)
		ret = dev_open(lower, NULL);
	if (ret)
		dev_warn_ratelimited(&srv->link->dev, "%s: cannot set it up: %d\n", lower->name,
				     ret);
}

void ddcan_bus_configure(struct ddcan_server *srv)
{
	struct net_device *lower = rtnl_dereference(srv->lower);

	if (!lower)
		return;
	if (le32_to_cpu(srv->wanted.flags) & DDCAN_CLIENT_UP)
		open_bus(srv, lower);
	else
		close_bus(srv, lower);
	if (le32_to_cpu(srv->wanted.restarts) != srv->restarts)
		restart(srv, lower, le32_to_cpu(srv->wanted.restarts));
	show_now(srv);
}

static int take(struct ddcan_server *srv, struct net_device *lower)
{
	struct can_priv *can = safe_candev_priv(lower);
	int ret;

	if (!can || (!can->bittiming_const && !can->bitrate_const) ||
	    can->bitrate_const_cnt > DDCAN_BITRATES)
		return -EINVAL;
	ret = netdev_rx_handler_register(lower, receive, srv);
	if (ret)
		return ret;
	netdev_hold(lower, &srv->lower_tracker, GFP_KERNEL);
	rcu_assign_pointer(srv->lower, lower);
	memset(&srv->applied, 0, sizeof(srv->applied));
	ddcan_bus_configure(srv);
	return 0;
}

void ddcan_bus_release(struct ddcan_server *srv)
{
	struct net_device *lower = rtnl_dereference(srv->lower);

	if (!lower)
		return;
	RCU_INIT_POINTER(srv->lower, NULL);
	synchronize_net();
	netdev_rx_handler_unregister(lower);
	dev_close(lower);
	lose_all(srv);
	netdev_put(lower, &srv->lower_tracker);
	show_now(srv);
}

int ddcan_bus_bind(struct ddcan_server *srv, const char *name)
{
	struct net_device *lower;
	int ret = 0;

	rtnl_lock();
	ddcan_bus_release(srv);
	if (*name) {
		lower = __dev_get_by_name(current->nsproxy->net_ns, name);
		ret = lower ? take(srv, lower) : -ENODEV;
	}
	rtnl_unlock();
	return ret;
}

int ddcan_bus_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct ddcan_server *srv = container_of(nb, struct ddcan_server, notifier);
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (dev != rtnl_dereference(srv->lower))
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UNREGISTER:
		ddcan_bus_release(srv);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		if (!netif_carrier_ok(dev))
			lose_all(srv);
		show_now(srv);
		break;
	}
	return NOTIFY_DONE;
}
