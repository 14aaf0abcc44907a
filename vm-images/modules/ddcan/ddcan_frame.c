// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames in and out of rings, the same on both sides of the link. */
#include <linux/can/error.h>
#include <linux/string.h>

#include "ddcan_frame.h"

/* The bits that mean something in an identifier of that kind. */
static u32 id_mask(u32 id)
{
	if (id & CAN_ERR_FLAG)
		return CAN_ERR_FLAG | CAN_ERR_MASK;
	if (id & CAN_EFF_FLAG)
		return CAN_EFF_FLAG | CAN_RTR_FLAG | CAN_EFF_MASK;
	return CAN_RTR_FLAG | CAN_SFF_MASK;
}

/* How much of a frame is data. */
static unsigned int data_len(u32 id, u8 len)
{
	return !(id & CAN_ERR_FLAG) && (id & CAN_RTR_FLAG) ? 0 : len;
}

int ddcan_put(struct ddlink_producer *tx, const struct can_frame *frame, u64 cookie)
{
	u32 id = frame->can_id & id_mask(frame->can_id);
	struct ddcan_frame f = { .id = cpu_to_le32(id), .len = frame->len };
	u8 *payload;
	int ret;

	memcpy(f.data, frame->data, data_len(id, frame->len));
	ret = ddlink_reserve(tx, DDCAN_REC_FRAME, sizeof(f), cookie, &payload);
	if (ret)
		return ret;
	memcpy(payload, &f, sizeof(f));
	ddlink_commit(tx);
	return 0;
}

int ddcan_get(const struct ddlink_record *rec, bool from_server, struct can_frame *frame)
{
	struct ddcan_frame f;
	unsigned int len;
	u32 id;

	if (rec->type != DDCAN_REC_FRAME || rec->len != sizeof(f))
		return -EPROTO;
	/* Copied first: the other side may change it between a look and the next. */
	memcpy(&f, rec->payload, sizeof(f));
	id = le32_to_cpu(f.id);
	if (id & ~id_mask(id) || f.len > CAN_MAX_DLEN || memchr_inv(f.reserved, 0, 3))
		return -EPROTO;
	if ((id & CAN_ERR_FLAG) && (!from_server || f.len != CAN_ERR_DLC))
		return -EPROTO;
	len = data_len(id, f.len);
	if (memchr_inv(f.data + len, 0, CAN_MAX_DLEN - len))
		return -EPROTO;
	memset(frame, 0, sizeof(*frame));
	frame->can_id = id;
	frame->len = f.len;
	memcpy(frame->data, f.data, len);
	return 0;
}
