// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bit that flips in what a driver's device reads or writes by itself: in the next of its buffers,
 * after the driver has filled it and before the device reads it, or the other way round. Buffers
 * that both use for long (rings of descriptors) are never handed over, so they are not seen here.
 */
#include <linux/dma-direction.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/timekeeping.h>

#include "ddfault.h"

/* Of whoever runs a command, and of the probes while they are registered. */
static struct {
	struct pci_dev *pdev; /* NULL: not armed */
	u64 chance;
	unsigned int within; /* the first so many bytes; 0: all */
	atomic_t skip; /* buffers that are spared; negative: it has struck, or is about to */
	bool struck; /* the rest is valid */
	ktime_t when;
	size_t offset, size;
	bool to_device;
} dma;

static void strike(void *buffer, size_t size, bool to_device)
{
	size_t within = dma.within && dma.within < size ? dma.within : size;
	u64 at;

	if (!size || atomic_dec_return(&dma.skip) != -1)
		return;
	div64_u64_rem(dma.chance >> 3, within, &at);
	((unsigned char *)buffer)[at] ^= 1 << (dma.chance & 7);
	dma.when = ktime_get();
	dma.offset = at;
	dma.size = size;
	dma.to_device = to_device;
	smp_store_release(&dma.struck, true);
}

/* Argument @n of the function that has just been called. Bus addresses take two on 32 bits. */
#define ARG(n) regs_get_kernel_argument(regs, n)
#define WORDS_OF_ADDRESS (sizeof(dma_addr_t) / sizeof(long))

static bool is_ours(struct pt_regs *regs)
{
	return (struct device *)ARG(0) == &dma.pdev->dev && atomic_read(&dma.skip) >= 0;
}

static dma_addr_t address_at(struct pt_regs *regs, unsigned int n)
{
	dma_addr_t address = ARG(n);

	if (WORDS_OF_ADDRESS > 1)
		address |= (u64)ARG(n + 1) << 32;
	return address;
}

static void strike_page(struct page *page, size_t offset, size_t size)
{
	if (!PageHighMem(page))
		strike(page_address(page) + offset, size, true);
}

static void strike_list(struct scatterlist *sg, bool to_device)
{
	if (sg && sg_page(sg) && !PageHighMem(sg_page(sg)))
		strike(sg_virt(sg), sg->length, to_device);
}

/* (dev, page, offset, size, direction) */
static int on_map_page(struct kprobe *p, struct pt_regs *regs)
{
	if (is_ours(regs) && ARG(4) != DMA_FROM_DEVICE)
		strike_page((struct page *)ARG(1), ARG(2), ARG(3));
	return 0;
}

/* (dev, address, size, direction); without an IOMMU the address is the memory's. */
static int on_unmap_page(struct kprobe *p, struct pt_regs *regs)
{
	const unsigned int size = 1 + WORDS_OF_ADDRESS;
	dma_addr_t address = address_at(regs, 1);

	if (is_ours(regs) && ARG(size + 1) != DMA_TO_DEVICE &&
	    !PageHighMem(pfn_to_page(PHYS_PFN(address))))
		strike(phys_to_virt(address), ARG(size), false);
	return 0;
}

/* (dev, list, entries, direction) */
static int on_map_list(struct kprobe *p, struct pt_regs *regs)
{
	if (is_ours(regs) && ARG(3) != DMA_FROM_DEVICE)
		strike_list((struct scatterlist *)ARG(1), true);
	return 0;
}

static int on_unmap_list(struct kprobe *p, struct pt_regs *regs)
{
	if (is_ours(regs) && ARG(3) != DMA_TO_DEVICE)
		strike_list((struct scatterlist *)ARG(1), false);
	return 0;
}

/* (dev, table, direction) */
static int on_map_table(struct kprobe *p, struct pt_regs *regs)
{
	if (is_ours(regs) && ARG(2) != DMA_FROM_DEVICE)
		strike_list(((struct sg_table *)ARG(1))->sgl, true);
	return 0;
}

static struct kprobe map_page, unmap_page, sync_page, map_list, unmap_list, map_table;
static struct kprobe *probes[] = {
	&map_page, &unmap_page, &sync_page, &map_list, &unmap_list, &map_table,
};

/* A probe that was registered cannot be again as it is. */
static void make_probes(void)
{
	map_page =
		(struct kprobe){ .symbol_name = "dma_map_page_attrs", .pre_handler = on_map_page };
	unmap_page = (struct kprobe){ .symbol_name = "dma_unmap_page_attrs",
				      .pre_handler = on_unmap_page };
	sync_page = (struct kprobe){ .symbol_name = "dma_sync_single_for_cpu",
				     .pre_handler = on_unmap_page };
	map_list = (struct kprobe){ .symbol_name = "dma_map_sg_attrs", .pre_handler = on_map_list };
	unmap_list = (struct kprobe){ .symbol_name = "dma_unmap_sg_attrs",
				      .pre_handler = on_unmap_list };
	map_table =
		(struct kprobe){ .symbol_name = "dma_map_sgtable", .pre_handler = on_map_table };
}

/* Ends it. What came of it, if it struck: how long ago, in microseconds, and where. */
static int dma_end(char **args, struct ddfault_result *result)
{
	ktime_t now = ktime_get(); /* it takes a while until no probe runs any more */

	if (!dma.pdev)
		return 0;
	unregister_kprobes(probes, ARRAY_SIZE(probes));
	pci_dev_put(dma.pdev);
	dma.pdev = NULL;
	if (result && smp_load_acquire(&dma.struck))
		ddfault_say(result, "age_us=%lld offset=%zu bit=%u size=%zu direction=%s",
			    max(ktime_us_delta(now, dma.when), 0ll), dma.offset,
			    (unsigned int)(dma.chance & 7), dma.size,
			    dma.to_device ? "to-device" : "from-device");
	return 0;
}

/* MODULE SKIP WITHIN CHANCE: a bit of the first WITHIN bytes of a buffer, SKIP buffers from now. */
static int dma_begin(char **args, struct ddfault_result *result)
{
	unsigned int skip;
	int ret = kstrtouint(args[1], 10, &skip);

	dma_end(NULL, NULL);
	if (!ret)
		ret = kstrtouint(args[2], 10, &dma.within);
	if (!ret)
		ret = kstrtou64(args[3], 10, &dma.chance);
	if (ret)
		return ret;
	if (skip > INT_MAX)
		return -ERANGE;
	dma.pdev = ddfault_find_pci(args[0]);
	if (!dma.pdev)
		return -ENODEV;
	dma.struck = false;
	atomic_set(&dma.skip, skip);
	make_probes();
	ret = register_kprobes(probes, ARRAY_SIZE(probes));
	if (ret) {
		pci_dev_put(dma.pdev);
		dma.pdev = NULL;
	}
	return ret;
}

void ddfault_dma_exit(void)
{
	dma_end(NULL, NULL);
}

const struct ddfault_command ddfault_dma_commands[] = {
	{ "dma", 4, dma_begin },
	{ "dma-end", 0, dma_end },
	{ NULL },
};
