/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client half of the block translation module: an ordinary disk whose hardware is a link to a
 * driver VM. ddblk_client_main.c is the side of the link, ddblk_client_disk.c that of the block
 * layer.
 */
#ifndef DDBLK_CLIENT_H
#define DDBLK_CLIENT_H

#include <linux/blk-mq.h>
#include <linux/interrupt.h>

#include "ddblk_config.h"
#include "ddlink.h"

/* Requests that may be unanswered at a time, held ones included. A power of two. */
#define DDBLK_DEPTH 128

enum ddblk_cmd_state {
	DDBLK_CMD_IDLE, /* the block layer's, or already given back to it */
	DDBLK_CMD_WAITING, /* on client->waiting */
	DDBLK_CMD_SENT, /* on client->sent, and in client->table */
};

/* The driver's part of a request. All of it under the client's lock. */
struct ddblk_cmd {
	struct list_head node;
	enum ddblk_cmd_state state;
	u64 cookie; /* of the record it was last sent as */
};

struct ddblk_client {
	struct ddlink_device *link;
	struct gendisk *disk;
	struct blk_mq_tag_set tags;
	struct tasklet_struct tasklet; /* replies out of the ring */
	struct work_struct appear; /* makes the disk known, which reads from it */
	int index; /* the number in "ddblk0" */

	spinlock_t lock; /* irq; everything below, and the rings */
	struct list_head waiting; /* to be sent; oldest first */
	struct list_head sent; /* and not replied to; oldest first */
	struct ddblk_cmd *table[DDBLK_DEPTH]; /* the sent ones, by tag */
	u32 sequence; /* of requests sent; makes cookies unique */
	bool up; /* there is a session */
	bool ready; /* and the disk we know is behind it: requests may be sent */
	bool dead; /* there will be no other session */
	unsigned long lost_at; /* jiffies, when it was last ready; while it is not */

	/* the link's work, and once known also the disk's */
	bool known; /* the disk has been seen */
	bool added; /* and was made known to the block layer */
	struct ddblk_server_config geometry; /* as it was seen first */
};

/* Module parameter: how long a request may take, replays included, before it fails. */
extern unsigned int ddblk_timeout_ms;

/* Allocates disk, queue and tags. The disk does not appear yet. */
int ddblk_disk_alloc(struct ddblk_client *c);
/* Makes the disk appear as c->geometry says. May sleep for as long as a request may take. */
void ddblk_disk_add(struct ddblk_client *c);
/* Takes the disk away; c is freed when its last user closes it. c->dead is set. */
void ddblk_disk_remove(struct ddblk_client *c);

/*
 * Sends what waits, as far as the ring has room. True if the server wants a doorbell. Under lock,
 * and only while ready.
 */
bool ddblk_client_send(struct ddblk_client *c);

#endif
