// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server half of the PCI translation module, in the driver VM: a PCI bus and all that is behind
 * it on one side, whichever drivers those have, a link on the other. Requests are served in a work
 * item, for configuration space may be blocked for a while, and finding a function takes a mutex.
 */
#include <linux/module.h>

#include "ddpci_server.h"

/* Requests handled at one go of the work item, so that a flood of them keeps nobody out. */
#define BUDGET 16
/* Functions come and go several at a time; the client need look but once. */
#define TELL_MS 100
#define BUS_NAME_SIZE 16 /* "0000:20" */

/* Waited for before the module goes, and by nobody else. */
static struct workqueue_struct *end_wq;

struct request {
	enum ddpci_op op;
	u32 where;
	u32 size;
	u32 value;
};

/* Which buses there are. lock held. */
static void show_buses(struct ddpci_server *srv)
{
	struct ddpci_server_config c = { 0 };

	if (srv->bound) {
		c.flags = cpu_to_le32(DDPCI_SERVER_VALID);
		c.first_bus = cpu_to_le32(srv->first_bus);
		c.last_bus = cpu_to_le32(srv->last_bus);
		c.generation = cpu_to_le32(srv->generation);
	}
	ddlink_set_config(srv->link, &c, sizeof(c));
}

/* One record of the client, checked: 0, or -EPROTO if no honest client sends such a one. */
static int parse(const struct ddlink_record *rec, struct request *q)
{
	struct ddpci_request r;
	u32 offset;

	if (rec->len != sizeof(r))
		return -EPROTO;
	/* Copied first: the client may change it between a look and the next. */
	memcpy(&r, rec->payload, sizeof(r));
	q->op = rec->type;
	q->where = le32_to_cpu(r.where);
	q->size = le32_to_cpu(r.size);
	q->value = le32_to_cpu(r.value);
	offset = q->where % DDPCI_SPACE_SIZE;
	if (q->where > DDPCI_WHERE_MAX || r.reserved)
		return -EPROTO;
	if (q->op != DDPCI_WRITE && q->value)
		return -EPROTO;
	switch (q->op) {
	case DDPCI_READ:
	case DDPCI_WRITE:
		if (q->size != 1 && q->size != 2 && q->size != 4)
			return -EPROTO;
		return offset % q->size ? -EPROTO : 0;
	case DDPCI_RESOURCE:
		return q->size || offset >= DDPCI_RES_COUNT ? -EPROTO : 0;
	}
	return -EPROTO;
}

static void describe(const struct pci_dev *pdev, unsigned int index, struct ddpci_reply *r)
{
	const struct resource *res = ddpci_resource(pdev, index);

	if (!res || !res->flags)
		return;
	r->value = cpu_to_le64(res->start);
	r->last = cpu_to_le64(res->end);
	r->flags = cpu_to_le32(res->flags);
}

/* lock held. */
static void carry_out(struct ddpci_server *srv, const struct request *q, struct ddpci_reply *r)
{
	struct pci_dev *pdev = ddpci_function(srv, q->where);
	unsigned int offset = q->where % DDPCI_SPACE_SIZE;

	if (!pdev) {
		r->error = cpu_to_le32(1);
		return;
	}
	if (q->op == DDPCI_READ)
		r->value = cpu_to_le64(ddpci_read(pdev, offset, q->size));
	else if (q->op == DDPCI_WRITE)
		ddpci_write(pdev, offset, q->size, q->value);
	else
		describe(pdev, offset, r);
	pci_dev_put(pdev);
}

/* An honest client takes its replies, so there is always room for one. */
static int reply(struct ddpci_server *srv, u64 cookie, const struct ddpci_reply *r)
{
	struct ddlink_producer *tx = &srv->link->tx;
	u8 *payload;

	if (ddlink_reserve(tx, DDPCI_REC_REPLY, sizeof(*r), cookie, &payload))
		return -EPROTO;
	memcpy(payload, r, sizeof(*r));
	ddlink_commit(tx);
	ddlink_publish(tx);
	if (ddlink_producer_kick(tx))
		ddlink_kick(srv->link);
	return 0;
}

/* Takes one request out of the ring and answers it: 1, 0 if there is none, or -EPROTO. */
static int serve_one(struct ddpci_server *srv)
{
	struct ddlink_consumer *rx = &srv->link->rx;
	struct ddpci_reply r = { 0 };
	struct ddlink_record rec;
	struct request q;
	int ret;

	ret = ddlink_peek(rx, &rec);
	if (ret <= 0)
		return ret;
	ret = parse(&rec, &q);
	if (ret)
		return ret;
	ddlink_consume(rx);
	/* Nobody is told of the room: the client never waits for it. */
	ddlink_release(rx);
	carry_out(srv, &q, &r);
	ret = reply(srv, rec.cookie, &r);
	return ret ?: 1;
}

static void serve(struct work_struct *work)
{
	struct ddpci_server *srv = container_of(work, struct ddpci_server, work);
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
		queue_work(system_highpri_wq, &srv->work);
	mutex_unlock(&srv->lock);
}

static void server_notify(struct ddlink_device *link)
{
	struct ddpci_server *srv = link->priv;

	if (ddlink_pending(link))
		queue_work(system_highpri_wq, &srv->work);
}

