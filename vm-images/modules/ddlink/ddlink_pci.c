// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PCI driver of QEMU's ivshmem-doorbell device, the carrier of a link: BAR 0 holds the doorbell,
 * BAR 1 the MSI-X table, BAR 2 the shared memory. Each device with a sound descriptor becomes a
 * link on bus "ddlink".
 */
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ddlink.h"

#define PCI_DEVICE_ID_IVSHMEM 0x1110
#define BAR_REGS 0

static irqreturn_t control_irq(int irq, void *data)
{
	struct ddlink_device *link = data;

	link->stats.control_irqs++;
	ddlink_control(link);
	return IRQ_HANDLED;
}

static irqreturn_t ring_irq(int irq, void *data)
{
	struct ddlink_device *link = data;
	struct ddlink_driver *drv = READ_ONCE(link->driver);

	link->stats.ring_irqs++;
	if (drv && READ_ONCE(link->live))
		drv->notify(link);
	return IRQ_HANDLED;
}

/*
 * Maps the shared memory write-back cached. It is ordinary memory of the host, but lies in a PCI
 * window that firmware marks uncached in the MTRRs, and ioremap_cache() and memremap() follow
 * those. Where the guest's page attributes decide (KVM on AMD), that would make each access to
 * the rings some hundred times slower, so the page table is written without asking the MTRRs.
 */
static u8 *map_memory(struct pci_dev *pdev)
{
	unsigned long first = pci_resource_start(pdev, DDLINK_BAR_MEMORY) >> PAGE_SHIFT;
	unsigned long count = pci_resource_len(pdev, DDLINK_BAR_MEMORY) >> PAGE_SHIFT;
	unsigned long *pfns, i;
	u8 *region = NULL;

	pfns = kvmalloc_array(count, sizeof(*pfns), GFP_KERNEL);
	if (!pfns)
		return NULL;
	for (i = 0; i < count; i++) {
		if (pfn_valid(first + i))
			goto out;
		pfns[i] = first + i;
	}
	region = vmap_pfn(pfns, count, pgprot_decrypted(PAGE_KERNEL));
out:
	kvfree(pfns);
	return region;
}

static void free_link(struct device *dev)
{
	kfree(to_ddlink(dev));
}

static int read_role(struct ddlink_device *link)
{
	int vectors = pci_msix_vec_count(link->pdev);

	for (link->role = DDLINK_SERVER; link->role <= DDLINK_CLIENT; link->role++)
		if (vectors == DDLINK_DEVICE_VECTORS(link->role))
			return 0;
	dev_err(&link->pdev->dev, "%d interrupt vectors are no role's\n", vectors);
	return -ENODEV;
}

static int read_device(struct ddlink_device *link)
{
	struct pci_dev *pdev = link->pdev;
	resource_size_t size = pci_resource_len(pdev, DDLINK_BAR_MEMORY);
	const char *wrong;
	int ret = read_role(link);

	if (ret)
		return ret;
	if (size < 8 * DDLINK_PAGE || size > U32_MAX) {
		dev_err(&pdev->dev, "shared memory of %pa bytes is of no use\n", &size);
		return -ENODEV;
	}
	link->region = map_memory(pdev);
	if (!link->region) {
		dev_err(&pdev->dev, "cannot map the shared memory\n");
		return -ENOMEM;
	}
	wrong = ddlink_desc_read((const struct ddlink_desc *)link->region, size, &link->geo);
	if (wrong) {
		dev_err(&pdev->dev, "%s\n", wrong);
		vunmap(link->region);
		return -EPROTO;
	}
	return 0;
}

