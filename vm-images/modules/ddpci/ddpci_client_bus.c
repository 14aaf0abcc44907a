// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client's PCI domain: a host bridge whose configuration space is that of the driver VM's bus.
 *
 * The kernel acts on what a PCI device says it is: it sizes its windows, maps them for quirks of
 * known models, loads drivers. Here those windows lie in another machine, and whoever says so may
 * lie. So while the kernel finds a function it sees one of no known make and without any window;
 * only once it has been added are its names and windows filled in, for people and their tools to
 * read. No driver is bound, and the windows are claimed from nobody, so none could be enabled.
 */
#include "ddpci_client.h"

#define DOMAIN_FIRST 0x10000 /* firmware's numbers are of 16 bits */
#define SCAN_MS 10000
/* What may be said of a window; the rest of the flags would mean something to the kernel. */
#define RESOURCE_FLAGS                                                                \
	(IORESOURCE_IO | IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_READONLY | \
	 IORESOURCE_SIZEALIGN | IORESOURCE_STARTALIGN | IORESOURCE_MEM_64 | IORESOURCE_BITS)
/* Nobody has this pair, so that no quirk is of it. */
#define NO_VENDOR 0xf4
#define NO_VENDOR_HIGH 0xfe

static DEFINE_IDA(domains);

static struct ddpci_client *to_client(const struct pci_bus *bus)
{
	return container_of((struct pci_sysdata *)bus->sysdata, struct ddpci_client, sysdata);
}

static u8 *known(struct ddpci_client *c, const struct pci_bus *bus, unsigned int devfn)
{
	return &c->known[bus->number << 8 | devfn];
}

/* Byte @offset of a function that is not published, of which the server says @byte. */
static u8 disguise(unsigned int offset, bool bridge, u8 byte)
{
	static const u8 id[] = { NO_VENDOR, NO_VENDOR_HIGH, 1, 0 };

	if (offset < sizeof(id))
		return id[offset];
	if (offset >= PCI_CLASS_PROG && offset <= PCI_CLASS_DEVICE + 1) {
		const u8 class[] = { 0, bridge ? 0x04 : 0x00, bridge ? 0x06 : 0xff };

		return class[offset - PCI_CLASS_PROG];
	}
	if (offset >= PCI_BASE_ADDRESS_0 && offset < PCI_BASE_ADDRESS_2)
		return 0;
	if (offset >= PCI_BASE_ADDRESS_2 && offset < PCI_CARDBUS_CIS)
		return bridge ? byte : 0;
	if (offset >= PCI_ROM_ADDRESS && offset < PCI_ROM_ADDRESS + 4)
		return bridge ? byte : 0;
	if (offset >= PCI_ROM_ADDRESS1 && offset < PCI_ROM_ADDRESS1 + 4)
		return 0;
	return byte;
}

static u32 as_seen(struct ddpci_client *c, const struct pci_bus *bus, unsigned int devfn,
		   unsigned int where, unsigned int size, u32 value)
{
	u8 *k = known(c, bus, devfn), byte;
	u32 seen = 0;
	unsigned int i;

	if (*k & DDPCI_PUBLISHED)
		return value;
	for (i = 0; i < size; i++) {
		byte = value >> 8 * i;
		/* Once the kernel has a device, what it took it for does not change any more. */
		if (where + i == PCI_HEADER_TYPE && !(*k & DDPCI_EXISTS))
			*k = (byte & 0x7f) == PCI_HEADER_TYPE_BRIDGE ? DDPCI_IS_BRIDGE : 0;
		seen |= (u32)disguise(where + i, *k & DDPCI_IS_BRIDGE, byte) << 8 * i;
	}
	return seen;
}

static int bus_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct ddpci_client *c = to_client(bus);
	struct ddpci_reply r;

	*value = ~0u;
	if (!(*known(c, bus, devfn) & DDPCI_EXISTS) && c->functions >= DDPCI_FUNCTIONS_MAX)
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (ddpci_ask(c, DDPCI_READ, DDPCI_WHERE(bus->number, devfn, where), size, 0, &r))
		return PCIBIOS_DEVICE_NOT_FOUND;
	*value = as_seen(c, bus, devfn, where, size, (u32)le64_to_cpu(r.value));
	return PCIBIOS_SUCCESSFUL;
}

