/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of variable-sized records between one producer and one consumer that do not trust each
 * other. The same code runs in the kernel modules and in the unit tests.
 *
 * Indices count bytes, run freely and wrap at 2^32; all are multiples of DDLINK_ALIGN. A record is
 * a struct ddlink_rec_header and its payload, padded to DDLINK_ALIGN, and never wraps: a record of
 * type DDLINK_REC_PAD fills the end of the ring instead. So a payload can be copied in one go.
 *
 * Neither side reads back what it wrote: its own indices live in its struct here, and those in
 * shared memory are for the other side. What the other side wrote is read once and checked; a
 * function that finds nonsense returns -EPROTO, after which the session must end. What is only
 * advice (the two event indices) is not checked: a wrong value costs a notification too many, or
 * one too few, which the regular look at the rings with each heartbeat makes up for.
 *
 * Notifications are suppressed with event indices, as in virtio: a side that goes to sleep writes
 * the index at whose passing it wants to be woken, then looks once more.
 */
#ifndef DDLINK_RING_H
#define DDLINK_RING_H

#include "ddlink_shared.h"

#define DDLINK_ALIGN 16u
#define DDLINK_REC_PAD 0u /* types from 1 up belong to the device class */

struct ddlink_rec_header {
	__le32 len; /* bytes of payload */
	__le32 type; /* DDLINK_REC_PAD or the class's */
	__le64 cookie; /* the class's */
};

/*
 * The shared indices, one page for each ring. Each side's line is 128 bytes away from the other's
 * because processors fetch cache lines in pairs.
 */
struct ddlink_ring_ctl {
	/* written by the producer */
	__le32 head; /* end of what is published */
	__le32 space_event; /* kick the producer when tail passes this */
	__u8 pad[120];
	/* written by the consumer */
	__le32 tail; /* end of what is consumed */
	__le32 data_event; /* kick the consumer when head passes this */
};

struct ddlink_producer {
	struct ddlink_ring_ctl *ctl; /* shared */
	u8 *data; /* shared */
	u32 size; /* bytes of data, a power of two */
	u32 head; /* end of what is committed */
	u32 next; /* head after the reserved record */
	u32 published; /* head as the consumer may see it */
	u32 kick_from; /* published, when last asked whether to kick */
	u32 tail; /* the consumer's, as last seen and checked */
	u32 len; /* of the reserved record */
	u64 records; /* committed since the link exists */
	u64 bytes; /* of payload, likewise */
};

struct ddlink_consumer {
	struct ddlink_ring_ctl *ctl; /* shared */
	const u8 *data; /* shared */
	u32 size; /* bytes of data, a power of two */
	u32 tail; /* end of what is consumed */
	u32 next; /* tail after the record last peeked at */
	u32 released; /* tail as the producer may see it */
	u32 kick_from; /* released, when last asked whether to kick */
	u32 head; /* the producer's, as last seen and checked */
	u32 len; /* of the record last peeked at */
	u64 records; /* consumed since the link exists */
	u64 bytes; /* of payload, likewise */
};

/* A record as the consumer found it: checked, copied, except for what payload points to. */
struct ddlink_record {
	u32 len; /* bytes at payload, all inside the ring */
	u32 type; /* never DDLINK_REC_PAD */
	u64 cookie;
	const u8 *payload; /* shared: the producer may still change it; copy, then check */
};

static inline bool ddlink_need_event(u32 event, u32 now, u32 before)
{
	return (u32)(now - event - 1) < (u32)(now - before);
}

static inline u32 ddlink_record_size(u32 len)
{
	return sizeof(struct ddlink_rec_header) + ((len + DDLINK_ALIGN - 1) & ~(DDLINK_ALIGN - 1));
}

/* The longest payload; half a ring, so that a record and its padding always fit an empty one. */
static inline u32 ddlink_payload_max(u32 ring_size)
{
	return ring_size / 2 - sizeof(struct ddlink_rec_header);
}

/* Starts a session: both sides' own halves of the ring's control page are as after zeroing. */
static inline void ddlink_producer_reset(struct ddlink_producer *p)
{
	p->head = p->next = p->published = p->kick_from = p->tail = 0;
	ddlink_store(&p->ctl->space_event, ~0u);
	ddlink_store_release(&p->ctl->head, 0);
}

static inline void ddlink_consumer_reset(struct ddlink_consumer *c)
{
	c->tail = c->next = c->released = c->kick_from = c->head = 0;
	ddlink_store(&c->ctl->data_event, 0);
	ddlink_store_release(&c->ctl->tail, 0);
}

/* Bytes that are free, after a look at the consumer's index; -EPROTO if that is nonsense. */
static inline int ddlink_room(struct ddlink_producer *p)
{
	u32 tail = ddlink_load_acquire(&p->ctl->tail);

	/* It may only move forward, and not beyond what was published. */
	if (tail % DDLINK_ALIGN || (u32)(tail - p->tail) > (u32)(p->published - p->tail))
		return -EPROTO;
	p->tail = tail;
	return (int)(p->size - (u32)(p->head - tail));
}

/*
 * Reserves a record and returns where its payload goes: len bytes, to be written and then
 * committed; a reservation that is not committed is simply forgotten. -ENOSPC if the ring is too
 * full, -EMSGSIZE if it would never fit, -EPROTO.
 */
