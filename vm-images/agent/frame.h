/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of the agent's protocol in and out of byte buffers: cutting a received stream into
 * frames, and queueing frames to be sent. Knows nothing of ttys or of what a frame means, so that
 * the unit tests can run it on the host.
 */
#ifndef DRIVERVM_AGENT_FRAME_H
#define DRIVERVM_AGENT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/protocol.h"

/* All zeroes is a valid, empty reader. */
struct frame_reader {
	uint8_t buf[2 * (sizeof(struct ddag_header) + DDAG_PAYLOAD_MAX)];
	size_t start; /* first byte not yet consumed */
	size_t end; /* end of the bytes received */
	uint64_t skipped; /* bytes dropped because they were no frame, ever */
	bool progress; /* bytes came since frame_reader_stalled() last looked */
};

/* Where to put received bytes; *@space (never 0) is how many fit. */
void *frame_reader_space(struct frame_reader *r, size_t *space);
/* @n bytes were put there. */
void frame_reader_added(struct frame_reader *r, size_t n);
/*
 * The next whole frame, or false if there is none yet. Bytes that are no frame are skipped.
 * @payload points into the reader, valid until the next call of any function on it.
 */
bool frame_reader_next(struct frame_reader *r, struct ddag_header *header, const char **payload);
/*
 * To be called now and then. If half a frame lies there and nothing came since the last call, the
 * rest was lost: the half is given up, so that it does not swallow the next request. Returns
 * whether that happened.
 */
bool frame_reader_stalled(struct frame_reader *r);

/* All zeroes is a valid, empty queue. */
struct frame_queue {
	uint8_t *data; /* owned */
	size_t start; /* first byte not yet sent */
	size_t end;
	size_t size; /* allocated */
};

/*
 * Queues a frame whose payload is @head followed by @tail (either may be empty). Returns 0,
 * -EMSGSIZE if the payload is too long for a frame, or -ENOMEM; the queue is unchanged then.
 */
int frame_queue_add(struct frame_queue *q, enum ddag_type type, uint32_t id, const void *head,
		    size_t head_len, const void *tail, size_t tail_len);
/* Bytes waiting to be sent. */
static inline size_t frame_queue_pending(const struct frame_queue *q)
{
	return q->end - q->start;
}
/* Writes what a non-blocking descriptor takes. Returns 0 (also if nothing) or a negative errno. */
int frame_queue_flush(struct frame_queue *q, int fd);

#endif
