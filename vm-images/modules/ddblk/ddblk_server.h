/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server half of the block translation module, in the driver VM: a disk, whichever driver it
 * has, on one side, a link on the other. One thread does it all: ddblk_server_main.c moves records,
 * ddblk_server_io.c makes them bios, ddblk_server_disk.c has the disk.
 */
#ifndef DDBLK_SERVER_H
#define DDBLK_SERVER_H

#include <linux/blkdev.h>
#include <linux/llist.h>
#include <linux/mutex.h>

#include "ddblk_config.h"
#include "ddlink.h"

/*
 * Requests that the disk may have at a time. What else the client sends stays in the ring, where it
 * feels the back-pressure.
 */
#define DDBLK_SLOTS 128

struct ddblk_server;

/* A request that the disk works on, or that waits for room for its reply. */
struct ddblk_io {
	struct llist_node done; /* on srv->done */
	struct list_head node; /* on srv->free or srv->replies */
	struct ddblk_server *srv;
	u64 cookie;
	enum ddblk_op op;
	u32 bytes;
	u32 data; /* READ, WRITE: where it lies in the data area; checked, as bytes is */
	u32 error; /* positive errno, or 0 */
};

struct ddblk_server {
	struct ddlink_device *link;
	struct dev_pagemap pages; /* of the shared memory; not of ddblk_server_bounce.c */
	struct task_struct *task; /* parked while there is no session */
	bool broken; /* the thread's; the client broke the rules, the session will end */

	/* the thread's; also of whoever has parked it and waited for idle */
	struct list_head free;
	struct list_head replies; /* oldest first */
	struct ddblk_io slots[DDBLK_SLOTS];

	struct llist_head done; /* by the disk; newest first */
	spinlock_t busy_lock; /* irq */
	unsigned int busy; /* busy_lock; slots that the disk has */
	wait_queue_head_t idle; /* busy may be 0 */

	struct mutex lock; /* orders binding and sessions */
	bool live; /* lock; there is a session */
	struct block_device *bdev; /* written under lock while the thread is parked */
	fmode_t mode; /* that it was opened with */
	bool no_writers; /* its driver refused to have it opened for writing */
};

/* Binds disk /dev/NAME, or none if name is empty. The thread is parked, the disk idle. */
int ddblk_disk_bind(struct ddblk_server *srv, const char *name);

void ddblk_io_init(struct ddblk_server *srv);

/*
 * Hands a record's request to the disk, or ends it at once. -EPROTO: no honest client sends such a
 * record.
 */
int ddblk_io_start(struct ddblk_io *io, const struct ddlink_record *rec);

/*
 * READ and WRITE: how the disk gets at the data. ddblk_server_inplace.c or, in kernels that cannot
 * do that, ddblk_server_bounce.c.
 */
int ddblk_data_init(struct ddblk_server *srv);
void ddblk_data_exit(struct ddblk_server *srv);
/* A bio with the data of @io, for ddblk_data_done() before bio_put(). NULL: no memory. May sleep.
 */
struct bio *ddblk_data_bio(struct ddblk_io *io, blk_opf_t opf);
/* The disk is done with it, io->error is set. Any context. */
void ddblk_data_done(struct ddblk_io *io, struct bio *bio);

/* The disk has a request; then it is done with it, in any context. */
void ddblk_io_begin(struct ddblk_io *io);
void ddblk_io_done(struct ddblk_io *io);

#endif
