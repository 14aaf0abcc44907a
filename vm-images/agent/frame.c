// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames in and out of byte buffers; see frame.h. */
#include "agent/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *frame_reader_space(struct frame_reader *r, size_t *space)
{
	/* Half of the buffer holds a whole frame: after moving, at least the other half is free. */
	if (r->start) {
		memmove(r->buf, r->buf + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	*space = sizeof(r->buf) - r->end;
	return r->buf + r->end;
}

void frame_reader_added(struct frame_reader *r, size_t n)
{
	r->end += n;
	r->progress = true;
}

/* Drops bytes until the next that could begin a frame; at least @least of them. */
static void skip_to_magic(struct frame_reader *r, size_t least)
{
	const uint32_t magic = DDAG_MAGIC;
	size_t have = r->end - r->start;
	size_t n = least;

	while (n < have) {
		size_t left = have - n;

		if (!memcmp(r->buf + r->start + n, &magic,
			    left < sizeof(magic) ? left : sizeof(magic)))
			break;
		n++;
	}
	r->start += n;
	r->skipped += n;
}

bool frame_reader_next(struct frame_reader *r, struct ddag_header *header, const char **payload)
{
	skip_to_magic(r, 0);
	while (r->end - r->start >= sizeof(*header)) {
		memcpy(header, r->buf + r->start, sizeof(*header));
		if (header->length <= DDAG_PAYLOAD_MAX) {
			if (r->end - r->start - sizeof(*header) < header->length)
				return false;
			*payload = (const char *)r->buf + r->start + sizeof(*header);
			r->start += sizeof(*header) + header->length;
			return true;
		}
		skip_to_magic(r, 1);
	}
	return false;
}

bool frame_reader_stalled(struct frame_reader *r)
{
	bool stalled = r->end > r->start && !r->progress;

	r->progress = false;
	if (stalled)
		skip_to_magic(r, 1);
	return stalled;
}

static int queue_reserve(struct frame_queue *q, size_t len)
{
	size_t size = q->size ? q->size : 4096;
	uint8_t *data;

	if (q->start) {
		memmove(q->data, q->data + q->start, q->end - q->start);
		q->end -= q->start;
		q->start = 0;
	}
	if (q->size - q->end >= len)
		return 0;
	while (size - q->end < len)
		size *= 2;
	data = realloc(q->data, size);
	if (!data)
		return -ENOMEM;
	q->data = data;
	q->size = size;
	return 0;
}

static void queue_put(struct frame_queue *q, const void *data, size_t len)
{
	if (len)
		memcpy(q->data + q->end, data, len);
	q->end += len;
}

int frame_queue_add(struct frame_queue *q, enum ddag_type type, uint32_t id, const void *head,
		    size_t head_len, const void *tail, size_t tail_len)
{
	struct ddag_header header = { .magic = DDAG_MAGIC, .type = (uint16_t)type, .id = id };
	int err;

	if (head_len > DDAG_PAYLOAD_MAX || tail_len > DDAG_PAYLOAD_MAX - head_len)
		return -EMSGSIZE;
	header.length = (uint32_t)(head_len + tail_len);
	err = queue_reserve(q, sizeof(header) + header.length);
	if (err)
		return err;
	queue_put(q, &header, sizeof(header));
	queue_put(q, head, head_len);
	queue_put(q, tail, tail_len);
	return 0;
}

int frame_queue_flush(struct frame_queue *q, int fd)
{
	while (q->start < q->end) {
		ssize_t n = write(fd, q->data + q->start, q->end - q->start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		q->start += (size_t)n;
	}
	return 0;
}