/* Of what the kernel itself would write while it looks, nothing is meant for the driver VM. */
static int bus_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct ddpci_client *c = to_client(bus);
	u32 mask = size < 4 ? BIT(8 * size) - 1 : ~0u;

	if (!(*known(c, bus, devfn) & DDPCI_PUBLISHED))
		return PCIBIOS_SUCCESSFUL;
	if (ddpci_ask(c, DDPCI_WRITE, DDPCI_WHERE(bus->number, devfn, where), size, value & mask,
		      NULL))
		return PCIBIOS_DEVICE_NOT_FOUND;
	return PCIBIOS_SUCCESSFUL;
}

const struct pci_ops ddpci_ops = {
	.read = bus_read,
	.write = bus_write,
};

/* A device of ours has been found, by whomever, or is gone. */
int ddpci_pci_event(struct notifier_block *nb, unsigned long action, void *data)
{
	struct ddpci_client *c = container_of(nb, struct ddpci_client, pci_notifier);
	struct pci_dev *pdev = to_pci_dev(data);
	u8 *k;
	int i;

	if (pdev->sysdata != &c->sysdata)
		return NOTIFY_DONE;
	k = known(c, pdev->bus, pdev->devfn);
	if (action == BUS_NOTIFY_ADD_DEVICE) {
		/* Such as come from capabilities. */
		for (i = 0; i < PCI_BRIDGE_RESOURCES; i++)
			memset(&pdev->resource[i], 0, sizeof(pdev->resource[i]));
		if (driver_set_override(&pdev->dev, &pdev->driver_override, "none", 4))
			pci_warn(pdev, "a driver might be bound\n");
		pdev->irq = 0;
		*k |= DDPCI_EXISTS;
		c->functions++;
		if (c->scanner != current)
			queue_work(ddpci_wq, &c->work);
	} else if (action == BUS_NOTIFY_REMOVED_DEVICE && (*k & DDPCI_EXISTS)) {
		*k = 0;
		c->functions--;
	}
	return NOTIFY_DONE;
}

static u32 where_of(const struct pci_dev *pdev, unsigned int offset)
{
	return DDPCI_WHERE(pdev->bus->number, pdev->devfn, offset);
}

static int read_dword(struct ddpci_client *c, const struct pci_dev *pdev, unsigned int offset,
		      u32 *value)
{
	struct ddpci_reply r;
	int ret = ddpci_ask(c, DDPCI_READ, where_of(pdev, offset), 4, 0, &r);

	*value = (u32)le64_to_cpu(r.value);
	return ret;
}

struct victim {
	struct ddpci_client *c;
	struct pci_dev *pdev; /* NULL: none */
};

/* Is it gone, another one, or found by somebody who did not know how? */
static int is_victim(struct pci_dev *pdev, void *arg)
{
	struct victim *v = arg;
	u32 id, class;
	int ret = -ENXIO;

	if (*known(v->c, pdev->bus, pdev->devfn) & DDPCI_PUBLISHED) {
		ret = read_dword(v->c, pdev, PCI_VENDOR_ID, &id);
		if (!ret)
			ret = read_dword(v->c, pdev, PCI_CLASS_REVISION, &class);
		if (!ret && (id != ((u32)pdev->device << 16 | pdev->vendor) ||
			     class != (pdev->class << 8 | pdev->revision)))
			ret = -ENXIO;
	}
	if (ret == -ENXIO)
		v->pdev = pci_dev_get(pdev);
	return ret;
}

static void remove_victims(struct ddpci_client *c)
{
	for (;;) {
		struct victim v = { .c = c };

		pci_walk_bus(c->bus, is_victim, &v);
		if (!v.pdev)
			return;
		pci_stop_and_remove_bus_device(v.pdev);
		pci_dev_put(v.pdev);
	}
}

/* Fills a window in as the server has it; it is for reading only, and stays unclaimed. */
static int publish_resource(struct ddpci_client *c, struct pci_dev *pdev, unsigned int index)
{
	struct resource *res = &pdev->resource[index];
	struct ddpci_reply r;
	int ret = ddpci_ask(c, DDPCI_RESOURCE, where_of(pdev, index), 0, 0, &r);

	if (index >= DDPCI_RES_WINDOW)
		res = &pdev->resource[PCI_BRIDGE_RESOURCES + index - DDPCI_RES_WINDOW];
	if (ret || res->parent)
		return ret;
	res->name = pci_name(pdev);
	res->start = le64_to_cpu(r.value);
	res->end = le64_to_cpu(r.last);
	res->flags = le32_to_cpu(r.flags) & RESOURCE_FLAGS;
	if (res->flags)
		res->flags |= IORESOURCE_PCI_FIXED;
	return 0;
}

