// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests and their replies. Whoever asks sleeps until the reply, but not for ever; if the session
 * ends meanwhile, a file that has no state is opened again in the next one and the request sent
 * again, and of any other nothing is known any more: an error.
 */
#include <linux/fcntl.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "ddchar_client.h"

/* For the reply to a CLOSE, which nothing cuts short, not even being killed. */
#define CLOSE_MS 2000

static unsigned int timeout_ms = 30000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "how long a request may take, replays included, before it fails, ms");

void ddchar_violation(struct ddchar_client *c, const char *text)
{
	ddlink_violation(c->link, text);
	c->up = false;
	ddchar_lose(c);
}

/* What is under way will have no reply. lock held. */
static void cut(struct ddchar_place *p)
{
	if (p->there || p->pending)
		p->lost = true;
	p->there = false;
	p->broken = false;
	p->readies = 0;
	if (p->pending) {
		p->pending = false;
		p->cut = true;
		complete(&p->done);
	}
	if (p->closing) {
		p->closing = false;
		complete(&p->done);
	}
	p->ready = true;
	wake_up(&p->wait);
}

/* Shows the supervisor of the other side whether an answer is due. lock held. */
static void show_waits(struct ddchar_client *c)
{
	bool waits = false;
	int i;

	for (i = 0; i < DDCHAR_FILES; i++)
		waits |= c->places[i].pending && c->places[i].ask->op != DDCHAR_READ;
	ddlink_show_waits(c->link, waits);
}

void ddchar_lose(struct ddchar_client *c)
{
	int i;

	c->ready = false;
	for (i = 0; i < DDCHAR_FILES; i++)
		cut(&c->places[i]);
}

/* Sends a record about a place. lock held. */
static int send(struct ddchar_place *p, enum ddchar_op op, u32 arg, u64 value, u32 len)
{
	struct ddchar_client *c = p->c;
	struct ddlink_producer *tx = &c->link->tx;
	struct ddchar_request r = {
		.file = cpu_to_le32(p->index),
		.arg = cpu_to_le32(arg),
		.value = cpu_to_le64(value),
	};
	u8 *payload;
	int ret;

	ret = ddlink_reserve(tx, op, sizeof(r) + len, ++c->cookie, &payload);
	if (ret == -EPROTO)
		ddchar_violation(c, "bad index in the ring to the server");
	/* There is room for all that may be under way, unless the server does not look. */
	if (ret)
		return -EIO;
	memcpy(payload, &r, sizeof(r));
	memcpy(payload + sizeof(r), p->data, len);
	ddlink_commit(tx);
	ddlink_publish(tx);
	p->cookie = c->cookie;
	c->unanswered++;
	if (ddlink_producer_kick(tx))
		ddlink_kick(c->link);
	return 0;
}

/* The reply to the request under way: 0, or -EPROTO if it is none to that. lock held. */
static int take_reply(struct ddchar_place *p, const struct ddchar_reply *r, const u8 *data, u32 len)
{
	const struct ddchar_ask *ask = p->ask;
	u64 value = le64_to_cpu(r->value);
	u32 error = le32_to_cpu(r->error);

	if (value > (error ? 0 : ask->value_max) || len > (error ? 0 : ask->reply_max))
		return -EPROTO;
	if (!error && ask->reply_exact && len != ask->reply_max)
		return -EPROTO;
	memcpy(p->data, data, len);
	p->ask->len = len;
	p->value = value;
	/* From there on errors are the kernel's own, and programs must not see them. */
	p->error = error < ERESTARTSYS ? -(int)error : -EIO;
	p->pending = false;
	p->there |= ask->op == DDCHAR_OPEN && !error;
	complete(&p->done);
	return 0;
}

int ddchar_receive(struct ddchar_client *c)
{
	struct ddlink_consumer *rx = &c->link->rx;
	struct ddlink_record rec;
	struct ddchar_place *p;
	struct ddchar_reply r;
	int ret;

	ret = ddlink_peek(rx, &rec);
	if (ret <= 0)
		return ret;
	if (rec.len < sizeof(r) || rec.len > sizeof(r) + DDCHAR_DATA_MAX)
		return -EPROTO;
	/* Copied first: the server may change it between a look and the next. */
	memcpy(&r, rec.payload, sizeof(r));
	if (le32_to_cpu(r.file) >= DDCHAR_FILES)
		return -EPROTO;
	p = &c->places[le32_to_cpu(r.file)];
	if (rec.type == DDCHAR_REC_READY) {
		if (!p->readies || rec.len != sizeof(r) || r.error || r.value)
			return -EPROTO;
		p->readies--;
		p->ready = true;
		wake_up(&p->wait);
	} else if (rec.type != DDCHAR_REC_REPLY || !c->unanswered) {
		return -EPROTO;
	} else {
		c->unanswered--;
		if (p->pending && rec.cookie == p->cookie) {
			ret = take_reply(p, &r, rec.payload + sizeof(r), rec.len - sizeof(r));
			if (ret)
				return ret;
		} else if (p->closing && rec.cookie == p->cookie) {
			p->closing = false;
			complete(&p->done);
		} else {
			/* To one that was given up meanwhile. */
			c->link->stats.rx_dropped++;
		}
		show_waits(c);
	}
	ddlink_consume(rx);
	/* Nobody is told of the room: the server never waits for it. */
	ddlink_release(rx);
	return 1;
}

