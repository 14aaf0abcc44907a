// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server half of the clock translation module, in the driver VM: a real-time clock, whichever
 * driver it has, on one side, a link on the other. A clock is asked in a work item, for its driver
 * may sleep.
 */
#include <linux/module.h>

#include "ddlink.h"
#include "ddrtc_config.h"

/* Requests handled at one go of the work item, so that a flood of them keeps nobody out. */
#define BUDGET 16
#define CLOCK_NAME_SIZE 16 /* "rtc0" */

struct ddrtc_server {
	struct ddlink_device *link;
	struct work_struct work;
	struct mutex lock; /* everything below, and the rings */
	bool live; /* there is a session, and the client kept to the rules in it */
	struct rtc_device *rtc; /* NULL: none is bound */
};

/* What the clock says of itself; one that says nothing may be set to anything. lock held. */
static void show_clock(struct ddrtc_server *srv)
{
	const struct rtc_device *rtc = srv->rtc;
	struct ddrtc_server_config c = { 0 };
	u64 last = DDRTC_SECONDS_MAX;

	if (rtc && rtc->range_max != rtc->range_min)
		last = min_t(u64, rtc->range_max, DDRTC_SECONDS_MAX);
	if (rtc) {
		c.first = cpu_to_le64(max_t(s64, rtc->range_min, 0));
		c.last = cpu_to_le64(last);
		c.flags = cpu_to_le32(DDRTC_SERVER_VALID);
	}
	ddlink_set_config(srv->link, &c, sizeof(c));
}

/* Asks the clock. 0 and, for READ_TIME, *seconds; or the clock's own errno. lock held. */
static int ask_clock(struct ddrtc_server *srv, enum ddrtc_op op, u64 *seconds)
{
	struct rtc_time tm;
	int ret;

	if (!srv->rtc)
		return -ENODEV;
	if (op == DDRTC_SET_TIME) {
		rtc_time64_to_tm(*seconds, &tm);
		*seconds = 0;
		return rtc_set_time(srv->rtc, &tm);
	}
	ret = rtc_read_time(srv->rtc, &tm);
	if (!ret)
		*seconds = rtc_tm_to_time64(&tm);
	return ret;
}

/* One record of the client, checked: 0, or -EPROTO if no honest client sends such a one. */
static int parse(const struct ddlink_record *rec, u64 *seconds)
{
	struct ddrtc_request request;

	if (rec->type != DDRTC_READ_TIME && rec->type != DDRTC_SET_TIME)
		return -EPROTO;
	if (rec->len != sizeof(request))
		return -EPROTO;
	/* Copied first: the client may change it between a look and the next. */
	memcpy(&request, rec->payload, sizeof(request));
	*seconds = le64_to_cpu(request.seconds);
	if (rec->type == DDRTC_READ_TIME ? *seconds != 0 : *seconds > DDRTC_SECONDS_MAX)
		return -EPROTO;
	return 0;
}

/* An honest client takes its replies, so there is always room for one. */
static int reply(struct ddrtc_server *srv, u64 cookie, u64 seconds, int error)
{
	struct ddlink_producer *tx = &srv->link->tx;
	struct ddrtc_reply r = {
		.seconds = cpu_to_le64(error ? 0 : seconds),
		.error = cpu_to_le32(-error),
	};
	u8 *payload;

	if (ddlink_reserve(tx, DDRTC_REC_REPLY, sizeof(r), cookie, &payload))
		return -EPROTO;
	memcpy(payload, &r, sizeof(r));
	ddlink_commit(tx);
	ddlink_publish(tx);
	if (ddlink_producer_kick(tx))
		ddlink_kick(srv->link);
	return 0;
}

