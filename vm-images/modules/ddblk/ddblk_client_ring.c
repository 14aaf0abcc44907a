// SPDX-License-Identifier: GPL-2.0-or-later
/* The link's side of the client: requests into the ring, replies out of it. */
#include "ddblk_client.h"

/* Replies handled at one go of the tasklet. */
#define BUDGET 64
/* From a request being sent to no other's answer counting for it. */
#define OVERTAKEN (3 * HZ)

static u32 op_of(const struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return DDBLK_READ;
	case REQ_OP_WRITE:
		return DDBLK_WRITE;
	case REQ_OP_FLUSH:
		return DDBLK_FLUSH;
	case REQ_OP_DISCARD:
		return DDBLK_DISCARD;
	default:
		return DDBLK_WRITE_ZEROES;
	}
}

static u32 flags_of(const struct request *rq)
{
	u32 flags = 0;

	if (rq->cmd_flags & REQ_FUA)
		flags |= DDBLK_REQ_FUA;
	if (req_op(rq) == REQ_OP_WRITE_ZEROES && (rq->cmd_flags & REQ_NOUNMAP))
		flags |= DDBLK_REQ_NOUNMAP;
	return flags;
}

/* Into the ring, not yet published. -EBUSY until others are answered; -ENOSPC, -EPROTO. */
static int put(struct ddblk_client *c, struct ddblk_cmd *cmd)
{
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	struct ddblk_place *place = cmd->reading_back ? cmd->place : ddblk_place_get(c, rq);
	u32 op = cmd->reading_back ? DDBLK_READ : op_of(rq);
	struct ddblk_request r = {
		.sector = cpu_to_le64(op == DDBLK_FLUSH ? 0 : blk_rq_pos(rq)),
		.bytes = cpu_to_le32(op == DDBLK_FLUSH ? 0 : blk_rq_bytes(rq)),
		.flags = cpu_to_le32(cmd->reading_back ? 0 : flags_of(rq)),
	};
	u8 *payload;
	int ret;

	if (!place)
		return -EBUSY;
	ret = ddlink_reserve(&c->link->tx, op, sizeof(r), place->cookie, &payload);
	if (ret) {
		if (!cmd->reading_back)
			ddblk_place_put(c, place);
		return ret;
	}
	place->cmd = cmd;
	cmd->place = place;
	r.data = cpu_to_le32(place->first * DDBLK_DATA_ALIGN);
	memcpy(payload, &r, sizeof(r));
	if (ddblk_check_data(c))
		ddblk_check_send(c, cmd);
	else if (op == DDBLK_WRITE)
		ddblk_data_gather(ddblk_data_of(c, place), rq);
	ddlink_commit(&c->link->tx);
	return 0;
}

/* Waits for room in the ring; true if there is enough by now. */
static bool room_again(struct ddblk_client *c)
{
	struct ddlink_producer *tx = &c->link->tx;
	int room = ddlink_producer_arm(tx, tx->size / 2);

	c->link->stats.tx_full++;
	if (room < 0)
		ddlink_violation(c->link, "bad index in the ring to the server");
	return room >= (int)(tx->size / 2);
}

bool ddblk_client_send(struct ddblk_client *c)
{
	struct ddblk_cmd *cmd;
	bool any = false;
	int ret;

	while ((cmd = list_first_entry_or_null(&c->waiting, struct ddblk_cmd, node))) {
		ret = put(c, cmd);
		if (ret == -ENOSPC && room_again(c))
			continue;
		if (ret == -EPROTO)
			ddlink_violation(c->link, "bad index in the ring to the server");
		if (ret)
			break;
		cmd->state = DDBLK_CMD_SENT;
		cmd->sent_at = jiffies;
		list_move_tail(&cmd->node, &c->sent);
		ddlink_publish(&c->link->tx);
		any = true;
	}
	return any && ddlink_producer_kick(&c->link->tx);
}

static blk_status_t status_of(u32 error)
{
	return error > MAX_ERRNO ? BLK_STS_IOERR : errno_to_blk_status(-(int)error);
}

