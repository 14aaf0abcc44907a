/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames in and out of rings, the same on both sides of the link. */
#ifndef DDCAN_FRAME_H
#define DDCAN_FRAME_H

#include "ddcan_config.h"
#include "ddlink.h"

/* Copies a frame into the ring. The caller publishes. Negative errno as ddlink_reserve(). */
int ddcan_put(struct ddlink_producer *tx, const struct can_frame *frame, u64 cookie);

/*
 * Reads the frame of a record: 0, or -EPROTO if no honest peer sends such a one. Only a server may
 * send error frames.
 */
int ddcan_get(const struct ddlink_record *rec, bool from_server, struct can_frame *frame);

#endif