static int publish(struct pci_dev *pdev, void *arg)
{
	struct ddpci_client *c = arg;
	u32 id, class, sub = 0;
	unsigned int i;
	int ret = read_dword(c, pdev, PCI_VENDOR_ID, &id);

	if (!ret)
		ret = read_dword(c, pdev, PCI_CLASS_REVISION, &class);
	if (!ret && pdev->hdr_type == PCI_HEADER_TYPE_NORMAL)
		ret = read_dword(c, pdev, PCI_SUBSYSTEM_VENDOR_ID, &sub);
	for (i = 0; i < DDPCI_RES_COUNT && !ret; i++)
		ret = publish_resource(c, pdev, i);
	if (ret)
		return ret;
	pdev->vendor = id & 0xffff;
	pdev->device = id >> 16;
	pdev->class = class >> 8;
	pdev->revision = class & 0xff;
	if (pdev->hdr_type == PCI_HEADER_TYPE_NORMAL) {
		pdev->subsystem_vendor = sub & 0xffff;
		pdev->subsystem_device = sub >> 16;
	}
	*known(c, pdev->bus, pdev->devfn) |= DDPCI_PUBLISHED;
	return 0;
}

static int make_bus(struct ddpci_client *c)
{
	struct pci_host_bridge *bridge = pci_alloc_host_bridge(0);
	int ret = ida_alloc(&domains, GFP_KERNEL);

	if (!bridge || ret < 0) {
		ret = bridge ? ret : -ENOMEM;
		goto free;
	}
	c->sysdata.domain = DOMAIN_FIRST + ret;
	c->sysdata.node = NUMA_NO_NODE;
	c->ops = ddpci_ops;
	c->busn = (struct resource){ .name = "ddpci", .flags = IORESOURCE_BUS };
	c->busn.start = c->first_bus;
	c->busn.end = c->last_bus;
	pci_add_resource(&bridge->windows, &c->busn);
	bridge->sysdata = &c->sysdata;
	bridge->ops = &c->ops;
	bridge->busnr = c->first_bus;
	/* All this is done by whoever has the bus; clearing its errors, say, would hide them. */
	bridge->native_aer = bridge->native_pcie_hotplug = bridge->native_shpc_hotplug = 0;
	bridge->native_pme = bridge->native_ltr = bridge->native_dpc = 0;
	ret = pci_scan_root_bus_bridge(bridge);
	if (!ret) {
		c->bus = bridge->bus;
		return 0;
	}
	ida_free(&domains, c->sysdata.domain - DOMAIN_FIRST);
free:
	if (bridge)
		pci_free_host_bridge(bridge);
	return ret;
}

void ddpci_remove_bus(struct ddpci_client *c)
{
	if (!c->bus)
		return;
	pci_stop_root_bus(c->bus);
	pci_remove_root_bus(c->bus);
	c->bus = NULL;
	ida_free(&domains, c->sysdata.domain - DOMAIN_FIRST);
}

int ddpci_scan(struct ddpci_client *c)
{
	u64 start = ktime_get_ns();
	int ret = 0;

	c->broken = false;
	c->scan_until = jiffies + msecs_to_jiffies(SCAN_MS);
	WRITE_ONCE(c->scanner, current);
	if (c->bus && (c->busn.start != c->first_bus || c->busn.end != c->last_bus))
		ddpci_remove_bus(c);
	if (!c->bus) {
		ret = make_bus(c);
		if (ret)
			goto out;
	} else {
		remove_victims(c);
		pci_scan_child_bus(c->bus);
	}
	/* What was found while nobody answered, half of it maybe, goes at the next look. */
	if (!c->broken) {
		pci_bus_add_devices(c->bus);
		pci_walk_bus(c->bus, publish, c);
	}
	if (!c->broken)
		dev_info(&c->bus->dev, "%u functions, looked through in %llu us\n", c->functions,
			 div_u64(ktime_get_ns() - start, NSEC_PER_USEC));
out:
	WRITE_ONCE(c->scanner, NULL);
	return c->broken ? -EAGAIN : ret;
}
