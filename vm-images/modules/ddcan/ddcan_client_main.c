// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link's side of the client: frames from the ring to the stack, what became of frames that were
 * sent, and what becomes of the device when sessions come and go. The device appears when the
 * driver VM first shows a controller; from then on it stays. While the driver VM is away what is
 * sent waits in the device's queue; if it is away for long, the device is without carrier.
 *
 * Frames that were under way when a session ended are lost to their sender, and nothing is sent
 * twice: nobody can tell whether they have been on the bus.
 */
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "ddcan_client.h"

/* For a driver VM to be replaced. */
#define AWAY_MS 2000
/* A controller that has no errors sends a frame sooner than this. */
#define SEND_MS 1000
/* More than any controller's bit timing needs; keeps the kernel's calculation short. */
#define TSEG_MAX 1024
#define BRP_MAX 65536
#define CLOCK_MAX 1000000000

static void receive(struct ddcan_client *c, const struct can_frame *from)
{
	struct net_device *dev = c->dev;
	struct can_frame *frame;
	struct sk_buff *skb = netif_running(dev) ? alloc_can_skb(dev, &frame) : NULL;

	if (!skb) {
		c->link->stats.rx_dropped++;
		dev->stats.rx_dropped++;
		return;
	}
	*frame = *from;
	if (!(frame->can_id & CAN_ERR_FLAG)) {
		dev->stats.rx_packets++;
		dev->stats.rx_bytes += can_skb_get_data_len(skb);
	}
	netif_receive_skb(skb);
}

/* A frame under way that will not be sent. lock held. */
static void drop_echo(struct ddcan_client *c, unsigned int i)
{
	if (ddcan_client_active(c))
		can_free_echo_skb(c->dev, i, NULL);
	c->dev->stats.tx_errors++;
}

/* The server says what became of the oldest frame under way. */
static int finish(struct ddcan_client *c, const struct ddlink_record *rec)
{
	struct net_device *dev = c->dev;
	unsigned int i;
	int ret = -EPROTO;

	spin_lock(&c->lock);
	if (c->live && !rec->len && c->tail != c->head && rec->cookie == c->tail) {
		i = c->tail++ % DDCAN_WINDOW;
		c->moved = jiffies;
		if (rec->type == DDCAN_REC_LOST) {
			drop_echo(c, i);
		} else if (ddcan_client_active(c)) {
			dev->stats.tx_bytes += can_get_echo_skb(dev, i, NULL);
			dev->stats.tx_packets++;
		}
		ddcan_client_queue(c);
		ret = 0;
	}
	spin_unlock(&c->lock);
	return ret;
}

static int handle(struct ddcan_client *c, const struct ddlink_record *rec)
{
	struct can_frame frame;
	int ret;

	if (rec->type == DDCAN_REC_SENT || rec->type == DDCAN_REC_LOST)
		return finish(c, rec);
	ret = ddcan_get(rec, true, &frame);
	if (!ret)
		receive(c, &frame);
	return ret;
}

