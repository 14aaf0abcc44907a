/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's interface to links: each link whose descriptor is sound is a device on bus
 * "ddlink", named as the descriptor says. A translation module (ddnet, ...) registers a driver for
 * its class and one of the two roles; ddlink brings sessions up and down and leaves the rings'
 * contents to it.
 */
#ifndef DDLINK_H
#define DDLINK_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "ddlink_desc.h"
#include "ddlink_layout.h"
#include "ddlink_ring.h"
#include "ddlink_session.h"

struct ddlink_device;
struct pci_dev;

/*
 * A driver of one class and role. All callbacks but notify may sleep and are never called twice
 * at the same time for one link; the order is probe, (up, config..., down)..., remove.
 */
struct ddlink_driver {
	struct device_driver driver; /* name and owner are set by the caller */
	u32 class; /* enum ddlink_class */
	u32 role; /* DDLINK_SERVER or DDLINK_CLIENT */
	u64 features; /* the class's offer, shown to the other side */

	/* A link of this kind is there; no session yet. Negative errno refuses it. */
	int (*probe)(struct ddlink_device *link);
	/* The link goes away; its session is down already. */
	void (*remove)(struct ddlink_device *link);
	/* A session begins: rings are empty, link->peer_features is set. */
	void (*up)(struct ddlink_device *link);
	/* It is over. On return the driver must have stopped touching the rings. */
	void (*down)(struct ddlink_device *link);
	/* Optional. The other side's configuration may have changed; also called right after up. */
	void (*config)(struct ddlink_device *link);
	/*
	 * Optional. There is no session, and nobody means to begin another: nothing need wait for
	 * one. May be called again, and be wrong: up() takes it back.
	 */
	void (*abandoned)(struct ddlink_device *link);
	/*
	 * The rings want looking at. Called in hard interrupt context, and from a timer with each
	 * heartbeat, while a session is up; a last call may come as late as during down.
	 */
	void (*notify)(struct ddlink_device *link);

	/*
	 * Servers: the driver's device that is passed on, attribute "lower" of the link in sysfs.
	 * bind takes the one called @name in place of the last, or none if it is empty; bound
	 * writes the present one's name and a newline, as sysfs_emit() does. Any time between
	 * probe and remove, in the process that writes or reads, and by several at a time.
	 */
	int (*bind)(struct ddlink_device *link, const char *name);
	ssize_t (*bound)(struct ddlink_device *link, char *buf);
	size_t name_size; /* bytes of the longest such name, with its end; DDLINK_LOWER_MAX at most
			   */

	/*
	 * Optional, servers: what a client could ask for that changes nothing, for a machine that
	 * stands by to rehearse. Called while the session of a rehearsal is up. Writes the payload
	 * of a record to @payload, its type to *type; returns its length, DDLINK_REHEARSAL_MAX at
	 * most, or a negative errno.
	 */
	int (*rehearse)(struct ddlink_device *link, u8 *payload, u32 *type);
};

#define DDLINK_REHEARSAL_MAX 128

#define DDLINK_LOWER_MAX 32

enum ddlink_state {
	DDLINK_DOWN, /* the other side is not there, or silent */
	DDLINK_CONNECTING, /* it is there; no session yet */
	DDLINK_UP,
	DDLINK_FAILED, /* it broke the rules; we wait before we try again */
};

struct ddlink_stats {
	atomic64_t doorbells; /* rung by us for the rings; each costs both machines an exit */
	u64 ring_irqs;
	u64 control_irqs;
	u64 sessions; /* that came up */
	u64 restarts; /* ended because the other side left or started afresh */
	u64 silences; /* ended because it fell silent */
	u64 violations; /* of the protocol by the other side */
	u64 repairs; /* of our own configuration in shared memory */
	u64 rehearsals; /* requests that were answered in rehearsals; those count nowhere else */

	/* counted by the driver */
	u64 tx_full; /* times the ring to the other side was full */
	u64 tx_dropped; /* what was therefore, or otherwise, not sent */
	u64 rx_dropped; /* records that were received, understood, and not passed on */
};

struct ddlink_device {
	struct device dev;
	struct pci_dev *pdev;
	void __iomem *regs;
	u8 *region; /* the shared memory */
	struct ddlink_geometry geo;
	u32 role; /* ours */
	struct ddlink_producer tx; /* used by the driver, between up and down */
	struct ddlink_consumer rx;
	u64 peer_features; /* while up */
	void *priv; /* the driver's */
	struct ddlink_stats stats;

	/* private to ddlink */
	struct mutex lock; /* orders the driver's callbacks */
	struct ddlink_driver *driver; /* lock to write; set while attached */
	enum ddlink_state state; /* lock to write */
	bool live; /* lock to write; between up and down */
	bool standby; /* lock to write; the shared memory is not ours to write to */
	bool called; /* the control doorbell was rung; while standing by */
	spinlock_t session_lock; /* bh; inside lock */
	struct ddlink_session session; /* session_lock */
	struct delayed_work work;
	struct timer_list beat;
	u32 complaints; /* as shown in our page; whoever complains writes it */
	bool complained; /* since the session came up */
	const char *violation; /* set once by whoever finds one, cleared by the work */
	unsigned long retry_at; /* jiffies; while DDLINK_FAILED */
	unsigned long up_since; /* jiffies */
	unsigned int backoff_ms;
	spinlock_t config_lock;
	u32 config_seq; /* config_lock */
	u8 config[sizeof_field(struct ddlink_side, config)]; /* config_lock */
	u32 peer_config_seq; /* as last handed to the driver */
};

