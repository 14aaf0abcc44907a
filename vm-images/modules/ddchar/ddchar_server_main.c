// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server half of the device-file translation module, in the driver VM: the device file of a
 * driver on one side, a link on the other. What comes over the link is checked in the interrupt and
 * handed to the thread of the place that it is for.
 */
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "ddchar_server.h"

/* At the ring in one interrupt; an honest client has two records for each place at most. */
#define LOOKS (4 * DDCHAR_FILES)

/* Is there any such call, with that much data? */
static bool call_ok(const struct ddchar_server *srv, const struct ddchar_call *c)
{
	const struct ddchar_ioctl *io = srv->type->ioctls;
	u32 i;

	if (c->value && c->op != DDCHAR_IOCTL)
		return false;
	switch (c->op) {
	case DDCHAR_OPEN:
		return !c->len && c->arg <= O_RDWR;
	case DDCHAR_READ:
		return !c->len && c->arg && c->arg <= DDCHAR_DATA_MAX;
	case DDCHAR_WRITE:
		return c->len && !c->arg;
	case DDCHAR_POLL:
		return !c->len && srv->type->polls && c->arg && !(c->arg & ~DDCHAR_POLL_MASK);
	case DDCHAR_CLOSE:
		return !c->len && !c->arg;
	case DDCHAR_IOCTL:
		/* Not indexed before it is known how long the list is. */
		for (i = 0; io[i].cmd && i < c->arg; i++)
			;
		return io[i].cmd && c->len == (io[i].dir & DDCHAR_IN ? io[i].size : 0) &&
		       (!c->value || io[i].dir == DDCHAR_NUMBER);
	}
	return false;
}

/* Hands a call to its place: 0, or -EPROTO if that place is still at its last. lock held. */
static int hand_over(struct ddchar_place *p, const struct ddchar_call *c, const u8 *data)
{
	if (c->op == DDCHAR_CLOSE) {
		if (p->close)
			return -EPROTO;
		p->close = true;
		p->close_cookie = c->cookie;
		/* What was given up need not be waited for. */
		if (p->running)
			send_sig(SIGKILL, p->thread, 1);
	} else {
		/* One of the last session may still be running: that is no fault of the client's.
		 */
		if (p->wanted || p->close || (p->running && p->epoch == p->srv->epoch))
			return -EPROTO;
		memcpy(p->in, data, c->len);
		p->call = *c;
		p->wanted = true;
	}
	wake_up(&p->wake);
	return 0;
}

/* Takes one record out of the ring: 1, 0 if there is none, or -EPROTO. lock held. */
static int receive(struct ddchar_server *srv)
{
	struct ddlink_consumer *rx = &srv->link->rx;
	struct ddchar_request request;
	struct ddlink_record rec;
	struct ddchar_call c;
	u32 file;
	int ret;

	ret = ddlink_peek(rx, &rec);
	if (ret <= 0)
		return ret;
	if (rec.len < sizeof(request) || rec.len > sizeof(request) + DDCHAR_DATA_MAX)
		return -EPROTO;
	/* Copied first: the client may change it between a look and the next. */
	memcpy(&request, rec.payload, sizeof(request));
	file = le32_to_cpu(request.file);
	c = (struct ddchar_call){
		.op = rec.type,
		.cookie = rec.cookie,
		.arg = le32_to_cpu(request.arg),
		.value = le64_to_cpu(request.value),
		.len = rec.len - sizeof(request),
	};
	if (file >= DDCHAR_FILES || !call_ok(srv, &c))
		return -EPROTO;
	ret = hand_over(&srv->places[file], &c, rec.payload + sizeof(request));
	if (ret)
		return ret;
	ddlink_consume(rx);
	/* Nobody is told of the room: the client never waits for it. */
	ddlink_release(rx);
	return 1;
}

/* Nothing is sent or read any more, until the next session. lock held. */
static void violation(struct ddchar_server *srv, const char *text)
{
	srv->live = false;
	ddlink_violation(srv->link, text);
}

static void server_notify(struct ddlink_device *link)
{
	struct ddchar_server *srv = link->priv;
	unsigned long irq;
	int ret, looks;

	spin_lock_irqsave(&srv->lock, irq);
	for (looks = 0; looks < LOOKS && srv->live && srv->bound; looks++) {
		ret = receive(srv);
		if (ret < 0)
			violation(srv, "bad request in the ring from the client");
		else if (!ret && !ddlink_consumer_arm(&link->rx))
			break;
	}
	spin_unlock_irqrestore(&srv->lock, irq);
}

void ddchar_send(struct ddchar_place *p, u32 epoch, u32 type, u64 cookie,
		 const struct ddchar_result *r)
{
	struct ddchar_server *srv = p->srv;
	struct ddlink_producer *tx = &srv->link->tx;
	struct ddchar_reply reply = {
		.file = cpu_to_le32(p->index),
		.error = cpu_to_le32(-r->error),
		.value = cpu_to_le64(r->value),
	};
	u8 *payload;

	spin_lock_irq(&srv->lock);
	if (!srv->live || epoch != srv->epoch)
		goto out;
	/* An honest client takes its replies, so there is always room for one. */
	if (ddlink_reserve(tx, type, sizeof(reply) + r->len, cookie, &payload)) {
		violation(srv, "no room for a reply in the ring to the client");
		goto out;
	}
	memcpy(payload, &reply, sizeof(reply));
	memcpy(payload + sizeof(reply), p->buf, r->len);
	ddlink_commit(tx);
	ddlink_publish(tx);
	if (ddlink_producer_kick(tx))
		ddlink_kick(srv->link);
out:
	spin_unlock_irq(&srv->lock);
}

