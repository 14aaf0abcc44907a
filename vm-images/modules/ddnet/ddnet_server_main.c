// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the ring to the NIC, and the module's life. A frame is taken from the ring only while the
 * NIC has room for it; so the driver VM drops nothing, and the client's queue fills instead.
 */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "ddnet_server.h"

static unsigned int spin_us = 1000;
module_param(spin_us, uint, 0644);
MODULE_PARM_DESC(spin_us, "how long to look for an answer of the client, us; 0: not at all");

/* The NIC is done with a frame. Any context. */
static void frame_done(struct sk_buff *skb)
{
	struct ddnet_inflight *slot = skb_shinfo(skb)->destructor_arg;
	struct ddnet_server *srv = slot->srv;
	int left = atomic_sub_return(slot->bytes, &srv->inflight);

	llist_add(&slot->node, &srv->free);
	/* Pairs with hold(): either it sees the room we made, or we see that it waits. */
	smp_mb();
	if (READ_ONCE(srv->held) && left <= (int)DDNET_INFLIGHT_BYTES / 2 &&
	    xchg(&srv->held, false))
		napi_schedule(&srv->napi);
	if (!left)
		wake_up(&srv->idle);
}

static bool nic_full(struct ddnet_server *srv, struct netdev_queue *txq)
{
	return atomic_read(&srv->inflight) >= (int)DDNET_INFLIGHT_BYTES ||
	       llist_empty(&srv->free) || netif_xmit_frozen_or_drv_stopped(txq);
}

/* True if poll is to stop here; frame_done() will start it again. */
static bool hold(struct ddnet_server *srv, struct netdev_queue *txq)
{
	if (!nic_full(srv, txq))
		return false;
	WRITE_ONCE(srv->held, true);
	smp_mb();
	return nic_full(srv, txq) || !xchg(&srv->held, false);
}

static bool fits(const struct sk_buff *skb, const struct net_device *lower)
{
	unsigned int max = skb_network_offset(skb) + READ_ONCE(lower->mtu);

	return skb_is_gso(skb) ? skb_gso_validate_mac_len(skb, max) : skb->len <= max;
}

/* The NIC, if it can send now. */
static struct net_device *ready_nic(struct ddnet_server *srv)
{
	struct net_device *lower = rcu_dereference_bh(srv->lower);

	return lower && netif_running(lower) && netif_carrier_ok(lower) ? lower : NULL;
}

static void drop_out(struct ddnet_server *srv)
{
	srv->link->stats.rx_dropped += skb_queue_len(&srv->out);
	__skb_queue_purge(&srv->out);
}

/* Takes a frame out of a record, in pieces if the NIC cannot segment it. */
static void queue_frame(struct ddnet_server *srv, struct net_device *lower,
			const struct ddlink_record *rec)
{
	struct sk_buff *skb, *next;
	bool again;

	skb = lower ? ddnet_get(&srv->napi, &srv->pages, rec) : NULL;
	if (skb && !fits(skb, lower)) {
		kfree_skb(skb);
		skb = NULL;
	}
	if (skb) {
		skb->dev = lower;
		skb_set_queue_mapping(skb, 0);
		skb = validate_xmit_skb_list(skb, lower, &again);
	}
	if (!skb) {
		srv->link->stats.rx_dropped++;
		return;
	}
	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		__skb_queue_tail(&srv->out, skb);
	}
}

/* One batch out of the ring: how many records, or -EPROTO. */
static int gather(struct ddnet_server *srv, int budget)
{
	struct net_device *lower = ready_nic(srv);
	struct ddlink_device *link = srv->link;
	struct ddlink_consumer *rx = &link->rx;
	struct ddlink_record rec;
	u32 bytes = 0;
	int n, ret;

	for (n = 0; n < budget && n < DDNET_BATCH_FRAMES && bytes < DDNET_BATCH_BYTES; n++) {
		ret = ddlink_peek(rx, &rec);
		if (!ret)
			break;
		if (ret < 0 || !ddnet_record_ok(&rec))
			return -EPROTO;
		queue_frame(srv, lower, &rec);
		bytes += rec.len;
		ddlink_consume(rx);
	}
	if (n) {
		ddlink_release(rx);
		if (ddlink_consumer_kick(rx))
			ddlink_kick(link);
	}
	return n;
}

