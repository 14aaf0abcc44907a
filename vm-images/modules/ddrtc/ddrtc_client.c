// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client half of the clock translation module: an ordinary real-time clock whose hardware is a
 * link to a driver VM. The kernel asks a clock one thing at a time, so there is one request under
 * way at most; whoever asks sleeps until its reply, but not for ever.
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/timekeeping.h>

#include "ddlink.h"
#include "ddrtc_config.h"

/*
 * At the ring in one interrupt. One or two do; a server that keeps us looking does not keep our
 * processor, and the next heartbeat looks again.
 */
#define LOOKS 64

static unsigned int timeout_ms = 30000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "how long a request may take, replays included, before it fails, ms");

struct ddrtc_client {
	struct ddlink_device *link;
	struct rtc_device *rtc;
	struct work_struct appear; /* makes the clock known, which reads it */

	spinlock_t lock; /* irq; everything below, and the rings */
	bool up; /* there is a session, and the server kept to the rules in it */
	bool ready; /* and it has a clock: requests may be sent */
	bool dead; /* there will be no other session */
	u32 unanswered; /* requests sent in this session that were not replied to */

	/* the request under way */
	bool pending; /* there is one, */
	bool sent; /* it was sent in this session, */
	u64 cookie; /* as a record with this cookie */
	enum ddrtc_op op;
	u64 seconds; /* SET_TIME: the time that it was, */
	time64_t asked_at; /* when this clock of our own said so */
	u64 answer; /* READ_TIME: the time */
	int error; /* 0 or a negative errno */
	struct completion done; /* pending has become false */

	/* the link's work */
	bool known; /* the server's clock has been seen */
	struct ddrtc_server_config range; /* as it was seen first */
};

/* Ends the request under way, if there is one. lock held. */
static void finish(struct ddrtc_client *c, int error)
{
	if (!c->pending)
		return;
	c->pending = false;
	c->error = error;
	complete(&c->done);
}

/* Nothing is sent or read any more, until the next session. lock held. */
static void violation(struct ddrtc_client *c, const char *text)
{
	c->up = false;
	c->ready = false;
	ddlink_violation(c->link, text);
}

/*
 * Sends the request under way, if that can be done now; else it is tried again when the link looks
 * at its rings. A clock that is set late is set to what the time is by then. lock held.
 */
static void send_request(struct ddrtc_client *c)
{
	struct ddlink_producer *tx = &c->link->tx;
	struct ddrtc_request r = { 0 };
	u8 *payload;
	int ret;

	if (!c->ready || !c->pending || c->sent)
		return;
	if (c->op == DDRTC_SET_TIME) {
		u64 now = c->seconds + ktime_get_boottime_seconds() - c->asked_at;

		r.seconds = cpu_to_le64(min(now, DDRTC_SECONDS_MAX));
	}
	ret = ddlink_reserve(tx, c->op, sizeof(r), ++c->cookie, &payload);
	if (ret == -EPROTO)
		violation(c, "bad index in the ring to the server");
	if (ret)
		return;
	memcpy(payload, &r, sizeof(r));
	ddlink_commit(tx);
	ddlink_publish(tx);
	c->sent = true;
	c->unanswered++;
	if (ddlink_producer_kick(tx))
		ddlink_kick(c->link);
}

/* Takes one reply out of the ring: 1, 0 if there is none, or -EPROTO. lock held. */
static int receive(struct ddrtc_client *c)
{
	struct ddlink_consumer *rx = &c->link->rx;
	struct ddlink_record rec;
	struct ddrtc_reply r;
	u64 seconds;
	u32 error;
	int ret;

	ret = ddlink_peek(rx, &rec);
	if (ret <= 0)
		return ret;
	if (!c->unanswered || rec.type != DDRTC_REC_REPLY || rec.len != sizeof(r))
		return -EPROTO;
	/* Copied first: the server may change it between a look and the next. */
	memcpy(&r, rec.payload, sizeof(r));
	seconds = le64_to_cpu(r.seconds);
	error = le32_to_cpu(r.error);
	if (seconds > DDRTC_SECONDS_MAX)
		return -EPROTO;
	ddlink_consume(rx);
	/* Nobody is told of the room: the server never waits for it. */
	ddlink_release(rx);
	c->unanswered--;
	if (c->pending && c->sent && rec.cookie == c->cookie) {
		c->answer = seconds;
		/* From there on errors are the kernel's own, and programs must not see them. */
		finish(c, error < ERESTARTSYS ? -(int)error : -EIO);
	} else {
		/* To one that was given up meanwhile. */
		c->link->stats.rx_dropped++;
	}
	return 1;
}

static void client_notify(struct ddlink_device *link)
{
	struct ddrtc_client *c = link->priv;
	unsigned long irq;
	int ret, looks;

	spin_lock_irqsave(&c->lock, irq);
	for (looks = 0; looks < LOOKS && c->up; looks++) {
		ret = receive(c);
		if (ret < 0)
			violation(c, "bad reply in the ring from the server");
		else if (!ret && !ddlink_consumer_arm(&link->rx))
			break;
	}
	send_request(c);
	spin_unlock_irqrestore(&c->lock, irq);
}

