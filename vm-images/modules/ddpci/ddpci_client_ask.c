// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asking the driver VM, and waiting for the reply without sleeping: the kernel reads configuration
 * space with interrupts off. So the wait is short, and a request that was not answered keeps the
 * next ones from being sent until its reply has come after all: a silent driver VM costs one wait.
 * One that is merely slow, by malice say, uses patience up, which grows again ten times slower.
 */
#include <linux/delay.h>
#include <linux/timekeeping.h>

#include "ddpci_client.h"

#define WAIT_NS (10 * NSEC_PER_MSEC) /* that a request may take at any rate */
#define PATIENCE_NS (250 * NSEC_PER_MSEC)
#define RETRY_MS 5 /* the scanner looks again after that */

void ddpci_violation(struct ddpci_client *c, const char *text)
{
	c->up = false;
	c->ready = false;
	ddlink_violation(c->link, text);
}

int ddpci_receive(struct ddpci_client *c, struct ddpci_reply *reply)
{
	struct ddlink_record rec;
	int ret = ddlink_peek(&c->link->rx, &rec);

	if (!ret)
		return 0;
	if (ret < 0 || !c->unanswered || rec.cookie != c->cookie || rec.type != DDPCI_REC_REPLY ||
	    rec.len != sizeof(*reply))
		goto bad;
	/* Copied first: the server may change it between a look and the next. */
	memcpy(reply, rec.payload, sizeof(*reply));
	if (le32_to_cpu(reply->error) > 1)
		goto bad;
	ddlink_consume(&c->link->rx);
	/* Nobody is told of the room: the server never waits for it. */
	ddlink_release(&c->link->rx);
	c->unanswered = false;
	ddlink_show_waits(c->link, DDLINK_WAITS_NOT);
	return 1;
bad:
	ddpci_violation(c, "bad reply in the ring from the server");
	return -EPROTO;
}

/* Sends it, unless one is on its way. lock held. */
static int send(struct ddpci_client *c, enum ddpci_op op, const struct ddpci_request *request)
{
	struct ddlink_producer *tx;
	struct ddpci_reply late;
	u8 *payload;
	int ret;

	if (!c->ready)
		return -ENODEV;
	ret = ddpci_receive(c, &late);
	if (ret < 0)
		return ret;
	if (ret > 0)
		c->link->stats.rx_dropped++;
	if (c->unanswered)
		return -EAGAIN;
	tx = &c->link->tx;
	ret = ddlink_reserve(tx, op, sizeof(*request), ++c->cookie, &payload);
	if (ret == -EPROTO)
		ddpci_violation(c, "bad index in the ring to the server");
	if (ret)
		return ret;
	memcpy(payload, request, sizeof(*request));
	ddlink_commit(tx);
	ddlink_publish(tx);
	c->unanswered = true;
	if (ddlink_producer_kick(tx))
		ddlink_kick(c->link);
	return 0;
}

/* lock held. */
static int await(struct ddpci_client *c, struct ddpci_reply *reply)
{
	u64 start = ktime_get_mono_fast_ns(), waited;
	int ret;

	c->patience_ns =
		min_t(u64, PATIENCE_NS, c->patience_ns + div_u64(start - c->patience_at, 10));
	c->patience_at = start;
	do {
		ret = ddpci_receive(c, reply);
		waited = ktime_get_mono_fast_ns() - start;
		if (ret)
			break;
		cpu_relax();
	} while (waited < max_t(u64, WAIT_NS, c->patience_ns));
	if (waited > WAIT_NS)
		c->patience_ns -= min(c->patience_ns, waited);
	if (ret < 0)
		return ret;
	if (!ret)
		ddlink_show_waits(c->link, DDLINK_WAITS);
	return ret ? 0 : -ETIMEDOUT;
}

static int ask_once(struct ddpci_client *c, enum ddpci_op op, const struct ddpci_request *request,
		    struct ddpci_reply *reply)
{
	unsigned long irq;
	int ret;

	raw_spin_lock_irqsave(&c->lock, irq);
	ret = send(c, op, request);
	if (!ret)
		ret = await(c, reply);
	raw_spin_unlock_irqrestore(&c->lock, irq);
	return ret;
}

int ddpci_ask(struct ddpci_client *c, enum ddpci_op op, u32 where, u32 size, u32 value,
	      struct ddpci_reply *reply)
{
	const struct ddpci_request request = {
		.where = cpu_to_le32(where),
		.size = cpu_to_le32(size),
		.value = cpu_to_le32(value),
	};
	struct ddpci_reply unwanted;
	bool patient = READ_ONCE(c->scanner) == current;
	int ret;

	if (!reply)
		reply = &unwanted;
	for (;;) {
		if (patient && c->broken)
			return -EAGAIN;
		ret = ask_once(c, op, &request, reply);
		if (!patient || (ret != -EAGAIN && ret != -ETIMEDOUT))
			break;
		if (time_after(jiffies, c->scan_until))
			break;
		msleep(RETRY_MS);
	}
	if (ret && patient)
		c->broken = true;
	if (!ret && reply->error)
		ret = -ENXIO;
	return ret;
}
