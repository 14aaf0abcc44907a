// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link's side of the client: frames from the ring to the stack, and what becomes of the
 * device when sessions come and go. The device appears when the driver VM first shows a NIC; from
 * then on it stays. While the driver VM is away what is sent waits; if it is away for long, the
 * device is without carrier. Not at once, since the stack forgets its neighbours with the carrier,
 * and asks for them once a second: that would take longer than replacing a driver VM does.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "ddnet_client.h"

/* For a driver VM to be replaced. */
#define AWAY_MS 2000

static void receive(struct ddnet_client *c, const struct ddlink_record *rec)
{
	struct net_device *dev = c->dev;
	struct sk_buff *skb = NULL;

	if (netif_running(dev))
		skb = ddnet_get(&c->napi, &c->pages, rec);
	if (!skb) {
		c->link->stats.rx_dropped++;
		DEV_STATS_INC(dev, rx_dropped);
		return;
	}
	/* That a checksum is right is the driver VM's word, which the client need not take. */
	if (!(dev->features & NETIF_F_RXCSUM) && skb->ip_summed == CHECKSUM_UNNECESSARY)
		skb->ip_summed = CHECKSUM_NONE;
	dev_sw_netstats_rx_add(dev, skb->len);
	skb->protocol = eth_type_trans(skb, dev);
	ddnet_client_heard(c, skb);
	napi_gro_receive(&c->napi, skb);
}

static int poll(struct napi_struct *napi, int budget)
{
	struct ddnet_client *c = container_of(napi, struct ddnet_client, napi);
	struct ddlink_consumer *rx = &c->link->rx;
	struct ddlink_record rec;
	int done, ret = 0;

	ddnet_client_wake(c);
	for (done = 0; done < budget; done++) {
		ret = ddlink_peek(rx, &rec);
		if (ret > 0 && !ddnet_record_ok(&rec))
			ret = -EPROTO;
		if (ret <= 0)
			break;
		receive(c, &rec);
		ddlink_consume(rx);
		ddlink_release(rx);
		if (ddlink_consumer_kick(rx))
			ddlink_kick(c->link);
	}
	if (ret < 0) {
		ddlink_violation(c->link, "bad record in the ring from the server");
		napi_complete_done(napi, done);
		return done;
	}
	if (done < budget && napi_complete_done(napi, done) && ddlink_consumer_arm(rx))
		napi_schedule(napi);
	return done;
}

static void client_notify(struct ddlink_device *link)
{
	struct ddnet_client *c = link->priv;

	ddnet_client_listen(c);
	napi_schedule(&c->napi);
}

static void set_live(struct ddnet_client *c, bool live)
{
	struct netdev_queue *txq = netdev_get_tx_queue(c->dev, 0);

	__netif_tx_lock_bh(txq);
	c->live = live;
	__netif_tx_unlock_bh(txq);
}

/* Lets the stack send: into the void, as long as there is no carrier. */
static void wake(struct ddnet_client *c)
{
	if (netif_running(c->dev))
		netif_wake_queue(c->dev);
}

/* The driver VM does not come back so soon, or its card has no carrier. */
static void client_away(struct work_struct *work)
{
	struct ddnet_client *c = container_of(to_delayed_work(work), struct ddnet_client, away);

	netif_carrier_off(c->dev);
	wake(c);
}

/* Carrier is lost at once only if it is not about to come back with another driver VM. */
static void no_carrier(struct ddnet_client *c)
{
	if (!delayed_work_pending(&c->away))
		netif_carrier_off(c->dev);
}

static void client_up(struct ddlink_device *link)
{
	struct ddnet_client *c = link->priv;

	set_live(c, true);
	napi_enable(&c->napi);
}

static void client_down(struct ddlink_device *link)
{
	struct ddnet_client *c = link->priv;

	set_live(c, false);
	napi_disable(&c->napi);
	ddnet_client_heard_stop(c);
	/* What is sent meanwhile waits for the next session. */
	if (netif_carrier_ok(c->dev)) {
		netif_tx_disable(c->dev);
		schedule_delayed_work(&c->away, msecs_to_jiffies(AWAY_MS));
	} else {
		wake(c);
	}
}

