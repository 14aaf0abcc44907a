// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the ring to the controller, and the module's life. A frame is taken from the ring only while
 * fewer than DDCAN_INFLIGHT are on their way, so the driver VM drops none for want of room.
 */
#include <linux/can/dev.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "ddcan_server.h"

/* A record that says what became of a frame. lock held. */
static bool tell(struct ddcan_server *srv, u32 type, u64 cookie)
{
	struct ddlink_producer *tx = &srv->link->tx;
	u8 *payload;

	/* An honest client takes what it is told, so there is always room. */
	if (ddlink_reserve(tx, type, 0, cookie, &payload)) {
		srv->live = false;
		ddlink_violation(srv->link, "no room in the ring to the client");
		return false;
	}
	ddlink_commit(tx);
	return true;
}

bool ddcan_server_settle(struct ddcan_server *srv, u32 until, bool sent)
{
	struct ddlink_producer *tx = &srv->link->tx;
	u32 end = sent ? until + 1 : until, type;

	for (; srv->tail != end; srv->tail++) {
		type = sent && srv->tail == until ? DDCAN_REC_SENT : DDCAN_REC_LOST;
		if (srv->live)
			tell(srv, type, srv->cookie[srv->tail % DDCAN_INFLIGHT]);
	}
	if (!srv->live)
		return false;
	ddlink_publish(tx);
	return ddlink_producer_kick(tx);
}

/* A frame as programs of this machine would send it, marked with its number; NULL: no memory. */
static struct sk_buff *make_skb(struct ddcan_server *srv, struct net_device *lower,
				const struct can_frame *from, u32 number)
{
	struct can_frame *frame;
	struct sk_buff *skb = alloc_can_skb(lower, &frame);

	if (!skb)
		return NULL;
	*frame = *from;
	/* Asks for its echo, which comes when it has been sent and shares this mark. */
	skb->pkt_type = PACKET_LOOPBACK;
	can_skb_prv(skb)->skbcnt = ddcan_server_mark(number);
	ddcan_bus_watch(srv, skb);
	return skb;
}

/* Notes that a frame goes to the driver; returns its number. */
static u32 take_number(struct ddcan_server *srv, u64 cookie)
{
	u32 number;

	spin_lock(&srv->lock);
	number = srv->head++;
	srv->cookie[number % DDCAN_INFLIGHT] = cookie;
	spin_unlock(&srv->lock);
	return number;
}

/* That number did not get into the driver, nor did those before that are still unknown. */
static void give_up(struct ddcan_server *srv, u32 number)
{
	bool kick = false;

	spin_lock(&srv->lock);
	/* Unless what happened to it meanwhile has settled it. */
	if ((s32)(number - srv->tail) >= 0)
		kick = ddcan_server_settle(srv, number + 1, false);
	spin_unlock(&srv->lock);
	if (kick)
		ddlink_kick(srv->link);
}

/* Gives one frame to the controller's driver. */
static void send_frame(struct ddcan_server *srv, const struct can_frame *frame, u64 cookie)
{
	struct net_device *lower = rcu_dereference_bh(srv->lower);
	u32 number = take_number(srv, cookie);
	struct sk_buff *skb = NULL;

	if (lower && netif_running(lower) && netif_carrier_ok(lower))
		skb = make_skb(srv, lower, frame, number);
	if (!skb || dev_queue_xmit(skb) != NET_XMIT_SUCCESS)
		give_up(srv, number);
}

static bool full(struct ddcan_server *srv)
{
	return READ_ONCE(srv->head) - READ_ONCE(srv->tail) >= DDCAN_INFLIGHT;
}

