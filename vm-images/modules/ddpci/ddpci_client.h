/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the PCI translation module's client half have in common. */
#ifndef DDPCI_CLIENT_H
#define DDPCI_CLIENT_H

#include <linux/pci.h>
#include <linux/spinlock.h>

#include "ddlink.h"
#include "ddpci_config.h"

#define DDPCI_FUNCTIONS (1u << 16) /* numbers: bus above, device and function below */
/* Functions that a server may have; more would be a way to fill the client's memory. */
#define DDPCI_FUNCTIONS_MAX 256u

/* What the client knows of a function. */
#define DDPCI_IS_BRIDGE 1u /* its header is a bridge's */
#define DDPCI_EXISTS 2u /* the kernel has a device of it */
#define DDPCI_PUBLISHED 4u /* which shows what the function is */

struct ddpci_client {
	struct ddlink_device *link;
	struct work_struct work; /* all that takes the kernel's lock of PCI buses */
	struct work_struct end; /* frees this, after the link is gone */

	raw_spinlock_t lock; /* irq; the rings, and up to patience_at */
	bool up; /* there is a session, and the server kept to the rules in it */
	bool ready; /* and it has a bus: requests may be sent */
	bool dead; /* there will be no other session; link may be gone */
	bool unanswered; /* a request was sent in this session and not replied to */
	u64 cookie; /* of the last one */
	u64 patience_ns; /* for which requests may yet be waited for: see ddpci_client_ask.c */
	u64 patience_at; /* ktime, when that was reckoned */

	/* shown by the server, lock */
	u8 first_bus, last_bus;

	/* the work's */
	struct pci_sysdata sysdata;
	struct pci_ops ops;
	struct resource busn; /* of the host bridge */
	struct notifier_block pci_notifier;
	struct pci_bus *bus; /* NULL: none yet */
	struct task_struct *scanner; /* who may wait for replies asleep, */
	unsigned long scan_until; /* jiffies, and not beyond */
	bool broken; /* it has waited in vain */
	u32 functions; /* that exist */
	u8 known[DDPCI_FUNCTIONS]; /* DDPCI_IS_BRIDGE... of each */
};

/*
 * Asks the server. 0 and, if wanted, *@reply (host's byte order is the caller's); -ENXIO: no such
 * function; -EAGAIN, -ETIMEDOUT, -ENODEV, -EPROTO: no answer. Any context; spins. The scanner
 * sleeps, and is more patient.
 */
int ddpci_ask(struct ddpci_client *c, enum ddpci_op op, u32 where, u32 size, u32 value,
	      struct ddpci_reply *reply);
/* Takes a late reply out of the ring. lock held; 1, 0 or -EPROTO (the session has ended). */
int ddpci_receive(struct ddpci_client *c, struct ddpci_reply *reply);
/* Nothing is sent or read any more, until the next session. lock held. */
void ddpci_violation(struct ddpci_client *c, const char *text);

/* The configuration space that the kernel sees; and what it does with its devices. */
extern const struct pci_ops ddpci_ops;
int ddpci_pci_event(struct notifier_block *nb, unsigned long action, void *data);
/* Makes the client's bus what the server's is: 0, or -EAGAIN if the server did not answer. */
int ddpci_scan(struct ddpci_client *c);
void ddpci_remove_bus(struct ddpci_client *c);

extern struct workqueue_struct *ddpci_wq;

#endif
