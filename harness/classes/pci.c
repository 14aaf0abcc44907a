// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PCI buses: a bridge with its stock driver, and the bus behind it, with what the driver's line
 * says on it. In the client that bus is a PCI domain; in a machine that has it itself, one bus
 * more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"
#include "modules/ddpci/ddpci_config.h"

/* Slot of the first bridge on the machine's root bus; QEMU's board has its own above. */
#define FIRST_SLOT 0x10
#define BUS_NAME_MAX 16

/* -- the host's side -- */

static unsigned int slot(const struct device *dev)
{
	return FIRST_SLOT + dev->place;
}

/* What is plugged into the bridge, whose own bus has the name $dev. */
static void add_medium(const struct device *dev, struct argv *args)
{
	char *medium = step_medium(dev);

	argv_add(args, "-device");
	argv_add(args, "%s,id=%s-card", medium, dev->name);
	free(medium);
}

static void pci_qemu_args(const struct device *dev, struct argv *args, int fd)
{
	(void)fd;
	/* Slots are the bridge's own driver's: firmware would be asked for them before it. */
	argv_add(args, "-global");
	argv_add(args, "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off");
	argv_add(args, "-device");
	argv_add(args, "%s,bus=pcie.0,addr=%#x,id=%s-dev", dev->driver->device, slot(dev),
		 dev->name);
	if (dev->driver->medium)
		add_medium(dev, args);
}

/* -- the guests' side -- */

/* Waits until the driver has taken the bridge, and says which bus is behind that. */
static int find_bus(struct device *dev, char *bus)
{
	char *path = xasprintf("/sys/bus/pci/drivers/%s/0000:00:%02x.0/secondary_bus_number",
			       dev->driver->name, slot(dev));
	char *text;
	int err = step_wait_file(dev, dev->vm, "bridge that its driver drives", path, &text);

	if (!err) {
		snprintf(bus, BUS_NAME_MAX, "0000:%02lx", strtoul(text, NULL, 10) & 0xff);
		free(text);
	}
	free(path);
	return err;
}

static int start_driver(struct device *dev, char *bus)
{
	int err = step_load_driver(dev, dev->vm);

	return err ? err : find_bus(dev, bus);
}

static void set_bus_path(struct device *dev, const char *bus)
{
	free(dev->path);
	dev->path = xasprintf("/sys/class/pci_bus/%s", bus);
}

static int pci_start_in_place(struct device *dev)
{
	char bus[BUS_NAME_MAX];
	int err = start_driver(dev, bus);

	if (!err)
		set_bus_path(dev, bus);
	return err;
}

static int pci_start_server(struct device *dev)
{
	char bus[BUS_NAME_MAX];
	int err = start_driver(dev, bus);

	if (!err)
		err = step_load_half(dev->vm, "ddpci_server");
	return err ? err : step_bind(dev, bus);
}

/* Has the client's half a bus? 1, 0: not yet, or errno. */
static int look_for_bus(void *arg)
{
	struct device *dev = arg;
	char *path = xasprintf("/sys/bus/ddlink/devices/%s/bus", dev->name), *text;
	int err = vm_read_file(dev->user, path, &text), found = 0;

	free(path);
	if (err)
		return err == -ENOENT ? 0 : err;
	text[strcspn(text, "\n")] = '\0';
	if (*text) {
		set_bus_path(dev, text);
		found = 1;
	}
	free(text);
	return found;
}

static int wait_bus(struct device *dev)
{
	int err = step_wait_found(dev, look_for_bus, dev);

	if (err && err != -EINTR)
		pr_err("%s: VM %s sees no PCI bus through the link: %s", dev->name,
		       vm_spec(dev->user)->name, strerror(-err));
	return err;
}

static int pci_start_client(struct device *dev)
{
	int err = step_load_half(dev->user, "ddpci_client");

	return err ? err : wait_bus(dev);
}

static int pci_resume_client(struct device *dev)
{
	return wait_bus(dev);
}

/* All ones is what is read of a function that does not answer. */
static char *pci_check(const struct device *dev)
{
	return xasprintf("set -- /sys/bus/pci/devices/%s:*/config\n"
			 "id=$(od -A n -t x2 -N 2 $1 2>&1) && [ $id != ffff ] || "
			 "{ echo \"cannot read the bus's configuration space: $id\"; exit 1; }",
			 strrchr(dev->path, '/') + 1);
}

static const struct device_class pci_class = {
	.name = "pci",
	.link_class = DDLINK_CLASS_PCI,
	.default_driver = "pcieport",
	.prefix = "pci",
	.payload = { sizeof(struct ddpci_request), sizeof(struct ddpci_reply) },
	.backend_up = step_no_backend,
	.qemu_args = pci_qemu_args,
	.start_in_place = pci_start_in_place,
	.start_server = pci_start_server,
	.start_client = pci_start_client,
	.resume_client = pci_resume_client,
	.check = pci_check,
	.counters = step_link_counters,
};

DEVICE_CLASS(pci_class)