/* 1: it ends, and has its data; else as ddblk_check_reply() says. */
static int finish(struct ddblk_client *c, struct ddblk_cmd *cmd, blk_status_t *status)
{
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	int ret = 1;

	if (c->check.mode != DDBLK_CHECK_OFF)
		ret = ddblk_check_reply(c, cmd, status);
	if (ret > 0 && req_op(rq) == REQ_OP_READ && !*status && !ddblk_check_data(c))
		ddblk_data_scatter(rq, ddblk_data_of(c, cmd->place));
	return ret;
}

/*
 * One reply: 0; in *rq the request that it ends, with its status, if it ends one; -EPROTO, or
 * -EILSEQ if it says what is not so.
 */
static int take_reply(struct ddblk_client *c, const struct ddlink_record *rec, struct request **rq,
		      blk_status_t *status)
{
	struct ddblk_place *place = ddblk_place_find(c, rec->cookie);
	struct ddblk_reply reply;
	struct ddblk_cmd *cmd;
	int ret;

	if (rec->type != DDBLK_REC_REPLY || rec->len != sizeof(reply))
		return -EPROTO;
	cmd = place ? place->cmd : NULL;
	if (!cmd) {
		/* It belongs to none, or to one that has timed out meanwhile. */
		c->link->stats.rx_dropped++;
		if (place)
			ddblk_place_put(c, place);
		return 0;
	}
	memcpy(&reply, rec->payload, sizeof(reply));
	*status = status_of(le32_to_cpu(reply.error));
	ret = finish(c, cmd, status);
	if (ret <= 0)
		return ret;
	*rq = blk_mq_rq_from_pdu(cmd);
	cmd->state = DDBLK_CMD_IDLE;
	list_del(&cmd->node);
	ddblk_place_put(c, place);
	return 0;
}

/* Nothing is read of what the server says any more, until the next session. lock held. */
static void distrust(struct ddblk_client *c, int why)
{
	c->up = false;
	if (c->ready)
		c->lost_at = jiffies;
	c->ready = false;
	if (why == -EILSEQ)
		ddlink_complain(c->link, "wrong data");
	else
		ddlink_violation(c->link, "bad reply in the ring from the server");
}

/* Takes one record out of the ring and ends the request, if it ends one: 1, or 0 if there is none.
 */
static int receive(struct ddblk_client *c)
{
	struct ddlink_consumer *rx = &c->link->rx;
	struct request *rq = NULL;
	struct ddlink_record rec;
	blk_status_t status;
	bool kick = false;
	int ret = 0;

	spin_lock_irq(&c->lock);
	if (c->up)
		ret = ddlink_peek(rx, &rec);
	if (ret > 0) {
		ret = take_reply(c, &rec, &rq, &status);
		if (!ret) {
			ddlink_consume(rx);
			ddlink_release(rx);
			kick = ddlink_consumer_kick(rx);
			ret = 1;
		}
	}
	if (ret < 0)
		distrust(c, ret);
	spin_unlock_irq(&c->lock);
	if (kick)
		ddlink_kick(c->link);
	if (rq)
		blk_mq_end_request(rq, status);
	return ret > 0;
}

/* A request that others overtake for so long has been lost: no disk is so unfair. */
static enum ddlink_waits waits(struct ddblk_client *c)
{
	const struct ddblk_cmd *oldest = list_first_entry_or_null(&c->sent, struct ddblk_cmd, node);

	if (!oldest)
		return DDLINK_WAITS_NOT;
	return time_after(jiffies, oldest->sent_at + OVERTAKEN) ? DDLINK_WAITS_FOR_ONE :
								  DDLINK_WAITS;
}

/* Nothing is in the ring: ask to be woken, and use the room that there is now. */
static bool sleep_or_more(struct ddblk_client *c)
{
	bool kick = false, more = false;

	spin_lock_irq(&c->lock);
	if (c->ready)
		kick = ddblk_client_send(c);
	if (c->up)
		more = ddlink_consumer_arm(&c->link->rx);
	ddlink_show_waits(c->link, waits(c));
	spin_unlock_irq(&c->lock);
	if (kick)
		ddlink_kick(c->link);
	return more;
}

void ddblk_client_take_replies(struct tasklet_struct *t)
{
	struct ddblk_client *c = from_tasklet(c, t, tasklet);
	int n;

	for (n = 0; n < BUDGET && receive(c); n++)
		;
	if (n == BUDGET || sleep_or_more(c))
		tasklet_schedule(t);
}
