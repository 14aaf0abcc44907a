/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the PCI translation module's server half have in common. */
#ifndef DDPCI_SERVER_H
#define DDPCI_SERVER_H

#include <linux/notifier.h>
#include <linux/pci.h>

#include "ddlink.h"
#include "ddpci_config.h"

struct ddpci_server {
	struct ddlink_device *link;
	struct work_struct work;
	struct delayed_work tell; /* shows the buses anew, after something has come or gone */
	struct work_struct end; /* frees this, after the link is gone */
	struct notifier_block pci_notifier;
	struct mutex lock; /* everything below, and the rings */
	bool live; /* there is a session, and the client kept to the rules in it */
	bool dead; /* the link is gone */
	bool bound; /* a bus is; the next three hold */
	int domain;
	u8 first_bus;
	u8 last_bus;
	u32 generation; /* counts what has come and gone */
};

/* The function that @where (of a request, checked) means, to be put; NULL: not there, not ours. */
struct pci_dev *ddpci_function(const struct ddpci_server *srv, u32 where);
/* Reads @size bytes of its configuration space; all ones if that fails. */
u32 ddpci_read(struct pci_dev *pdev, unsigned int offset, unsigned int size);
/* Writes so much of @value as may be written: see ddpci_policy.c. */
void ddpci_write(struct pci_dev *pdev, unsigned int offset, unsigned int size, u32 value);
/* Where it decodes, number @index (DDPCI_RES_*); NULL: it has no such resource. */
const struct resource *ddpci_resource(const struct pci_dev *pdev, unsigned int index);

#endif
