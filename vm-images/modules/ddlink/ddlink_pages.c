// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Struct pages for a link's memory, in kernels that can have them for memory that is not theirs:
 * 32-bit ones cannot.
 */
#include <linux/memremap.h>
#include <linux/pci.h>

#include "ddlink.h"

/*
 * The mapping that comes with the pages is not used here: it follows the MTRRs (see map_memory()),
 * which does not matter to devices.
 */
int ddlink_share_pages(struct ddlink_device *link, struct dev_pagemap *pages)
{
	void *mapping;

	pages->type = MEMORY_DEVICE_GENERIC;
	pages->range.start = pci_resource_start(link->pdev, DDLINK_BAR_MEMORY);
	pages->range.end = pci_resource_end(link->pdev, DDLINK_BAR_MEMORY);
	pages->nr_range = 1;
	mapping = memremap_pages(pages, NUMA_NO_NODE);
	return PTR_ERR_OR_ZERO(mapping);
}
EXPORT_SYMBOL_GPL(ddlink_share_pages);

void ddlink_unshare_pages(struct dev_pagemap *pages)
{
	memunmap_pages(pages);
}
EXPORT_SYMBOL_GPL(ddlink_unshare_pages);