static int poll(struct napi_struct *napi, int budget)
{
	struct ddcan_server *srv = container_of(napi, struct ddcan_server, napi);
	struct ddlink_consumer *rx = &srv->link->rx;
	struct can_frame frame;
	struct ddlink_record rec;
	int done, ret = 0;

	for (done = 0; done < budget && !full(srv); done++) {
		ret = ddlink_peek(rx, &rec);
		if (ret > 0)
			ret = ddcan_get(&rec, false, &frame) ?: 1;
		if (ret <= 0)
			break;
		ddlink_consume(rx);
		/* Nobody is told of the room: the client counts what it has under way. */
		ddlink_release(rx);
		send_frame(srv, &frame, rec.cookie);
	}
	if (ret < 0) {
		ddlink_violation(srv->link, "bad record in the ring from the client");
		napi_complete_done(napi, done);
		return done;
	}
	/* If it is full, what comes back from the controller starts this again. */
	if (done < budget && napi_complete_done(napi, done) && !full(srv) &&
	    ddlink_consumer_arm(rx))
		napi_schedule(napi);
	return done;
}

static void server_notify(struct ddlink_device *link)
{
	struct ddcan_server *srv = link->priv;

	napi_schedule(&srv->napi);
}

static void server_up(struct ddlink_device *link)
{
	struct ddcan_server *srv = link->priv;

	spin_lock_bh(&srv->lock);
	srv->live = true;
	spin_unlock_bh(&srv->lock);
	napi_enable(&srv->napi);
}

static void server_down(struct ddlink_device *link)
{
	struct ddcan_server *srv = link->priv;

	napi_disable(&srv->napi);
	spin_lock_bh(&srv->lock);
	srv->live = false;
	/* Those that the controller still has are no longer anybody's. */
	srv->tail = srv->head;
	spin_unlock_bh(&srv->lock);
}

static void server_config(struct ddlink_device *link)
{
	struct ddcan_server *srv = link->priv;
	struct ddcan_client_config config;

	if (ddlink_peer_config(link, &config, sizeof(config)))
		return;
	rtnl_lock();
	srv->wanted = config;
	ddcan_bus_configure(srv);
	rtnl_unlock();
}

static int server_probe(struct ddlink_device *link)
{
	struct ddcan_server *srv = kzalloc(sizeof(*srv), GFP_KERNEL);
	int ret;

	if (!srv)
		return -ENOMEM;
	srv->link = link;
	spin_lock_init(&srv->lock);
	link->priv = srv;
	srv->notifier.notifier_call = ddcan_bus_event;
	ret = register_netdevice_notifier(&srv->notifier);
	if (ret) {
		kfree(srv);
		return ret;
	}
	init_dummy_netdev(&srv->napi_dev);
	netif_napi_add(&srv->napi_dev, &srv->napi, poll);
	return 0;
}

static void server_remove(struct ddlink_device *link)
{
	struct ddcan_server *srv = link->priv;

	rtnl_lock();
	ddcan_bus_release(srv);
	rtnl_unlock();
	unregister_netdevice_notifier(&srv->notifier);
	netif_napi_del(&srv->napi);
	synchronize_net();
	link->priv = NULL;
	kfree(srv);
}

static int server_bind(struct ddlink_device *link, const char *name)
{
	return ddcan_bus_bind(link->priv, name);
}

static ssize_t server_bound(struct ddlink_device *link, char *buf)
{
	struct ddcan_server *srv = link->priv;
	struct net_device *lower;
	ssize_t len;

	rtnl_lock();
	lower = rtnl_dereference(srv->lower);
	len = sysfs_emit(buf, "%s\n", lower ? lower->name : "");
	rtnl_unlock();
	return len;
}

static struct ddlink_driver ddcan_server_driver = {
	.driver = {
		.name = "ddcan_server",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_CAN,
	.role = DDLINK_SERVER,
	.probe = server_probe,
	.remove = server_remove,
	.up = server_up,
	.down = server_down,
	.config = server_config,
	.notify = server_notify,
	.bind = server_bind,
	.bound = server_bound,
	.name_size = IFNAMSIZ,
};
module_ddlink_driver(ddcan_server_driver);

MODULE_DESCRIPTION("CAN translation module, driver VM's half");
MODULE_LICENSE("GPL");