static void set_live(struct ddpci_server *srv, bool live)
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

/* Not before whoever is plugging is done: until then functions have no addresses. */
static void tell(struct work_struct *work)
{
	struct ddpci_server *srv = container_of(work, struct ddpci_server, tell.work);

	pci_lock_rescan_remove();
	pci_unlock_rescan_remove();
	mutex_lock(&srv->lock);
	if (!srv->dead) {
		srv->generation++;
		show_buses(srv);
	}
	mutex_unlock(&srv->lock);
}

/*
 * Not in server_remove(): whoever unplugs the link holds the lock that tell() takes, and would wait
 * for it forever.
 */
static void end(struct work_struct *work)
{
	struct ddpci_server *srv = container_of(work, struct ddpci_server, end);

	cancel_delayed_work_sync(&srv->tell);
	kfree(srv);
}

static int on_pci(struct notifier_block *nb, unsigned long action, void *data)
{
	struct ddpci_server *srv = container_of(nb, struct ddpci_server, pci_notifier);
	const struct pci_dev *pdev = to_pci_dev(data);
	u8 bus = pdev->bus->number;

	if (action != BUS_NOTIFY_ADD_DEVICE && action != BUS_NOTIFY_REMOVED_DEVICE)
		return NOTIFY_DONE;
	/* Read without the lock: at worst the client looks for nothing. */
	if (READ_ONCE(srv->bound) && pci_domain_nr(pdev->bus) == srv->domain &&
	    bus >= srv->first_bus && bus <= srv->last_bus)
		schedule_delayed_work(&srv->tell, msecs_to_jiffies(TELL_MS));
	return NOTIFY_DONE;
}

/* Binds bus @name ("0000:20") and what is behind it, or none if it is empty. */
static int bind_bus(struct ddpci_server *srv, const char *name)
{
	unsigned int domain, number;
	struct pci_bus *bus = NULL;

	if (*name) {
		if (sscanf(name, "%x:%x", &domain, &number) != 2 || number > 0xff)
			return -EINVAL;
		bus = pci_find_bus(domain, number);
		if (!bus)
			return -ENODEV;
	}
	mutex_lock(&srv->lock);
	srv->bound = bus;
	if (bus) {
		srv->domain = domain;
		srv->first_bus = number;
		srv->last_bus = min_t(resource_size_t, bus->busn_res.end, 0xff);
		srv->generation++;
	}
	show_buses(srv);
	mutex_unlock(&srv->lock);
	return 0;
}

static int server_probe(struct ddlink_device *link)
{
	struct ddpci_server *srv = kzalloc(sizeof(*srv), GFP_KERNEL);
	int ret;

	if (!srv)
		return -ENOMEM;
	srv->link = link;
	mutex_init(&srv->lock);
	INIT_WORK(&srv->work, serve);
	INIT_DELAYED_WORK(&srv->tell, tell);
	INIT_WORK(&srv->end, end);
	link->priv = srv;
	srv->pci_notifier.notifier_call = on_pci;
	ret = bus_register_notifier(&pci_bus_type, &srv->pci_notifier);
	if (ret)
		kfree(srv);
	return ret;
}

static void server_remove(struct ddlink_device *link)
{
	struct ddpci_server *srv = link->priv;

	bus_unregister_notifier(&pci_bus_type, &srv->pci_notifier);
	cancel_work_sync(&srv->work);
	mutex_lock(&srv->lock);
	srv->bound = false;
	show_buses(srv);
	srv->dead = true;
	mutex_unlock(&srv->lock);
	link->priv = NULL;
	queue_work(end_wq, &srv->end);
}

static int server_bind(struct ddlink_device *link, const char *name)
{
	return bind_bus(link->priv, name);
}

static ssize_t server_bound(struct ddlink_device *link, char *buf)
{
	struct ddpci_server *srv = link->priv;
	ssize_t len;

	mutex_lock(&srv->lock);
	len = srv->bound ? sysfs_emit(buf, "%04x:%02x\n", srv->domain, srv->first_bus) :
			   sysfs_emit(buf, "\n");
	mutex_unlock(&srv->lock);
	return len;
}

static struct ddlink_driver ddpci_server_driver = {
	.driver = {
		.name = "ddpci_server",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_PCI,
	.role = DDLINK_SERVER,
	.probe = server_probe,
	.remove = server_remove,
	.up = server_up,
	.down = server_down,
	.notify = server_notify,
	.bind = server_bind,
	.bound = server_bound,
	.name_size = BUS_NAME_SIZE,
};

static int __init ddpci_server_init(void)
{
	int ret;

	end_wq = alloc_workqueue("ddpci_end", WQ_UNBOUND, 0);
	if (!end_wq)
		return -ENOMEM;
	ret = ddlink_driver_register(&ddpci_server_driver);
	if (ret)
		destroy_workqueue(end_wq);
	return ret;
}

static void __exit ddpci_server_exit(void)
{
	ddlink_driver_unregister(&ddpci_server_driver);
	destroy_workqueue(end_wq);
}

module_init(ddpci_server_init);
module_exit(ddpci_server_exit);

MODULE_DESCRIPTION("PCI translation module, driver VM's half");
MODULE_LICENSE("GPL");
