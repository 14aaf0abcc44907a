/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket on the loop: what arrives is handed on at once, what is sent and does not fit is queued
 * up to a bound. Beneath QMP, the agent and the console; knows nothing of what they say.
 */
#ifndef DRIVERVM_VM_CHANNEL_H
#define DRIVERVM_VM_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"

/* Bytes that may wait for a guest or a QEMU that does not read. */
#define CHANNEL_QUEUE_MAX (1u << 20)

struct channel_ops {
	/* Bytes arrived (@len > 0). May call channel_close(). */
	void (*data)(void *arg, const uint8_t *data, size_t len);
	/* The other end closed (-EPIPE) or failed (its errno, negative); told once. */
	void (*closed)(void *arg, int err);
};

struct channel {
	int fd; /* owned; -1 once closed */
	sd_event_source *source;
	const struct channel_ops *ops;
	void *arg; /* for ops */
	uint8_t *queue; /* not sent yet */
	size_t queued; /* bytes in it */
};

/* Takes over @fd, in any case. Returns 0 or a negative errno. */
int channel_open(struct channel *c, struct loop *loop, int fd, const struct channel_ops *ops,
		 void *arg);
/* All of it or nothing: 0, -EPIPE (closed), -ENOBUFS (the other end does not read). */
int channel_send(struct channel *c, const void *data, size_t len);
/* The same with a duplicate of @fd; also -ENOBUFS while anything is queued. */
int channel_send_fd(struct channel *c, const void *data, size_t len, int fd);
/* Closes it without telling. Idempotent. */
void channel_close(struct channel *c);

#endif