static int poll(struct napi_struct *napi, int budget)
{
	struct ddcan_client *c = container_of(napi, struct ddcan_client, napi);
	struct ddlink_consumer *rx = &c->link->rx;
	struct ddlink_record rec;
	int done, ret = 0;

	for (done = 0; done < budget; done++) {
		ret = ddlink_peek(rx, &rec);
		if (ret > 0)
			ret = handle(c, &rec) ?: 1;
		if (ret <= 0)
			break;
		ddlink_consume(rx);
		/* Nobody is told of the room: the server never waits for it. */
		ddlink_release(rx);
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

/*
 * Shows whether a frame is not sent in time though the controller says that all is well. One that
 * nobody acknowledges on the bus is not sent, either, but then its driver tells of errors.
 */
static void show_waits(struct ddcan_client *c)
{
	bool waits = READ_ONCE(c->head) != READ_ONCE(c->tail) &&
		     c->can.state == CAN_STATE_ERROR_ACTIVE &&
		     time_after(jiffies, READ_ONCE(c->moved) + msecs_to_jiffies(SEND_MS));

	ddlink_show_waits(c->link, waits);
}

static void client_notify(struct ddlink_device *link)
{
	struct ddcan_client *c = link->priv;

	show_waits(c);
	napi_schedule(&c->napi);
}

/* The driver VM does not come back so soon. */
static void client_away(struct work_struct *work)
{
	struct ddcan_client *c = container_of(to_delayed_work(work), struct ddcan_client, away);

	netif_carrier_off(c->dev);
}

static void client_up(struct ddlink_device *link)
{
	struct ddcan_client *c = link->priv;

	spin_lock_bh(&c->lock);
	c->live = true;
	spin_unlock_bh(&c->lock);
	napi_enable(&c->napi);
}

static void client_down(struct ddlink_device *link)
{
	struct ddcan_client *c = link->priv;

	spin_lock_bh(&c->lock);
	c->live = false;
	c->ready = false;
	for (; c->tail != c->head; c->tail++)
		drop_echo(c, c->tail % DDCAN_WINDOW);
	ddcan_client_queue(c);
	spin_unlock_bh(&c->lock);
	napi_disable(&c->napi);
	ddlink_show_waits(link, false);
	if (netif_carrier_ok(c->dev))
		schedule_delayed_work(&c->away, msecs_to_jiffies(AWAY_MS));
}

static bool range_ok(__le32 first, __le32 last, u32 max)
{
	return le32_to_cpu(first) && le32_to_cpu(first) <= le32_to_cpu(last) &&
	       le32_to_cpu(last) <= max;
}

static unsigned int count_bitrates(const struct ddcan_server_config *s)
{
	unsigned int n = 0;

	while (n < DDCAN_BITRATES && s->bitrates[n])
		n++;
	return n;
}

static bool timing_ok(const struct ddcan_server_config *s)
{
	const __le32 one = cpu_to_le32(1);

	return range_ok(one, s->clock, CLOCK_MAX) &&
	       range_ok(s->tseg1_min, s->tseg1_max, TSEG_MAX) &&
	       range_ok(s->tseg2_min, s->tseg2_max, TSEG_MAX) &&
	       range_ok(one, s->sjw_max, TSEG_MAX) && range_ok(s->brp_min, s->brp_max, BRP_MAX) &&
	       range_ok(one, s->brp_inc, BRP_MAX);
}

static bool server_config_ok(const struct ddcan_server_config *s)
{
	return le32_to_cpu(s->state) < CAN_STATE_MAX && !(le32_to_cpu(s->modes) & ~DDCAN_MODES) &&
	       (count_bitrates(s) || timing_ok(s));
}

static void adopt_bitrates(struct ddcan_client *c, const struct ddcan_server_config *s)
{
	unsigned int i, n = count_bitrates(s);

	for (i = 0; i < n; i++)
		c->bitrates[i] = le32_to_cpu(s->bitrates[i]);
	c->can.bitrate_const = c->bitrates;
	c->can.bitrate_const_cnt = n;
}

static void adopt_timing(struct ddcan_client *c, const struct ddcan_server_config *s)
{
	c->timing = (struct can_bittiming_const){
		.name = "ddcan",
		.tseg1_min = le32_to_cpu(s->tseg1_min),
		.tseg1_max = le32_to_cpu(s->tseg1_max),
		.tseg2_min = le32_to_cpu(s->tseg2_min),
		.tseg2_max = le32_to_cpu(s->tseg2_max),
		.sjw_max = le32_to_cpu(s->sjw_max),
		.brp_min = le32_to_cpu(s->brp_min),
		.brp_max = le32_to_cpu(s->brp_max),
		.brp_inc = le32_to_cpu(s->brp_inc),
	};
	c->can.bittiming_const = &c->timing;
	c->can.clock.freq = le32_to_cpu(s->clock);
}

/* Makes the device known, which is for the controller that is shown first. */
static void adopt_device(struct ddcan_client *c, const struct ddcan_server_config *s)
{
	int ret;

	if (count_bitrates(s))
		adopt_bitrates(c, s);
	else
		adopt_timing(c, s);
	c->can.ctrlmode_supported = le32_to_cpu(s->modes);
	ret = register_candev(c->dev);
	if (ret)
		dev_err_ratelimited(&c->link->dev, "cannot register CAN device %s: %d\n",
				    c->dev->name, ret);
	else
		c->registered = true;
}

/*
 * Follows the controller's state. Bus-off is left only when the client says so; what the server
 * shows before it has heard of that is old. lock held.
 */
static void follow_state(struct ddcan_client *c, const struct ddcan_server_config *s)
{
	enum can_state state = le32_to_cpu(s->state);

	c->errors.txerr = le16_to_cpu(s->txerr);
	c->errors.rxerr = le16_to_cpu(s->rxerr);
	if (!c->running || !c->ready || c->can.state == CAN_STATE_BUS_OFF ||
	    state == c->can.state || le32_to_cpu(s->restarts) != c->restarts)
		return;
	can_change_state(c->dev, NULL, state, state);
	if (state == CAN_STATE_BUS_OFF)
		can_bus_off(c->dev);
}

static void client_config(struct ddlink_device *link)
{
	struct ddcan_client *c = link->priv;
	struct ddcan_server_config s;
	bool bus_off;
	u32 flags;

	if (ddlink_peer_config(link, &s, sizeof(s)))
		return;
	flags = le32_to_cpu(s.flags);
	if ((flags & DDCAN_SERVER_VALID) && !server_config_ok(&s)) {
		ddlink_violation(link, "bad configuration of the server");
		return;
	}
	if ((flags & DDCAN_SERVER_VALID) && !c->registered)
		adopt_device(c, &s);
	if (!c->registered)
		return;
	spin_lock_bh(&c->lock);
	c->ready = c->live && (flags & DDCAN_SERVER_VALID) && (flags & DDCAN_SERVER_RUNNING);
	follow_state(c, &s);
	bus_off = c->can.state == CAN_STATE_BUS_OFF;
	ddcan_client_queue(c);
	spin_unlock_bh(&c->lock);
	if (!(flags & DDCAN_SERVER_VALID))
		return;
	cancel_delayed_work_sync(&c->away);
	/* A device that is not up gets it from open_candev(). */
	if (!bus_off && netif_running(c->dev))
		netif_carrier_on(c->dev);
}

static int client_probe(struct ddlink_device *link)
{
	struct net_device *dev = alloc_candev(sizeof(struct ddcan_client), DDCAN_WINDOW);
	struct ddcan_client *c;

	if (!dev)
		return -ENOMEM;
	c = netdev_priv(dev);
	c->link = link;
	c->dev = dev;
	spin_lock_init(&c->lock);
	INIT_DELAYED_WORK(&c->away, client_away);
	link->priv = c;
	ddcan_client_setup(c);
	netif_napi_add(dev, &c->napi, poll);
	return 0;
}

static void client_remove(struct ddlink_device *link)
{
	struct ddcan_client *c = link->priv;

	cancel_delayed_work_sync(&c->away);
	if (c->registered)
		unregister_candev(c->dev);
	netif_napi_del(&c->napi);
	link->priv = NULL;
	free_candev(c->dev);
}

static struct ddlink_driver ddcan_client_driver = {
	.driver = {
		.name = "ddcan_client",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_CAN,
	.role = DDLINK_CLIENT,
	.probe = client_probe,
	.remove = client_remove,
	.up = client_up,
	.down = client_down,
	.config = client_config,
	.notify = client_notify,
};
module_ddlink_driver(ddcan_client_driver);

MODULE_DESCRIPTION("CAN translation module, client's half");
MODULE_LICENSE("GPL");
