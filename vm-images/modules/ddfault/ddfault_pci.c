// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults of a driver's PCI device: its registers, its interrupts, its answers. */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "ddfault.h"

#define WRITES_MAX 65536

/* -- finding it -- */

static struct device_driver *driver_of(struct device *dev, const char *name)
{
	struct device_driver *drv = READ_ONCE(dev->driver);

	return drv && drv->owner && !strcmp(drv->owner->name, name) ? drv : NULL;
}

struct search {
	const char *name;
	struct device_driver *found;
};

static int look_below(struct device *dev, void *data)
{
	struct search *s = data;

	s->found = driver_of(dev, s->name);
	return s->found ? 1 : device_for_each_child(dev, s, look_below);
}

static struct pci_dev *find(const char *name, struct device_driver **drv)
{
	struct search s = { .name = name };
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) if (look_below(&pdev->dev, &s)) break;
	*drv = s.found;
	return pdev;
}

struct pci_dev *ddfault_find_pci(const char *name)
{
	struct device_driver *drv;

	return find(name, &drv);
}

struct module *ddfault_find_module(const char *name)
{
	struct device_driver *drv;
	struct pci_dev *pdev = find(name, &drv);
	struct module *module = pdev ? drv->owner : NULL;

	pci_dev_put(pdev);
	return module;
}

/* -- garbage in its registers -- */

/* One of its BARs that has something in it; -1: none. */
static int choose_bar(struct pci_dev *pdev, u32 chance)
{
	int bars[PCI_STD_NUM_BARS], n = 0, i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (pci_resource_len(pdev, i) >= sizeof(u32))
			bars[n++] = i;
	return n ? bars[chance % n] : -1;
}

static int write_registers(struct pci_dev *pdev, unsigned int n, u64 seed,
			   struct ddfault_result *result)
{
	u32 offset = 0, value = 0, size;
	struct rnd_state rnd;
	void __iomem *at;
	unsigned int i;
	int bar;

	prandom_seed_state(&rnd, seed);
	bar = choose_bar(pdev, prandom_u32_state(&rnd));
	if (bar < 0)
		return -ENODEV;
	at = pci_iomap(pdev, bar, 0);
	if (!at)
		return -ENOMEM;
	size = min_t(u64, pci_resource_len(pdev, bar), U32_MAX);
	for (i = 0; i < n; i++) {
		offset = prandom_u32_state(&rnd) % size & ~3u;
		value = prandom_u32_state(&rnd);
		iowrite32(value, at + offset);
	}
	pci_iounmap(pdev, at);
	ddfault_say(result, "device=%s bar=%d last_offset=%u last_value=%u", pci_name(pdev), bar,
		    offset, value);
	return 0;
}

/* MODULE NUMBER SEED: so many random words, each written to a random register of one BAR. */
static int registers(char **args, struct ddfault_result *result)
{
	struct pci_dev *pdev;
	unsigned int n;
	u64 seed;
	int ret = kstrtouint(args[1], 10, &n);

	if (!ret)
		ret = kstrtou64(args[2], 10, &seed);
	if (ret)
		return ret;
	if (n > WRITES_MAX)
		return -ERANGE;
	pdev = ddfault_find_pci(args[0]);
	if (!pdev)
		return -ENODEV;
	ret = write_registers(pdev, n, seed, result);
	pci_dev_put(pdev);
	return ret;
}

/* -- what is turned off in its configuration space, and on again -- */

/* As it was before; of whoever runs a command. */
static struct {
	struct pci_dev *pdev; /* NULL: nothing is off */
	u16 command, msi, msix;
} off;

static void write_off(u16 command, u16 msi, u16 msix)
{
	struct pci_dev *pdev = off.pdev;

	/* First those that may interrupt otherwise once the others are changed. */
	pci_write_config_word(pdev, PCI_COMMAND, command);
	if (pdev->msi_enabled)
		pci_write_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, msi);
	if (pdev->msix_enabled)
		pci_write_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, msix);
}

static int begin_off(const char *module)
{
	if (off.pdev)
		return -EBUSY;
	off.pdev = ddfault_find_pci(module);
	if (!off.pdev)
		return -ENODEV;
	pci_read_config_word(off.pdev, PCI_COMMAND, &off.command);
	if (off.pdev->msi_enabled)
		pci_read_config_word(off.pdev, off.pdev->msi_cap + PCI_MSI_FLAGS, &off.msi);
	if (off.pdev->msix_enabled)
		pci_read_config_word(off.pdev, off.pdev->msix_cap + PCI_MSIX_FLAGS, &off.msix);
	return 0;
}

/* MODULE: the device cannot interrupt. */
static int interrupts_off(char **args, struct ddfault_result *result)
{
	int ret = begin_off(args[0]);

	if (ret)
		return ret;
	write_off(off.command | PCI_COMMAND_INTX_DISABLE, off.msi & ~PCI_MSI_FLAGS_ENABLE,
		  off.msix | PCI_MSIX_FLAGS_MASKALL);
	ddfault_say(result, "device=%s kind=%s", pci_name(off.pdev),
		    off.pdev->msix_enabled ? "msi-x" :
		    off.pdev->msi_enabled  ? "msi" :
					     "intx");
	return 0;
}

/* MODULE: the device answers no access and makes none. */
static int decoding_off(char **args, struct ddfault_result *result)
{
	int ret = begin_off(args[0]);

	if (ret)
		return ret;
	write_off(off.command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER),
		  off.msi, off.msix);
	ddfault_say(result, "device=%s", pci_name(off.pdev));
	return 0;
}

static int all_on(char **args, struct ddfault_result *result)
{
	if (!off.pdev)
		return 0;
	write_off(off.command, off.msi, off.msix);
	pci_dev_put(off.pdev);
	off.pdev = NULL;
	return 0;
}

void ddfault_pci_exit(void)
{
	all_on(NULL, NULL);
}

const struct ddfault_command ddfault_pci_commands[] = {
	{ "registers", 3, registers },
	{ "interrupts-off", 1, interrupts_off },
	{ "decoding-off", 1, decoding_off },
	{ "pci-on", 0, all_on },
	{ NULL },
};
