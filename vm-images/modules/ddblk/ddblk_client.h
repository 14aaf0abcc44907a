/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client half of the block translation module: an ordinary disk whose hardware is a link to a
 * driver VM. ddblk_client_main.c is the side of the link, ddblk_client_disk.c that of the block
 * layer, ddblk_client_data.c the data area between them, ddblk_client_check.c compares what is read
 * with what was written.
 */
#ifndef DDBLK_CLIENT_H
#define DDBLK_CLIENT_H

#include <linux/blk-mq.h>
#include <linux/interrupt.h>
#include <linux/xarray.h>

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

/* How far the driver VM's work is checked: the setting "integrity". */
enum ddblk_check_mode {
	DDBLK_CHECK_OFF,
	DDBLK_CHECK_ERRORS, /* errors are not believed of one driver VM */
	DDBLK_CHECK_READ, /* nor data: what is read is what was last written or read there */
	DDBLK_CHECK_WRITE, /* and what was written is read back before it is acknowledged */
};

/* The driver's part of a request. All of it under the client's lock. */
struct ddblk_cmd {
	struct list_head node;
	enum ddblk_cmd_state state;
	unsigned long sent_at; /* jiffies; once sent */
	struct ddblk_place *place; /* while sent, and while waiting to be read back */
	u32 sum; /* of all that a write has written */
	bool reading_back; /* the write is done, it is said; it is being read, or waits to be */
	bool doubted; /* it was under way when a driver VM was complained of */
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
	sector_t sector; /* of the disk; so long, these are being read or written */
	u32 sectors;
	bool reads; /* and does not change them */
};

/*
 * What is needed to know the disk's contents again. In the client's own memory, 4 bytes for each of
 * the disk's logical blocks that was written or read, as far as there is memory.
 */
struct ddblk_check {
	struct mutex lock; /* orders changes of mode */
	enum ddblk_check_mode mode; /* changes while the queue is frozen */
	struct xarray sums; /* pages of checksums, by block; 0: not known */
	unsigned int shift; /* from sectors to blocks */
	u8 *copy; /* DDBLK_DATA_MAX bytes: a request's data, where nobody else writes; or NULL */
	u64 poison; /* what lies where a read is to put its data */
	bool damaged; /* another driver VM had the same wrong data or error: they are the disk's */

	u64 checked; /* blocks that were compared */
	u64 untracked; /* blocks whose checksum was not kept for want of memory */
	u64 mismatches; /* replies that were wrong */
	u64 errors; /* replies that said that the disk had failed */
	u64 verified; /* writes that were read back, and were right */
	u64 failed; /* requests that failed for it */
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
	struct ddblk_check check;
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
/* A place for a request, or NULL until others are answered. lock held. */
struct ddblk_place *ddblk_place_get(struct ddblk_client *c, struct request *rq);
/* It is used for another request to the driver VM now, whose answer is awaited. lock held. */
void ddblk_place_renew(struct ddblk_client *c, struct ddblk_place *place);
/* The place that an answer with this cookie belongs to, or NULL. lock held. */
struct ddblk_place *ddblk_place_find(struct ddblk_client *c, u64 cookie);
void ddblk_place_put(struct ddblk_client *c, struct ddblk_place *place);
/* The session is over: nobody has any request, and all of the data area is free. lock held. */
void ddblk_place_put_all(struct ddblk_client *c);
/* The place's memory, which the driver VM can write to at any time. */
u8 *ddblk_data_of(struct ddblk_client *c, const struct ddblk_place *place);
/* From and to a request's pages. */
void ddblk_data_gather(u8 *to, struct request *rq);
void ddblk_data_scatter(struct request *rq, const u8 *from);

/* Of a READ or WRITE; else 0. */
static inline u32 ddblk_data_bytes(struct request *rq)
{
	return req_op(rq) == REQ_OP_READ || req_op(rq) == REQ_OP_WRITE ? blk_rq_bytes(rq) : 0;
}

void ddblk_check_init(struct ddblk_client *c);
void ddblk_check_free(struct ddblk_client *c);
/* Are data looked at? lock held, or the queue frozen. */
static inline bool ddblk_check_data(const struct ddblk_client *c)
{
	return c->check.mode >= DDBLK_CHECK_READ;
}

/* Must this wait for a request under way, or else it would not be known what the disk has? lock
 * held. */
bool ddblk_check_conflict(struct ddblk_client *c, sector_t sector, u32 sectors, bool reads);
/* A command is about to be sent, its place is there: fills that. lock held. */
void ddblk_check_send(struct ddblk_client *c, struct ddblk_cmd *cmd);
/*
 * What of an answer with *@status? 1: the request ends, with *@status, and, if data are looked at,
 * has its data; 0: it is to be read back, as a command that waits; -EILSEQ: the driver VM is wrong,
 * and nothing it says is believed. lock held.
 */
int ddblk_check_reply(struct ddblk_client *c, struct ddblk_cmd *cmd, blk_status_t *status);
/* What the disk has there is not known any more: a request that may have been carried out. lock
 * held.
 */
void ddblk_check_forget(struct ddblk_client *c, struct request *rq);
extern const struct attribute_group *ddblk_check_groups[];

/* How much WRITE_ZEROES may have, checks being as they are. */
void ddblk_disk_limit_zeroes(struct ddblk_client *c);
/*
 * A command leaves its place: it is to begin from the beginning, or was given up. The place of one
 * that was sent stays taken, for the disk may still read or write there. lock held.
 */
void ddblk_client_leave(struct ddblk_client *c, struct ddblk_cmd *cmd);

/*
 * Sends what waits, as far as the ring has room. True if the server wants a doorbell. Under lock,
 * and only while ready.
 */
bool ddblk_client_send(struct ddblk_client *c);

/* Of c->tasklet: what is in the ring, in goes; then a doorbell is asked for. */
void ddblk_client_take_replies(struct tasklet_struct *t);

#endif