/* Sends a request, if that can be done now: 0, 1 if there is no session for it, or errno. */
static int begin(struct ddchar_place *p, struct ddchar_ask *ask)
{
	struct ddchar_client *c = p->c;
	int ret = 0;

	spin_lock_irq(&c->lock);
	if (c->dead)
		ret = -ENODEV;
	else if (p->broken || (p->lost && !c->type->stateless))
		ret = -EIO;
	else if (!c->ready || (!p->there && ask->op != DDCHAR_OPEN))
		ret = 1;
	if (ret)
		goto out;
	if (ask->op == DDCHAR_POLL) {
		p->ready = false;
		p->readies++;
	}
	ret = send(p, ask->op, ask->arg, ask->value, ask->len);
	if (ret)
		goto out;
	reinit_completion(&p->done);
	p->ask = ask;
	p->cut = false;
	p->pending = true;
	show_waits(c);
out:
	spin_unlock_irq(&c->lock);
	return ret;
}

/* Waits for the reply until jiffies are @end: 0, 1 if the session ended first, or errno. */
static int finish(struct ddchar_place *p, unsigned long end)
{
	long left = max_t(long, end - jiffies, 1);
	int ret;

	left = wait_for_completion_killable_timeout(&p->done, left);
	spin_lock_irq(&p->c->lock);
	if (p->pending) {
		/* Given up: it may still be carried out, so nothing else can be asked of it. */
		p->pending = false;
		p->broken = true;
		ret = left < 0 ? -EINTR : -ETIMEDOUT;
	} else if (p->c->dead) {
		ret = -ENODEV;
	} else {
		ret = p->cut ? 1 : p->error;
	}
	spin_unlock_irq(&p->c->lock);
	return ret;
}

/* Waits until something can be asked: 0, or errno. */
static int wait_ready(struct ddchar_client *c, unsigned long end)
{
	long left = end - jiffies;

	if (left > 0)
		left = wait_event_killable_timeout(c->change,
						   READ_ONCE(c->ready) || READ_ONCE(c->dead), left);
	if (left < 0)
		return -EINTR;
	return left ? 0 : -ETIMEDOUT;
}

/* A file that has no state, once more, in this session. */
static int reopen(struct ddchar_place *p, unsigned long end)
{
	struct ddchar_ask ask = { .op = DDCHAR_OPEN, .arg = p->access };
	int ret = begin(p, &ask);

	return ret ? ret : finish(p, end);
}

/* What has been sent once may have been done once. */
static bool may_repeat(const struct ddchar_place *p, const struct ddchar_ask *ask)
{
	return ask->op == DDCHAR_OPEN || (p->c->type->stateless && ask->op == DDCHAR_READ);
}

int ddchar_ask(struct ddchar_place *p, struct ddchar_ask *ask)
{
	unsigned long end = jiffies + msecs_to_jiffies(READ_ONCE(timeout_ms));
	int ret;

	for (;;) {
		ret = wait_ready(p->c, end);
		/* A file that was opened does not wait for what it cannot use. */
		if (READ_ONCE(p->lost) && !p->c->type->stateless && ask->op != DDCHAR_OPEN)
			return -EIO;
		if (!ret && ask->op != DDCHAR_OPEN && !READ_ONCE(p->there))
			ret = reopen(p, end);
		if (ret == 1)
			continue;
		if (ret)
			return ret;
		ret = begin(p, ask);
		if (ret == 1)
			continue;
		if (!ret)
			ret = finish(p, end);
		if (ret <= 0)
			return ret;
		if (!may_repeat(p, ask))
			return -EIO;
	}
}

void ddchar_ask_close(struct ddchar_place *p)
{
	struct ddchar_client *c = p->c;
	bool wait = false;

	spin_lock_irq(&c->lock);
	if (c->ready && (p->there || p->broken)) {
		reinit_completion(&p->done);
		wait = !send(p, DDCHAR_CLOSE, 0, 0, 0);
		/* The place is free when the server says so, or the session ends. */
		p->closing = wait;
	}
	p->there = false;
	spin_unlock_irq(&c->lock);
	if (wait)
		wait_for_completion_timeout(&p->done, msecs_to_jiffies(CLOSE_MS));
}