/*
 * Hands one frame to the NIC and counts it there; false if the NIC does not want it now. The driver
 * may put off telling the NIC while more is to come, so nothing is if this frame fills it.
 */
static bool send_frame(struct ddnet_server *srv, struct sk_buff *skb, struct netdev_queue *txq,
		       bool more)
{
	struct ddnet_inflight *slot;

	slot = llist_entry(llist_del_first(&srv->free), struct ddnet_inflight, node);
	slot->bytes = skb->truesize;
	atomic_add(slot->bytes, &srv->inflight);
	skb_shinfo(skb)->destructor_arg = slot;
	skb->destructor = frame_done;
	more = more && !nic_full(srv, txq);
	if (dev_xmit_complete(netdev_start_xmit(skb, txq->dev, txq, more)))
		return true;
	skb_orphan(skb);
	return false;
}

/*
 * Hands what waits to the NIC's driver, without a queue in between: those would drop, or reorder,
 * what the client has queued and scheduled already. False if it has to wait.
 */
static bool flush(struct ddnet_server *srv)
{
	struct net_device *lower = ready_nic(srv);
	struct netdev_queue *txq;
	struct sk_buff *skb;
	bool held = false;

	skb = skb_peek(&srv->out);
	if (!skb)
		return true;
	if (!lower || skb->dev != lower) {
		drop_out(srv);
		return true;
	}
	txq = netdev_get_tx_queue(lower, 0);
	__netif_tx_lock(txq, smp_processor_id());
	while (!held && (skb = __skb_dequeue(&srv->out))) {
		held = hold(srv, txq);
		if (!held && !send_frame(srv, skb, txq, !skb_queue_empty(&srv->out))) {
			held = true;
			/* Normally the driver has stopped its queue; if not, it wants us back. */
			if (!hold(srv, txq))
				ddnet_server_resume(srv);
		}
		if (held)
			__skb_queue_head(&srv->out, skb);
	}
	__netif_tx_unlock(txq);
	return !held;
}

/*
 * Whether to look again at the ring rather than have the doorbell rung: while frames go to and fro
 * one at a time, the next one follows soon, and a doorbell means two wake-ups on the host, which
 * take longer than the client does to answer.
 */
static bool expecting(struct ddnet_server *srv)
{
	if (READ_ONCE(srv->exchanges) < DDNET_SPIN_EXCHANGES || READ_ONCE(srv->taken))
		return false;
	if (local_clock() - READ_ONCE(srv->given_at) < spin_us * NSEC_PER_USEC)
		return true;
	WRITE_ONCE(srv->exchanges, 0);
	return false;
}

static int poll(struct napi_struct *napi, int budget)
{
	struct ddnet_server *srv = container_of(napi, struct ddnet_server, napi);
	struct ddlink_device *link = srv->link;
	bool held = false;
	int done = 0, ret = 0;

	while (done < budget) {
		held = !flush(srv);
		if (held)
			break;
		ret = gather(srv, budget - done);
		if (ret <= 0)
			break;
		done += ret;
	}
	if (ret < 0) {
		ddlink_violation(link, "bad record in the ring from the client");
		napi_complete_done(napi, done);
		return done;
	}
	WRITE_ONCE(srv->taken, srv->taken + done);
	if (!held && done < budget && expecting(srv))
		return budget;
	if (done < budget && napi_complete_done(napi, done) && !held &&
	    ddlink_consumer_arm(&link->rx))
		napi_schedule(napi);
	return done;
}

static void server_notify(struct ddlink_device *link)
{
	ddnet_server_resume(link->priv);
}