static inline int ddlink_reserve(struct ddlink_producer *p, u32 type, u32 len, u64 cookie,
				 u8 **payload)
{
	u32 off = p->head & (p->size - 1);
	u32 pad = 0, total;
	struct ddlink_rec_header *h;

	if (len > ddlink_payload_max(p->size))
		return -EMSGSIZE;
	total = ddlink_record_size(len);
	if (off + total > p->size)
		pad = p->size - off;
	if (pad + total > p->size - (u32)(p->head - p->tail)) {
		int room = ddlink_room(p);

		if (room < 0)
			return room;
		if (pad + total > (u32)room)
			return -ENOSPC;
	}
	if (pad) {
		h = (struct ddlink_rec_header *)(p->data + off);
		ddlink_store(&h->len, (u32)(pad - sizeof(*h)));
		ddlink_store(&h->type, DDLINK_REC_PAD);
		off = 0;
	}
	h = (struct ddlink_rec_header *)(p->data + off);
	ddlink_store(&h->len, len);
	ddlink_store(&h->type, type);
	ddlink_store64(&h->cookie, cookie);
	p->next = p->head + pad + total;
	p->len = len;
	*payload = (u8 *)(h + 1);
	return 0;
}

/* The reserved record is complete. Nothing is seen of it before ddlink_publish(). */
static inline void ddlink_commit(struct ddlink_producer *p)
{
	p->head = p->next;
	p->records++;
	p->bytes += p->len;
}

/* Lets the consumer see what is committed. */
static inline void ddlink_publish(struct ddlink_producer *p)
{
	p->published = p->head;
	ddlink_store_release(&p->ctl->head, p->published);
}

/* Whether the consumer sleeps and wants to be woken for what was published since last asked. */
static inline bool ddlink_producer_kick(struct ddlink_producer *p)
{
	u32 before = p->kick_from;

	p->kick_from = p->published;
	/* The index must be out before the event is read; pairs with ddlink_consumer_arm(). */
	ddlink_mb();
	return ddlink_need_event(ddlink_load(&p->ctl->data_event), p->published, before);
}

/*
 * Asks for a kick once room bytes are free. Returns the room there is by now (it may suffice
 * already, then no kick need come), or -EPROTO.
 */
static inline int ddlink_producer_arm(struct ddlink_producer *p, u32 room)
{
	ddlink_store(&p->ctl->space_event, p->head + room - p->size - 1);
	/* Pairs with ddlink_consumer_kick(). */
	ddlink_mb();
	return ddlink_room(p);
}

/* Looks at the next record: 1 and *rec, 0 if there is none, -EPROTO. */
static inline int ddlink_peek(struct ddlink_consumer *c, struct ddlink_record *rec)
{
	for (;;) {
		const struct ddlink_rec_header *h;
		u32 off = c->tail & (c->size - 1);
		u32 avail = c->head - c->tail;
		u32 len, type, total;

		if (!avail) {
			u32 head = ddlink_load_acquire(&c->ctl->head);

			avail = head - c->tail;
			if (!avail)
				return 0;
			if (head % DDLINK_ALIGN || avail > c->size)
				return -EPROTO;
			c->head = head;
		}
		h = (const struct ddlink_rec_header *)(c->data + off);
		len = ddlink_load(&h->len);
		type = ddlink_load(&h->type);
		if (len > c->size)
			return -EPROTO;
		total = ddlink_record_size(len);
		if (total > avail || off + total > c->size)
			return -EPROTO;
		if (type != DDLINK_REC_PAD) {
			rec->len = c->len = len;
			rec->type = type;
			rec->cookie = ddlink_load64(&h->cookie);
			rec->payload = (const u8 *)(h + 1);
			c->next = c->tail + total;
			return 1;
		}
		/* Padding reaches exactly to the end, so this comes round once at most. */
		if (off + total != c->size || off == 0)
			return -EPROTO;
		c->tail += total;
	}
}

/* Done with the record last peeked at. Its memory is the producer's after ddlink_release(). */
static inline void ddlink_consume(struct ddlink_consumer *c)
{
	c->tail = c->next;
	c->records++;
	c->bytes += c->len;
}

/* Gives the memory of the consumed records back. */
static inline void ddlink_release(struct ddlink_consumer *c)
{
	c->released = c->tail;
	ddlink_store_release(&c->ctl->tail, c->released);
}

/* Whether the producer waits for room and got it by what was released since last asked. */
static inline bool ddlink_consumer_kick(struct ddlink_consumer *c)
{
	u32 before = c->kick_from;

	if (before == c->released)
		return false;
	c->kick_from = c->released;
	/* Pairs with ddlink_producer_arm(). */
	ddlink_mb();
	return ddlink_need_event(ddlink_load(&c->ctl->space_event), c->released, before);
}

/* Asks for a kick at the next record. True if there is something by now: look again. */
static inline bool ddlink_consumer_arm(struct ddlink_consumer *c)
{
	ddlink_store(&c->ctl->data_event, c->tail);
	/* Pairs with ddlink_producer_kick(). */
	ddlink_mb();
	return ddlink_load(&c->ctl->head) != c->tail;
}

#endif
