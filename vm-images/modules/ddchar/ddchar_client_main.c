// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client half of the device-file translation module: a file in /dev whose driver is in a driver
 * VM. Here is what has to do with the link.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "ddchar_client.h"

/*
 * At the ring in one interrupt. A server that keeps us looking does not keep our processor, and
 * the next heartbeat looks again.
 */
#define LOOKS 64

static void free_places(struct ddchar_client *c)
{
	int i;

	for (i = 0; i < DDCHAR_FILES; i++)
		kfree(c->places[i].data);
}

static void release(struct kref *refs)
{
	struct ddchar_client *c = container_of(refs, struct ddchar_client, refs);

	free_places(c);
	kfree(c);
}

void ddchar_put(struct ddchar_client *c)
{
	kref_put(&c->refs, release);
}

static void client_notify(struct ddlink_device *link)
{
	struct ddchar_client *c = link->priv;
	unsigned long irq;
	int ret, looks;

	spin_lock_irqsave(&c->lock, irq);
	for (looks = 0; looks < LOOKS && c->up; looks++) {
		ret = ddchar_receive(c);
		if (ret < 0)
			ddchar_violation(c, "bad reply in the ring from the server");
		else if (!ret && !ddlink_consumer_arm(&link->rx))
			break;
	}
	spin_unlock_irqrestore(&c->lock, irq);
}

static void client_up(struct ddlink_device *link)
{
	struct ddchar_client *c = link->priv;

	/* Requests go out once the server says that it has a file: see client_config(). */
	spin_lock_irq(&c->lock);
	c->up = true;
	c->unanswered = 0;
	spin_unlock_irq(&c->lock);
}

static void client_down(struct ddlink_device *link)
{
	struct ddchar_client *c = link->priv;

	spin_lock_irq(&c->lock);
	c->up = false;
	ddchar_lose(c);
	spin_unlock_irq(&c->lock);
}

static void client_config(struct ddlink_device *link)
{
	struct ddchar_client *c = link->priv;
	struct ddchar_server_config s;
	bool valid, bad;
	u32 type;

	if (ddlink_peer_config(link, &s, sizeof(s)))
		return;
	valid = le32_to_cpu(s.flags) & DDCHAR_SERVER_VALID;
	type = le32_to_cpu(s.type);
	/* The file is in use as what it was: it does not become another. */
	bad = valid && (type >= DDCHAR_N_TYPES || (c->type && c->type != &ddchar_types[type]));
	if (valid && !bad && !c->type) {
		c->type = &ddchar_types[type];
		schedule_work(&c->appear);
	}
	spin_lock_irq(&c->lock);
	if (bad)
		ddchar_violation(c, "bad configuration of the server");
	else if (!valid && c->ready)
		ddchar_lose(c);
	c->ready = valid && c->up;
	spin_unlock_irq(&c->lock);
	wake_up_all(&c->change);
}

static void appear(struct work_struct *work)
{
	struct ddchar_client *c = container_of(work, struct ddchar_client, appear);
	int ret = ddchar_node_add(c);

	if (ret)
		dev_err(&c->link->dev, "no file in /dev for it: %d\n", ret);
}

static int init_place(struct ddchar_client *c, u32 index)
{
	struct ddchar_place *p = &c->places[index];

	p->c = c;
	p->index = index;
	mutex_init(&p->one);
	init_completion(&p->done);
	init_waitqueue_head(&p->wait);
	p->data = kzalloc(DDCHAR_DATA_MAX, GFP_KERNEL);
	return p->data ? 0 : -ENOMEM;
}

static int client_probe(struct ddlink_device *link)
{
	struct ddchar_client *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int ret = 0;
	u32 i;

	if (!c)
		return -ENOMEM;
	c->link = link;
	c->minor = -1;
	kref_init(&c->refs);
	spin_lock_init(&c->lock);
	init_waitqueue_head(&c->change);
	INIT_WORK(&c->appear, appear);
	for (i = 0; i < DDCHAR_FILES && !ret; i++)
		ret = init_place(c, i);
	if (ret) {
		ddchar_put(c);
		return ret;
	}
	link->priv = c;
	return 0;
}

/* Files that are still open stay so, and get ENODEV. */
static void client_remove(struct ddlink_device *link)
{
	struct ddchar_client *c = link->priv;

	cancel_work_sync(&c->appear);
	ddchar_node_remove(c);
	spin_lock_irq(&c->lock);
	c->dead = true;
	ddchar_lose(c);
	spin_unlock_irq(&c->lock);
	wake_up_all(&c->change);
	link->priv = NULL;
	ddchar_put(c);
}

/* What it is called in /dev; it cannot be read before there is one. */
static ssize_t file_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct ddchar_client *c = to_ddlink(dev)->priv;

	if (READ_ONCE(c->minor) < 0)
		return -ENOENT;
	return sysfs_emit(buf, "%s\n", c->name);
}
static DEVICE_ATTR_RO(file);

static struct attribute *client_attrs[] = {
	&dev_attr_file.attr,
	NULL,
};
ATTRIBUTE_GROUPS(client);

static struct ddlink_driver ddchar_client_driver = {
	.driver = {
		.name = "ddchar_client",
		.owner = THIS_MODULE,
		.dev_groups = client_groups,
	},
	.class = DDLINK_CLASS_CHAR,
	.role = DDLINK_CLIENT,
	.probe = client_probe,
	.remove = client_remove,
	.up = client_up,
	.down = client_down,
	.config = client_config,
	.notify = client_notify,
};

static int __init ddchar_client_init(void)
{
	int ret = ddchar_node_init();

	if (ret)
		return ret;
	ret = ddlink_driver_register(&ddchar_client_driver);
	if (ret)
		ddchar_node_exit();
	return ret;
}
module_init(ddchar_client_init);

static void __exit ddchar_client_exit(void)
{
	ddlink_driver_unregister(&ddchar_client_driver);
	ddchar_node_exit();
}
module_exit(ddchar_client_exit);

MODULE_DESCRIPTION("Device-file translation module, client's half");
MODULE_LICENSE("GPL");