static void client_up(struct ddlink_device *link)
{
	struct ddrtc_client *c = link->priv;

	/* Requests go out once the server says that it has a clock: see client_config(). */
	spin_lock_irq(&c->lock);
	c->up = true;
	c->sent = false;
	c->unanswered = 0;
	spin_unlock_irq(&c->lock);
}

static void client_down(struct ddlink_device *link)
{
	struct ddrtc_client *c = link->priv;

	spin_lock_irq(&c->lock);
	c->up = false;
	c->ready = false;
	spin_unlock_irq(&c->lock);
}

static bool server_config_ok(const struct ddrtc_server_config *s)
{
	return le64_to_cpu(s->first) < le64_to_cpu(s->last) &&
	       le64_to_cpu(s->last) <= DDRTC_SECONDS_MAX;
}

static void client_config(struct ddlink_device *link)
{
	struct ddrtc_client *c = link->priv;
	struct ddrtc_server_config s;
	bool valid, bad;

	if (ddlink_peer_config(link, &s, sizeof(s)))
		return;
	valid = le32_to_cpu(s.flags) & DDRTC_SERVER_VALID;
	bad = valid && !server_config_ok(&s);
	if (valid && !bad && !c->known) {
		c->range = s;
		c->known = true;
		schedule_work(&c->appear);
	}
	spin_lock_irq(&c->lock);
	if (bad)
		violation(c, "bad configuration of the server");
	c->ready = valid && c->up;
	send_request(c);
	spin_unlock_irq(&c->lock);
}

/* One thing asked of the clock; the caller sleeps meanwhile. The kernel calls it once at a time. */
static int ask(struct ddrtc_client *c, enum ddrtc_op op, u64 seconds)
{
	long left;
	int ret;

	spin_lock_irq(&c->lock);
	if (c->dead) {
		spin_unlock_irq(&c->lock);
		return -ENODEV;
	}
	reinit_completion(&c->done);
	c->op = op;
	c->seconds = seconds;
	c->asked_at = ktime_get_boottime_seconds();
	c->sent = false;
	c->pending = true;
	send_request(c);
	spin_unlock_irq(&c->lock);
	left = wait_for_completion_killable_timeout(&c->done,
						    msecs_to_jiffies(READ_ONCE(timeout_ms)));
	/* Unless the reply has just come after all, this gives the request up. */
	spin_lock_irq(&c->lock);
	finish(c, left < 0 ? -EINTR : -ETIMEDOUT);
	ret = c->error;
	spin_unlock_irq(&c->lock);
	return ret;
}

static int read_time(struct device *dev, struct rtc_time *tm)
{
	struct ddrtc_client *c = to_ddlink(dev)->priv;
	int ret = ask(c, DDRTC_READ_TIME, 0);

	if (!ret)
		rtc_time64_to_tm(c->answer, tm);
	return ret;
}

static int set_time(struct device *dev, struct rtc_time *tm)
{
	return ask(to_ddlink(dev)->priv, DDRTC_SET_TIME, rtc_tm_to_time64(tm));
}

static const struct rtc_class_ops clock_ops = {
	.read_time = read_time,
	.set_time = set_time,
};

static void appear(struct work_struct *work)
{
	struct ddrtc_client *c = container_of(work, struct ddrtc_client, appear);
	int ret;

	/* The kernel refuses what lies outside, so that no such time goes over the link. */
	c->rtc->range_min = le64_to_cpu(c->range.first);
	c->rtc->range_max = le64_to_cpu(c->range.last);
	ret = devm_rtc_register_device(c->rtc);
	if (ret)
		dev_err(&c->link->dev, "cannot register the clock: %d\n", ret);
}

static int client_probe(struct ddlink_device *link)
{
	/* Freed after the clock has been unregistered, since it was allocated before it. */
	struct ddrtc_client *c = devm_kzalloc(&link->dev, sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	c->rtc = devm_rtc_allocate_device(&link->dev);
	if (IS_ERR(c->rtc))
		return PTR_ERR(c->rtc);
	c->rtc->ops = &clock_ops;
	c->link = link;
	spin_lock_init(&c->lock);
	init_completion(&c->done);
	INIT_WORK(&c->appear, appear);
	link->priv = c;
	return 0;
}

static void client_remove(struct ddlink_device *link)
{
	struct ddrtc_client *c = link->priv;

	spin_lock_irq(&c->lock);
	c->dead = true;
	finish(c, -ENODEV);
	spin_unlock_irq(&c->lock);
	cancel_work_sync(&c->appear);
}

static struct ddlink_driver ddrtc_client_driver = {
	.driver = {
		.name = "ddrtc_client",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_RTC,
	.role = DDLINK_CLIENT,
	.probe = client_probe,
	.remove = client_remove,
	.up = client_up,
	.down = client_down,
	.config = client_config,
	.notify = client_notify,
};
module_ddlink_driver(ddrtc_client_driver);

MODULE_DESCRIPTION("Clock translation module, client's half");
MODULE_LICENSE("GPL");
