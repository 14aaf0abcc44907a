// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver VM's side of configuration space: what a client may read and write of a function that
 * a driver of this VM may be using at the same time.
 *
 * It may read everything. Of writes one kind passes: clearing a status bit that says what has gone
 * wrong. All such bits are cleared by writing 1 to them, and writing 0 changes nothing, so every
 * other bit of a write can be replaced by 0. Nothing can be set: no decoding, no bus mastering, no
 * address, no power state, no interrupt; those are the driver's and its bus's. Nor can the status
 * bits be cleared by which a slot tells its driver that something was plugged.
 */
#include "ddpci_server.h"

/* A register of which bits may be cleared. */
struct clearable {
	enum { IN_HEADER, IN_BRIDGE, IN_CAP, IN_EXT_CAP } place;
	u16 cap; /* capability that it is in */
	u16 offset; /* from there */
	u16 size; /* 2 or 4 bytes */
	u32 mask; /* bits that are cleared by writing 1 to them, and that may be */
};

#define STATUS_ERRORS                                                                    \
	(PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | PCI_STATUS_REC_TARGET_ABORT | \
	 PCI_STATUS_REC_MASTER_ABORT | PCI_STATUS_SIG_SYSTEM_ERROR | PCI_STATUS_DETECTED_PARITY)

static const struct clearable clearable[] = {
	{ IN_HEADER, 0, PCI_STATUS, 2, STATUS_ERRORS },
	{ IN_BRIDGE, 0, PCI_SEC_STATUS, 2, STATUS_ERRORS },
	{ IN_CAP, PCI_CAP_ID_EXP, PCI_EXP_DEVSTA, 2,
	  PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_FED | PCI_EXP_DEVSTA_URD },
	{ IN_EXT_CAP, PCI_EXT_CAP_ID_ERR, PCI_ERR_UNCOR_STATUS, 4, ~0u },
	{ IN_EXT_CAP, PCI_EXT_CAP_ID_ERR, PCI_ERR_COR_STATUS, 4, ~0u },
};

struct pci_dev *ddpci_function(const struct ddpci_server *srv, u32 where)
{
	unsigned int bus = where >> 20, devfn = where >> 12 & 0xff;

	if (!srv->bound || bus < srv->first_bus || bus > srv->last_bus)
		return NULL;
	return pci_get_domain_bus_and_slot(srv->domain, bus, devfn);
}

u32 ddpci_read(struct pci_dev *pdev, unsigned int offset, unsigned int size)
{
	u32 value = ~0u;
	u16 word = ~0;
	u8 byte = ~0;

	if (offset + size > pdev->cfg_size)
		return value;
	switch (size) {
	case 1:
		pci_user_read_config_byte(pdev, offset, &byte);
		return byte;
	case 2:
		pci_user_read_config_word(pdev, offset, &word);
		return word;
	default:
		pci_user_read_config_dword(pdev, offset, &value);
		return value;
	}
}

/* Where that register is; 0 (which is none of them) if the function has it not. */
static unsigned int find_register(struct pci_dev *pdev, const struct clearable *r)
{
	unsigned int base = 0;

	switch (r->place) {
	case IN_HEADER:
		return r->offset;
	case IN_BRIDGE:
		return pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE ? r->offset : 0;
	case IN_CAP:
		base = pci_find_capability(pdev, r->cap);
		break;
	case IN_EXT_CAP:
		base = pci_find_ext_capability(pdev, r->cap);
		break;
	}
	return base ? base + r->offset : 0;
}

void ddpci_write(struct pci_dev *pdev, unsigned int offset, unsigned int size, u32 value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(clearable); i++) {
		const struct clearable *r = &clearable[i];
		unsigned int at = find_register(pdev, r);
		u64 bits = value & (u32)(BIT_ULL(8 * size) - 1);

		if (!at || offset >= at + r->size || offset + size <= at)
			continue;
		/* What of the write falls on the register; both are aligned, so neither straddles.
		 */
		bits = offset >= at ? bits << 8 * (offset - at) : bits >> 8 * (at - offset);
		bits &= r->mask & (u32)(BIT_ULL(8 * r->size) - 1);
		if (bits && r->size == 2)
			pci_user_write_config_word(pdev, at, bits);
		else if (bits)
			pci_user_write_config_dword(pdev, at, bits);
	}
}

const struct resource *ddpci_resource(const struct pci_dev *pdev, unsigned int index)
{
	if (index < DDPCI_RES_WINDOW)
		return &pdev->resource[index];
	return pdev->subordinate ?
		       &pdev->resource[PCI_BRIDGE_RESOURCES + index - DDPCI_RES_WINDOW] :
		       NULL;
}
