// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bus "ddlink": which driver fits which link, and what can be read about a link in sysfs
 * (/sys/bus/ddlink/devices/NAME/state and stats), and what a server is told there (lower).
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "ddlink.h"

static struct ddlink_driver *to_ddlink_driver(struct device_driver *driver)
{
	return container_of(driver, struct ddlink_driver, driver);
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	static const char *const names[] = {
		[DDLINK_DOWN] = "down",
		[DDLINK_CONNECTING] = "connecting",
		[DDLINK_UP] = "up",
		[DDLINK_FAILED] = "failed",
	};

	return sysfs_emit(buf, "%s\n", names[READ_ONCE(to_ddlink(dev)->state)]);
}
static DEVICE_ATTR_RO(state);

static ssize_t role_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_ddlink(dev)->role == DDLINK_SERVER ? "server" : "client");
}
static DEVICE_ATTR_RO(role);

static ssize_t stats_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct ddlink_device *link = to_ddlink(dev);
	const struct ddlink_stats *s = &link->stats;
	const struct {
		const char *name;
		u64 value;
	} lines[] = {
		{ "tx_records", link->tx.records },
		{ "tx_bytes", link->tx.bytes },
		{ "tx_doorbells", atomic64_read(&s->doorbells) },
		{ "tx_full", s->tx_full },
		{ "tx_dropped", s->tx_dropped },
		{ "rx_records", link->rx.records },
		{ "rx_bytes", link->rx.bytes },
		{ "rx_irqs", s->ring_irqs },
		{ "rx_dropped", s->rx_dropped },
		{ "control_irqs", s->control_irqs },
		{ "sessions", s->sessions },
		{ "restarts", s->restarts },
		{ "silences", s->silences },
		{ "violations", s->violations },
		{ "repairs", s->repairs },
		{ "rehearsals", s->rehearsals },
	};
	int at = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		at += sysfs_emit_at(buf, at, "%s %llu\n", lines[i].name, lines[i].value);
	return at;
}
static DEVICE_ATTR_RO(stats);

static ssize_t standby_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_ddlink(dev)->standby));
}

/* Ended by the control doorbell only. */
static ssize_t standby_store(struct device *dev, struct device_attribute *attr, const char *buf,
			     size_t count)
{
	bool on;
	int ret = kstrtobool(buf, &on);

	if (!ret)
		ret = on ? ddlink_stand_by(to_ddlink(dev)) : -EINVAL;
	return ret ?: count;
}
static DEVICE_ATTR_RW(standby);

static ssize_t rehearse_store(struct device *dev, struct device_attribute *attr, const char *buf,
			      size_t count)
{
	return ddlink_rehearse(to_ddlink(dev)) ?: count;
}
static DEVICE_ATTR_WO(rehearse);

static struct attribute *ddlink_attrs[] = {
	&dev_attr_rehearse.attr, &dev_attr_standby.attr, &dev_attr_state.attr,
	&dev_attr_role.attr,	 &dev_attr_stats.attr,	 NULL,
};
ATTRIBUTE_GROUPS(ddlink);

/* There while the link has a server: see ddlink_driver.bind. */
static ssize_t lower_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return to_ddlink_driver(dev->driver)->bound(to_ddlink(dev), buf);
}

static ssize_t lower_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t count)
{
	struct ddlink_driver *drv = to_ddlink_driver(dev->driver);
	char name[DDLINK_LOWER_MAX];
	int ret;

	if (strscpy(name, buf, drv->name_size) < 0)
		return -EINVAL;
	ret = drv->bind(to_ddlink(dev), strim(name));
	return ret ?: count;
}
static DEVICE_ATTR_RW(lower);

static struct attribute *ddlink_server_attrs[] = {
	&dev_attr_lower.attr,
	NULL,
};
ATTRIBUTE_GROUPS(ddlink_server);

static int ddlink_match(struct device *dev, struct device_driver *driver)
{
	const struct ddlink_device *link = to_ddlink(dev);
	const struct ddlink_driver *drv = to_ddlink_driver(driver);

	return link->geo.class == drv->class && link->role == drv->role;
}

static int ddlink_bus_probe(struct device *dev)
{
	struct ddlink_driver *drv = to_ddlink_driver(dev->driver);
	struct ddlink_device *link = to_ddlink(dev);
	int ret = drv->probe(link);

	if (ret)
		return ret;
	ddlink_attach(link, drv);
	return 0;
}

static void ddlink_bus_remove(struct device *dev)
{
	struct ddlink_driver *drv = to_ddlink_driver(dev->driver);
	struct ddlink_device *link = to_ddlink(dev);

	ddlink_detach(link);
	/* An interrupt that read link->driver before may still be in the driver's notify(). */
	synchronize_irq(pci_irq_vector(link->pdev, DDLINK_VECTOR_RING));
	drv->remove(link);
}

struct bus_type ddlink_bus = {
	.name = "ddlink",
	.match = ddlink_match,
	.probe = ddlink_bus_probe,
	.remove = ddlink_bus_remove,
	.dev_groups = ddlink_groups,
};

int ddlink_driver_register(struct ddlink_driver *drv)
{
	if (drv->name_size > DDLINK_LOWER_MAX)
		return -EINVAL;
	drv->driver.bus = &ddlink_bus;
	if (drv->bind)
		drv->driver.dev_groups = ddlink_server_groups;
	return driver_register(&drv->driver);
}
EXPORT_SYMBOL_GPL(ddlink_driver_register);

void ddlink_driver_unregister(struct ddlink_driver *drv)
{
	driver_unregister(&drv->driver);
}
EXPORT_SYMBOL_GPL(ddlink_driver_unregister);