static void server_up(struct ddlink_device *link)
{
	struct ddnet_server *srv = link->priv;

	spin_lock_bh(&srv->tx_lock);
	srv->live = true;
	srv->client_up = false;
	spin_unlock_bh(&srv->tx_lock);
	napi_enable(&srv->napi);
}

static void server_down(struct ddlink_device *link)
{
	struct ddnet_server *srv = link->priv;

	spin_lock_bh(&srv->tx_lock);
	srv->live = false;
	spin_unlock_bh(&srv->tx_lock);
	napi_disable(&srv->napi);
	__skb_queue_purge(&srv->out);
	WRITE_ONCE(srv->held, false);
}

static void server_config(struct ddlink_device *link)
{
	struct ddnet_server *srv = link->priv;
	struct ddnet_client_config config;

	if (ddlink_peer_config(link, &config, sizeof(config)))
		return;
	rtnl_lock();
	srv->wanted = config;
	ddnet_nic_configure(srv);
	rtnl_unlock();
	spin_lock_bh(&srv->tx_lock);
	srv->client_up = le32_to_cpu(config.flags) & DDNET_CLIENT_UP;
	spin_unlock_bh(&srv->tx_lock);
}

static int server_probe(struct ddlink_device *link)
{
	struct ddnet_server *srv = kvzalloc(sizeof(*srv), GFP_KERNEL);
	int i, ret;

	if (!srv)
		return -ENOMEM;
	srv->link = link;
	spin_lock_init(&srv->tx_lock);
	init_waitqueue_head(&srv->idle);
	init_llist_head(&srv->free);
	__skb_queue_head_init(&srv->out);
	for (i = 0; i < DDNET_INFLIGHT_FRAMES; i++) {
		srv->slots[i].srv = srv;
		llist_add(&srv->slots[i].node, &srv->free);
	}
	link->priv = srv;
	srv->notifier.notifier_call = ddnet_nic_event;
	ret = register_netdevice_notifier(&srv->notifier);
	if (ret) {
		kvfree(srv);
		return ret;
	}
	init_dummy_netdev(&srv->napi_dev);
	netif_napi_add(&srv->napi_dev, &srv->napi, poll);
	return 0;
}

static void server_remove(struct ddlink_device *link)
{
	struct ddnet_server *srv = link->priv;

	rtnl_lock();
	ddnet_nic_release(srv);
	rtnl_unlock();
	unregister_netdevice_notifier(&srv->notifier);
	/* The NIC is closed, so what it still had comes back now. */
	wait_event(srv->idle, !atomic_read(&srv->inflight));
	netif_napi_del(&srv->napi);
	synchronize_net();
	ddnet_free_pages(&srv->pages);
	link->priv = NULL;
	kvfree(srv);
}

static int server_bind(struct ddlink_device *link, const char *name)
{
	return ddnet_nic_bind(link->priv, name);
}

static ssize_t server_bound(struct ddlink_device *link, char *buf)
{
	struct ddnet_server *srv = link->priv;
	struct net_device *lower;
	ssize_t len;

	rtnl_lock();
	lower = rtnl_dereference(srv->lower);
	len = sysfs_emit(buf, "%s\n", lower ? lower->name : "");
	rtnl_unlock();
	return len;
}

static int server_rehearse(struct ddlink_device *link, u8 *payload, u32 *type)
{
	*type = DDNET_REC_FRAME;
	return ddnet_nic_rehearse(link->priv, payload);
}

static struct ddlink_driver ddnet_server_driver = {
	.driver = {
		.name = "ddnet_server",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_NET,
	.role = DDLINK_SERVER,
	.features = DDNET_FEATURES,
	.probe = server_probe,
	.remove = server_remove,
	.up = server_up,
	.down = server_down,
	.config = server_config,
	.notify = server_notify,
	.bind = server_bind,
	.bound = server_bound,
	.rehearse = server_rehearse,
	.name_size = IFNAMSIZ,
};
module_ddlink_driver(ddnet_server_driver);

MODULE_DESCRIPTION("Network translation module, driver VM's half");
MODULE_LICENSE("GPL");
