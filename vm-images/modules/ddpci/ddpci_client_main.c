// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client half of the PCI translation module: a PCI domain of its own, whose configuration space
 * is that of a bus in a driver VM. This file is what the link sees; see ddpci_client_bus.c for what
 * the kernel sees, and ddpci_client_ask.c for what passes between.
 */
#include <linux/module.h>
#include <linux/mm.h>

#include "ddpci_client.h"

struct workqueue_struct *ddpci_wq;

/* Only takes what comes late: whoever asks, looks for the reply itself. */
static void client_notify(struct ddlink_device *link)
{
	struct ddpci_client *c = link->priv;
	struct ddpci_reply late;
	unsigned long irq;

	if (!raw_spin_trylock_irqsave(&c->lock, irq))
		return;
	if (c->up && ddpci_receive(c, &late) > 0)
		link->stats.rx_dropped++;
	raw_spin_unlock_irqrestore(&c->lock, irq);
}

static void set_up(struct ddpci_client *c, bool up)
{
	raw_spin_lock_irq(&c->lock);
	c->up = up;
	c->ready = false;
	c->unanswered = false;
	ddlink_show_waits(c->link, DDLINK_WAITS_NOT);
	raw_spin_unlock_irq(&c->lock);
}

static void client_up(struct ddlink_device *link)
{
	/* Requests go out once the server says that it has a bus: see client_config(). */
	set_up(link->priv, true);
}

static void client_down(struct ddlink_device *link)
{
	set_up(link->priv, false);
}

static void client_config(struct ddlink_device *link)
{
	struct ddpci_client *c = link->priv;
	struct ddpci_server_config s;
	u32 first, last;
	bool valid;

	if (ddlink_peer_config(link, &s, sizeof(s)))
		return;
	valid = le32_to_cpu(s.flags) & DDPCI_SERVER_VALID;
	first = le32_to_cpu(s.first_bus);
	last = le32_to_cpu(s.last_bus);
	raw_spin_lock_irq(&c->lock);
	if (valid && (first > last || last > 0xff)) {
		valid = false;
		ddpci_violation(c, "bad configuration of the server");
	}
	if (valid) {
		c->first_bus = first;
		c->last_bus = last;
	}
	c->ready = valid && c->up;
	valid = c->ready;
	raw_spin_unlock_irq(&c->lock);
	if (valid)
		queue_work(ddpci_wq, &c->work);
}

/*
 * All under the lock that the kernel holds while PCI devices come and go: the link's own among
 * them. So whoever may hold it never waits for this.
 */
static void client_work(struct work_struct *work)
{
	struct ddpci_client *c = container_of(work, struct ddpci_client, work);

	pci_lock_rescan_remove();
	if (!READ_ONCE(c->dead))
		ddpci_scan(c);
	pci_unlock_rescan_remove();
}

/* A work item of its own: the other may be queued once more while it runs, and then needs @c. */
static void client_end(struct work_struct *work)
{
	struct ddpci_client *c = container_of(work, struct ddpci_client, end);

	cancel_work_sync(&c->work);
	pci_lock_rescan_remove();
	ddpci_remove_bus(c);
	pci_unlock_rescan_remove();
	bus_unregister_notifier(&pci_bus_type, &c->pci_notifier);
	kvfree(c);
}

static int client_probe(struct ddlink_device *link)
{
	struct ddpci_client *c = kvzalloc(sizeof(*c), GFP_KERNEL);
	int ret;

	if (!c)
		return -ENOMEM;
	c->link = link;
	raw_spin_lock_init(&c->lock);
	INIT_WORK(&c->work, client_work);
	INIT_WORK(&c->end, client_end);
	c->pci_notifier.notifier_call = ddpci_pci_event;
	ret = bus_register_notifier(&pci_bus_type, &c->pci_notifier);
	if (ret) {
		kvfree(c);
		return ret;
	}
	link->priv = c;
	return 0;
}

static void client_remove(struct ddlink_device *link)
{
	struct ddpci_client *c = link->priv;

	raw_spin_lock_irq(&c->lock);
	c->ready = false;
	c->dead = true;
	raw_spin_unlock_irq(&c->lock);
	link->priv = NULL;
	queue_work(ddpci_wq, &c->end);
}

/* The client's name of the bus, "10000:20", once all of it is known; else empty. */
static ssize_t bus_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct ddpci_client *c = to_ddlink(dev)->priv;
	ssize_t len;

	pci_lock_rescan_remove();
	len = c->bus && !c->broken ? sysfs_emit(buf, "%s\n", dev_name(&c->bus->dev)) :
				     sysfs_emit(buf, "\n");
	pci_unlock_rescan_remove();
	return len;
}
static DEVICE_ATTR_RO(bus);

static struct attribute *client_attrs[] = {
	&dev_attr_bus.attr,
	NULL,
};
ATTRIBUTE_GROUPS(client);

static struct ddlink_driver ddpci_client_driver = {
	.driver = {
		.name = "ddpci_client",
		.owner = THIS_MODULE,
		.dev_groups = client_groups,
	},
	.class = DDLINK_CLASS_PCI,
	.role = DDLINK_CLIENT,
	.probe = client_probe,
	.remove = client_remove,
	.up = client_up,
	.down = client_down,
	.config = client_config,
	.notify = client_notify,
};

static int __init ddpci_client_init(void)
{
	int ret;

	ddpci_wq = alloc_workqueue("ddpci", WQ_UNBOUND, 0);
	if (!ddpci_wq)
		return -ENOMEM;
	ret = ddlink_driver_register(&ddpci_client_driver);
	if (ret)
		destroy_workqueue(ddpci_wq);
	return ret;
}

static void __exit ddpci_client_exit(void)
{
	ddlink_driver_unregister(&ddpci_client_driver);
	destroy_workqueue(ddpci_wq);
}

module_init(ddpci_client_init);
module_exit(ddpci_client_exit);

MODULE_DESCRIPTION("PCI translation module, client's half");
MODULE_LICENSE("GPL");