static void server_up(struct ddlink_device *link)
{
	struct ddchar_server *srv = link->priv;

	spin_lock_irq(&srv->lock);
	srv->epoch++;
	srv->live = true;
	spin_unlock_irq(&srv->lock);
}

/* Files that it left open are closed, and calls that it left waiting are told to give up. */
static void server_down(struct ddlink_device *link)
{
	struct ddchar_server *srv = link->priv;
	int i;

	spin_lock_irq(&srv->lock);
	srv->live = false;
	for (i = 0; srv->bound && i < DDCHAR_FILES; i++) {
		struct ddchar_place *p = &srv->places[i];

		p->wanted = p->close = false;
		p->abandoned = true;
		if (p->running)
			send_sig(SIGKILL, p->thread, 1);
		wake_up(&p->wake);
	}
	spin_unlock_irq(&srv->lock);
}

/* The client does not ask before it has seen this. bind_lock held. */
static void show_file(struct ddchar_server *srv, bool bound)
{
	struct ddchar_server_config c = { 0 };

	spin_lock_irq(&srv->lock);
	srv->bound = bound;
	spin_unlock_irq(&srv->lock);
	if (bound) {
		c.flags = cpu_to_le32(DDCHAR_SERVER_VALID);
		c.type = cpu_to_le32(srv->type - ddchar_types);
	}
	ddlink_set_config(srv->link, &c, sizeof(c));
}

/* bind_lock held. */
static void unbind_file(struct ddchar_server *srv)
{
	int i;

	show_file(srv, false);
	for (i = 0; i < DDCHAR_FILES; i++)
		ddchar_place_stop(&srv->places[i]);
	srv->lower[0] = '\0';
	if (srv->mm)
		mmput(srv->mm);
	srv->mm = NULL;
}

/* The type whose files are called like that, by the part before the number; or NULL. */
static const struct ddchar_type *type_of(const char *name)
{
	size_t i, len;

	for (i = 0; i < DDCHAR_N_TYPES; i++) {
		len = strcspn(ddchar_types[i].lower, "%");
		if (!strncmp(name, ddchar_types[i].lower, len) &&
		    strspn(name + len, "0123456789") == strlen(name + len))
			return &ddchar_types[i];
	}
	return NULL;
}

/* Binds /dev/@name, or nothing if it is empty. The caller lends its memory to the driver. */
static int bind_file(struct ddchar_server *srv, const char *name)
{
	const struct ddchar_type *type = type_of(name);
	int i, ret = 0;

	if (*name && !type)
		return -ENODEV;
	mutex_lock(&srv->bind_lock);
	unbind_file(srv);
	if (!*name)
		goto out;
	srv->mm = get_task_mm(current);
	srv->type = type;
	strscpy(srv->lower, name, sizeof(srv->lower));
	ret = srv->mm ? 0 : -EINVAL;
	for (i = 0; i < DDCHAR_FILES && !ret; i++)
		ret = ddchar_place_start(&srv->places[i]);
	if (ret)
		unbind_file(srv);
	else
		show_file(srv, true);
out:
	mutex_unlock(&srv->bind_lock);
	return ret;
}

static int server_probe(struct ddlink_device *link)
{
	struct ddchar_server *srv = kzalloc(sizeof(*srv), GFP_KERNEL);
	u32 i;

	if (!srv)
		return -ENOMEM;
	srv->link = link;
	mutex_init(&srv->bind_lock);
	spin_lock_init(&srv->lock);
	for (i = 0; i < DDCHAR_FILES; i++) {
		srv->places[i].srv = srv;
		srv->places[i].index = i;
		init_waitqueue_head(&srv->places[i].wake);
	}
	link->priv = srv;
	return 0;
}

static void server_remove(struct ddlink_device *link)
{
	struct ddchar_server *srv = link->priv;

	bind_file(srv, "");
	link->priv = NULL;
	kfree(srv);
}

static int server_bind(struct ddlink_device *link, const char *name)
{
	return bind_file(link->priv, name);
}

static ssize_t server_bound(struct ddlink_device *link, char *buf)
{
	struct ddchar_server *srv = link->priv;
	ssize_t len;

	mutex_lock(&srv->bind_lock);
	len = sysfs_emit(buf, "%s\n", srv->lower);
	mutex_unlock(&srv->bind_lock);
	return len;
}

static struct ddlink_driver ddchar_server_driver = {
	.driver = {
		.name = "ddchar_server",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_CHAR,
	.role = DDLINK_SERVER,
	.probe = server_probe,
	.remove = server_remove,
	.up = server_up,
	.down = server_down,
	.notify = server_notify,
	.bind = server_bind,
	.bound = server_bound,
	.name_size = DDCHAR_LOWER_SIZE,
};
module_ddlink_driver(ddchar_server_driver);

MODULE_DESCRIPTION("Device-file translation module, driver VM's half");
MODULE_LICENSE("GPL");