static bool server_config_ok(const struct ddnet_server_config *s)
{
	u32 mtu = le32_to_cpu(s->mtu);
	u32 min = le32_to_cpu(s->min_mtu);
	u32 max = le32_to_cpu(s->max_mtu);

	return is_valid_ether_addr(s->mac) && min <= mtu && mtu <= max && max >= ETH_MIN_MTU &&
	       max <= ETH_MAX_MTU;
}

static void adopt_device(struct ddnet_client *c, const struct ddnet_server_config *s)
{
	struct net_device *dev = c->dev;
	int ret;

	eth_hw_addr_set(dev, s->mac);
	dev->mtu = max_t(u32, le32_to_cpu(s->mtu), ETH_MIN_MTU);
	netif_carrier_off(dev);
	ret = register_netdev(dev);
	if (ret) {
		dev_err_ratelimited(&c->link->dev, "cannot register network device %s: %d\n",
				    dev->name, ret);
		return;
	}
	c->registered = true;
	ddnet_client_publish(c);
}

static void client_config(struct ddlink_device *link)
{
	struct ddnet_client *c = link->priv;
	struct net_device *dev = c->dev;
	struct ddnet_server_config s;
	u32 flags;

	if (ddlink_peer_config(link, &s, sizeof(s)))
		return;
	flags = le32_to_cpu(s.flags);
	if (!(flags & DDNET_SERVER_VALID)) {
		no_carrier(c);
		return;
	}
	if (!server_config_ok(&s)) {
		ddlink_violation(link, "bad configuration of the server");
		return;
	}
	rtnl_lock();
	dev->min_mtu = max_t(u32, le32_to_cpu(s.min_mtu), ETH_MIN_MTU);
	dev->max_mtu = le32_to_cpu(s.max_mtu);
	c->speed = le32_to_cpu(s.speed);
	c->full_duplex = s.full_duplex;
	if (c->registered)
		netdev_update_features(dev);
	rtnl_unlock();
	if (!c->registered)
		adopt_device(c, &s);
	if (!c->registered)
		return;
	if (!(flags & DDNET_SERVER_CARRIER)) {
		no_carrier(c);
		return;
	}
	if (cancel_delayed_work_sync(&c->away))
		wake(c);
	netif_carrier_on(dev);
}

static int client_probe(struct ddlink_device *link)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct ddnet_client));
	struct ddnet_client *c;

	if (!dev)
		return -ENOMEM;
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats) {
		free_netdev(dev);
		return -ENOMEM;
	}
	c = netdev_priv(dev);
	c->link = link;
	c->dev = dev;
	spin_lock_init(&c->config_lock);
	INIT_DELAYED_WORK(&c->away, client_away);
	ddnet_client_heard_init(c);
	link->priv = c;
	ddnet_client_setup(c);
	netif_napi_add(dev, &c->napi, poll);
	return 0;
}

static void client_remove(struct ddlink_device *link)
{
	struct ddnet_client *c = link->priv;

	cancel_delayed_work_sync(&c->away);
	ddnet_client_heard_stop(c);
	if (c->registered)
		unregister_netdev(c->dev);
	netif_napi_del(&c->napi);
	ddnet_free_pages(&c->pages);
	link->priv = NULL;
	free_percpu(c->dev->tstats);
	free_netdev(c->dev);
}

static struct ddlink_driver ddnet_client_driver = {
	.driver = {
		.name = "ddnet_client",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_NET,
	.role = DDLINK_CLIENT,
	.features = DDNET_FEATURES,
	.probe = client_probe,
	.remove = client_remove,
	.up = client_up,
	.down = client_down,
	.config = client_config,
	.notify = client_notify,
};
module_ddlink_driver(ddnet_client_driver);

MODULE_DESCRIPTION("Network translation module, client's half");
MODULE_LICENSE("GPL");