/* Takes one request out of the ring and answers it: 1, 0 if there is none, or -EPROTO. */
static int serve_one(struct ddrtc_server *srv)
{
	struct ddlink_consumer *rx = &srv->link->rx;
	struct ddlink_record rec;
	u64 seconds;
	int ret;

	ret = ddlink_peek(rx, &rec);
	if (ret <= 0)
		return ret;
	ret = parse(&rec, &seconds);
	if (ret)
		return ret;
	ddlink_consume(rx);
	/* Nobody is told of the room: the client never waits for it. */
	ddlink_release(rx);
	ret = ask_clock(srv, rec.type, &seconds);
	ret = reply(srv, rec.cookie, seconds, ret);
	return ret ?: 1;
}

static void serve(struct work_struct *work)
{
	struct ddrtc_server *srv = container_of(work, struct ddrtc_server, work);
	int ret = 0, n;

	mutex_lock(&srv->lock);
	for (n = 0; n < BUDGET && srv->live; n++) {
		ret = serve_one(srv);
		if (ret <= 0)
			break;
	}
	if (ret < 0) {
		srv->live = false;
		ddlink_violation(srv->link, "bad request in the ring from the client");
	}
	/* More to do, or something came since the ring was found empty. */
	if (srv->live && (ret > 0 || ddlink_consumer_arm(&srv->link->rx)))
		schedule_work(&srv->work);
	mutex_unlock(&srv->lock);
}

static void server_notify(struct ddlink_device *link)
{
	struct ddrtc_server *srv = link->priv;

	if (ddlink_pending(link))
		schedule_work(&srv->work);
}

static void set_live(struct ddrtc_server *srv, bool live)
{
	mutex_lock(&srv->lock);
	srv->live = live;
	mutex_unlock(&srv->lock);
}

static void server_up(struct ddlink_device *link)
{
	set_live(link->priv, true);
}

static void server_down(struct ddlink_device *link)
{
	set_live(link->priv, false);
}

/* Binds clock @name, or none if it is empty. */
static int bind_clock(struct ddrtc_server *srv, const char *name)
{
	struct rtc_device *rtc = *name ? rtc_class_open(name) : NULL;

	if (*name && !rtc)
		return -ENODEV;
	mutex_lock(&srv->lock);
	if (srv->rtc)
		rtc_class_close(srv->rtc);
	srv->rtc = rtc;
	show_clock(srv);
	mutex_unlock(&srv->lock);
	return 0;
}

static int server_probe(struct ddlink_device *link)
{
	struct ddrtc_server *srv = kzalloc(sizeof(*srv), GFP_KERNEL);

	if (!srv)
		return -ENOMEM;
	srv->link = link;
	mutex_init(&srv->lock);
	INIT_WORK(&srv->work, serve);
	link->priv = srv;
	return 0;
}

static void server_remove(struct ddlink_device *link)
{
	struct ddrtc_server *srv = link->priv;

	cancel_work_sync(&srv->work);
	bind_clock(srv, "");
	link->priv = NULL;
	kfree(srv);
}

static int server_bind(struct ddlink_device *link, const char *name)
{
	return bind_clock(link->priv, name);
}

static ssize_t server_bound(struct ddlink_device *link, char *buf)
{
	struct ddrtc_server *srv = link->priv;
	ssize_t len;

	mutex_lock(&srv->lock);
	len = sysfs_emit(buf, "%s\n", srv->rtc ? dev_name(&srv->rtc->dev) : "");
	mutex_unlock(&srv->lock);
	return len;
}

static struct ddlink_driver ddrtc_server_driver = {
	.driver = {
		.name = "ddrtc_server",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_RTC,
	.role = DDLINK_SERVER,
	.probe = server_probe,
	.remove = server_remove,
	.up = server_up,
	.down = server_down,
	.notify = server_notify,
	.bind = server_bind,
	.bound = server_bound,
	.name_size = CLOCK_NAME_SIZE,
};
module_ddlink_driver(ddrtc_server_driver);

MODULE_DESCRIPTION("Clock translation module, driver VM's half");
MODULE_LICENSE("GPL");