static int request_irqs(struct ddlink_device *link)
{
	struct pci_dev *pdev = link->pdev;
	int ret;

	ret = pci_alloc_irq_vectors(pdev, DDLINK_VECTORS, DDLINK_VECTORS, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	ret = pci_request_irq(pdev, DDLINK_VECTOR_CONTROL, control_irq, NULL, link,
			      "ddlink-control-%s", link->geo.name);
	if (ret)
		goto free_vectors;
	ret = pci_request_irq(pdev, DDLINK_VECTOR_RING, ring_irq, NULL, link, "ddlink-ring-%s",
			      link->geo.name);
	if (ret)
		goto free_control;
	return 0;

free_control:
	pci_free_irq(pdev, DDLINK_VECTOR_CONTROL, link);
free_vectors:
	pci_free_irq_vectors(pdev);
	return ret;
}

static void free_irqs(struct ddlink_device *link)
{
	pci_free_irq(link->pdev, DDLINK_VECTOR_RING, link);
	pci_free_irq(link->pdev, DDLINK_VECTOR_CONTROL, link);
	pci_free_irq_vectors(link->pdev);
}

static int add_device(struct ddlink_device *link)
{
	link->dev.parent = &link->pdev->dev;
	link->dev.bus = &ddlink_bus;
	link->dev.release = free_link;
	device_initialize(&link->dev);
	return dev_set_name(&link->dev, "%s", link->geo.name) ?: device_add(&link->dev);
}

static int ddlink_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct ddlink_device *link;
	int ret;

	ret = pcim_enable_device(pdev);
	if (!ret)
		ret = pcim_iomap_regions(pdev, BIT(BAR_REGS), "ddlink");
	if (!ret)
		ret = pci_request_region(pdev, DDLINK_BAR_MEMORY, "ddlink");
	if (ret)
		return ret;
	pci_set_master(pdev);

	link = kzalloc(sizeof(*link), GFP_KERNEL);
	if (!link)
		return -ENOMEM;
	link->pdev = pdev;
	link->regs = pcim_iomap_table(pdev)[BAR_REGS];
	ret = read_device(link);
	if (ret) {
		kfree(link);
		return ret;
	}
	ddlink_link_init(link);
	pci_set_drvdata(pdev, link);
	ret = request_irqs(link);
	if (ret) {
		vunmap(link->region);
		kfree(link);
		return ret;
	}
	ret = add_device(link);
	if (ret) {
		dev_err(&pdev->dev, "cannot add link '%s': %d\n", link->geo.name, ret);
		free_irqs(link);
		vunmap(link->region);
		put_device(&link->dev);
		return ret;
	}
	return 0;
}

static void ddlink_pci_remove(struct pci_dev *pdev)
{
	struct ddlink_device *link = pci_get_drvdata(pdev);

	device_del(&link->dev);
	free_irqs(link);
	vunmap(link->region);
	put_device(&link->dev);
}

static const struct pci_device_id ddlink_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_DEVICE_ID_IVSHMEM) },
	{},
};
MODULE_DEVICE_TABLE(pci, ddlink_ids);

static struct pci_driver ddlink_pci = {
	.name = "ddlink",
	.id_table = ddlink_ids,
	.probe = ddlink_pci_probe,
	.remove = ddlink_pci_remove,
};

static int __init ddlink_init(void)
{
	int ret;

	ddlink_wq = alloc_workqueue("ddlink", WQ_MEM_RECLAIM, 0);
	if (!ddlink_wq)
		return -ENOMEM;
	ret = bus_register(&ddlink_bus);
	if (ret)
		goto destroy_wq;
	ret = pci_register_driver(&ddlink_pci);
	if (ret)
		goto unregister_bus;
	return 0;

unregister_bus:
	bus_unregister(&ddlink_bus);
destroy_wq:
	destroy_workqueue(ddlink_wq);
	return ret;
}

static void __exit ddlink_exit(void)
{
	pci_unregister_driver(&ddlink_pci);
	bus_unregister(&ddlink_bus);
	destroy_workqueue(ddlink_wq);
}

module_init(ddlink_init);
module_exit(ddlink_exit);
MODULE_DESCRIPTION("Links between a client and a driver VM over shared memory");
MODULE_LICENSE("GPL");