static inline struct ddlink_device *to_ddlink(struct device *dev)
{
	return container_of(dev, struct ddlink_device, dev);
}

int ddlink_driver_register(struct ddlink_driver *drv);
void ddlink_driver_unregister(struct ddlink_driver *drv);
/* For a module that is one such driver and nothing else; in place of module_init() and _exit(). */
#define module_ddlink_driver(drv) \
	module_driver(drv, ddlink_driver_register, ddlink_driver_unregister)

#define DDLINK_REG_DOORBELL 12

static inline void ddlink_ring_doorbell(struct ddlink_device *link, u32 vector)
{
	writel(DDLINK_OTHER_ID << 16 | vector, link->regs + DDLINK_REG_DOORBELL);
}

/* Wakes the other side's look at the rings. Ask ddlink_{producer,consumer}_kick() first. */
static inline void ddlink_kick(struct ddlink_device *link)
{
	atomic64_inc(&link->stats.doorbells);
	ddlink_ring_doorbell(link, DDLINK_VECTOR_RING);
}

/*
 * Whether there may be a record, without touching it: for a notify() that has to wake somebody to
 * look. Any context. Whoever is consuming meanwhile looks once more before it sleeps.
 */
static inline bool ddlink_pending(const struct ddlink_device *link)
{
	return ddlink_load(&link->rx.ctl->head) != READ_ONCE(link->rx.tail);
}

/*
 * The other side broke the rules: the session will be ended, and tried again after a pause. Any
 * context; text must be a string constant. The caller stops using the rings.
 */
void ddlink_violation(struct ddlink_device *link, const char *text);

/*
 * The other side kept the rules, and what it did is wrong all the same: data are not what was
 * stored. As a violation; besides, whoever supervises that side is asked to replace it at once. If
 * nobody does, the next session is with the same one again. Not by two at a time for one link.
 */
void ddlink_complain(struct ddlink_device *link, const char *text);

/*
 * Shows whether we wait for an answer, for whoever supervises the other side: one that beats, and
 * answers nothing though it is asked, is stuck. Any context.
 */
static inline void ddlink_show_waits(struct ddlink_device *link, enum ddlink_waits waits)
{
	ddlink_store(&link->session.own->waits, waits);
}

/* Shows our configuration to the other side; at most sizeof(link->config) bytes. Any context. */
void ddlink_set_config(struct ddlink_device *link, const void *config, size_t len);

/*
 * Copies the other side's configuration: a consistent one, but unchecked. -EAGAIN if it keeps
 * changing.
 */
int ddlink_peer_config(struct ddlink_device *link, void *config, size_t len);

#define DDLINK_BAR_MEMORY 2 /* of the link's PCI device */

/*
 * Not in kernels without CONFIG_ZONE_DEVICE.
 *
 * Gives the shared memory struct pages, so that a driver of this machine can have devices read and
 * write it, until ddlink_unshare_pages(), by when no device may be using it. *pages is the
 * caller's, zeroed. Process context.
 */
int ddlink_share_pages(struct ddlink_device *link, struct dev_pagemap *pages);
void ddlink_unshare_pages(struct dev_pagemap *pages);

/* The page at an offset of the shared memory; those of a span follow each other. */
static inline struct page *ddlink_page(const struct dev_pagemap *pages, u32 offset)
{
	return pfn_to_page((pages->range.start + offset) >> PAGE_SHIFT);
}

/* Used among ddlink's own files. */
extern struct workqueue_struct *ddlink_wq;
extern struct bus_type ddlink_bus;
void ddlink_link_init(struct ddlink_device *link);
/* From now on the link's memory is what lies at @region. There is no session. */
void ddlink_place(struct ddlink_device *link, u8 *region);
void ddlink_attach(struct ddlink_device *link, struct ddlink_driver *drv);
void ddlink_detach(struct ddlink_device *link);
void ddlink_control(struct ddlink_device *link);
int ddlink_stand_by(struct ddlink_device *link);
/* Below, lock is held. A new session number and empty rings; no acknowledgement in a pause. */
void ddlink_begin(struct ddlink_device *link);
/* Looks at the other side, and does what is to be done about it: up, down, config. */
void ddlink_look(struct ddlink_device *link);
/* Leaves the session, and the link. */
void ddlink_end(struct ddlink_device *link);
/*
 * For a machine that stands by: goes through a session with itself, in memory of its own. 0 if
 * there is nothing to rehearse, -EBUSY if it does not stand by, -ETIMEDOUT, -ENOMEM. May sleep.
 */
int ddlink_rehearse(struct ddlink_device *link);
/* Writes our configuration anew if the other side has damaged it. True if it had. */
bool ddlink_restore_config(struct ddlink_device *link);
/* Is the other side's another than that which was last told to our driver? */
bool ddlink_config_changed(struct ddlink_device *link);

#endif
