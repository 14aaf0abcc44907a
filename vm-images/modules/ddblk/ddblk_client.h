/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client half of the block translation module: an ordinary disk whose hardware is a link to a
 * driver VM. ddblk_client_main.c is the side of the link, ddblk_client_disk.c that of the block
 * layer, ddblk_client_data.c the data area between them.
 */
#ifndef DDBLK_CLIENT_H
#define DDBLK_CLIENT_H

#include <linux/blk-mq.h>
#include <linux/interrupt.h>

#include "ddblk_config.h"
#include "ddlink.h"

/* Requests that may be unanswered at a time, held ones included. A power of two. */
#define DDBLK_DEPTH 128

/*
 * Requests that may be with the server at a time: more, because those that timed out are with it
 * until it answers.
 */
#define DDBLK_SENT_MAX 256

enum ddblk_cmd_state {
	DDBLK_CMD_IDLE, /* the block layer's, or already given back to it */
	DDBLK_CMD_WAITING, /* on client->waiting */
	DDBLK_CMD_SENT, /* on client->sent, and in one of client->places */
};

/* The driver's part of a request. All of it under the client's lock. */
struct ddblk_cmd {
	struct list_head node;
	enum ddblk_cmd_state state;
	struct ddblk_place *place; /* while sent */
};

/*
 * A request that the server has, and its part of the data area, which is its own until the answer
 * comes or the session ends: so long the disk may read or write there.
 */
struct ddblk_place {
	struct ddblk_cmd *cmd; /* NULL: it has timed out, and the answer matters to nobody */
	u64 cookie; /* of the record that it was sent as */
	u32 first; /* page of the data area */
	u32 pages; /* 0: it needs none */
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
	struct ddblk_place places[DDBLK_SENT_MAX];
	DECLARE_BITMAP(places_used, DDBLK_SENT_MAX);
	unsigned long *pages_used; /* bitmap of the data area */
	u32 pages; /* of the data area */
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

/* Allocates what keeps track of the data area. -ENOMEM, or -ENODEV if that is too small. */
int ddblk_data_init(struct ddblk_client *c);
void ddblk_data_free(struct ddblk_client *c);
/* A place for a request with so many bytes of data, or NULL until others are answered. lock held.
 */
struct ddblk_place *ddblk_place_get(struct ddblk_client *c, u32 bytes);
/* The place that an answer with this cookie belongs to, or NULL. lock held. */
struct ddblk_place *ddblk_place_find(struct ddblk_client *c, u64 cookie);
void ddblk_place_put(struct ddblk_client *c, struct ddblk_place *place);
/* The session is over: nobody has any request, and all of the data area is free. lock held. */
void ddblk_place_put_all(struct ddblk_client *c);
/* To and from a request's pages. lock held. */
void ddblk_data_write(struct ddblk_client *c, const struct ddblk_place *place, struct request *rq);
void ddblk_data_read(struct ddblk_client *c, const struct ddblk_place *place, struct request *rq);

/*
 * Sends what waits, as far as the ring has room. True if the server wants a doorbell. Under lock,
 * and only while ready.
 */
bool ddblk_client_send(struct ddblk_client *c);

#endif
