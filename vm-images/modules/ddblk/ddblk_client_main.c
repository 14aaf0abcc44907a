// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link's side of the client: requests into the ring, replies out of it, and what becomes of
 * unanswered requests when sessions come and go. They are kept in the order in which they came:
 * when a session ends, those that were sent go back to the head of those that wait, and the next
 * session begins by sending them all again. So a request that waited for others to complete (a
 * flush, say) is never carried out before them.
 */
#include <linux/module.h>

#include "ddblk_client.h"

/* Replies handled at one go of the tasklet. */
#define BUDGET 64

unsigned int ddblk_timeout_ms = 30000;
module_param_named(timeout_ms, ddblk_timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "how long a request may take, replays included, before it fails, ms; "
			     "later per disk: queue/io_timeout");

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
	if (c->check.mode != DDBLK_CHECK_OFF)
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

	if (c->check.mode != DDBLK_CHECK_OFF)
		return ddblk_check_reply(c, cmd, status);
	if (req_op(rq) == REQ_OP_READ && !*status)
		ddblk_data_scatter(rq, ddblk_data_of(c, cmd->place));
	return 1;
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

/* Nothing is in the ring: ask to be woken, and use the room that there is now. */
static bool sleep_or_more(struct ddblk_client *c)
{
	bool kick = false, more = false;

	spin_lock_irq(&c->lock);
	if (c->ready)
		kick = ddblk_client_send(c);
	if (c->up)
		more = ddlink_consumer_arm(&c->link->rx);
	ddlink_show_waits(c->link, !list_empty(&c->sent));
	spin_unlock_irq(&c->lock);
	if (kick)
		ddlink_kick(c->link);
	return more;
}

static void client_tasklet(struct tasklet_struct *t)
{
	struct ddblk_client *c = from_tasklet(c, t, tasklet);
	int n;

	for (n = 0; n < BUDGET && receive(c); n++)
		;
	if (n == BUDGET || sleep_or_more(c))
		tasklet_schedule(t);
}

static void client_notify(struct ddlink_device *link)
{
	struct ddblk_client *c = link->priv;

	tasklet_schedule(&c->tasklet);
}

void ddblk_client_leave(struct ddblk_client *c, struct ddblk_cmd *cmd)
{
	if (cmd->place && cmd->state == DDBLK_CMD_SENT)
		cmd->place->cmd = NULL;
	else if (cmd->place)
		ddblk_place_put(c, cmd->place);
	if (cmd->place)
		ddblk_check_forget(c, blk_mq_rq_from_pdu(cmd));
	cmd->place = NULL;
	cmd->reading_back = false;
}

/* What was sent waits again, before what came later. lock held. */
static void hold(struct ddblk_client *c)
{
	struct ddblk_cmd *cmd;

	if (c->ready)
		c->lost_at = jiffies;
	c->ready = false;
	list_for_each_entry(cmd, &c->waiting, node)
		ddblk_client_leave(c, cmd);
	list_for_each_entry(cmd, &c->sent, node) {
		ddblk_client_leave(c, cmd);
		cmd->state = DDBLK_CMD_WAITING;
	}
	list_splice_init(&c->sent, &c->waiting);
}

static void client_up(struct ddlink_device *link)
{
	struct ddblk_client *c = link->priv;

	/* Requests go out once it is known that it is still the same disk: see client_config(). */
	spin_lock_irq(&c->lock);
	c->up = true;
	c->check.damaged = false;
	spin_unlock_irq(&c->lock);
}

static void client_down(struct ddlink_device *link)
{
	struct ddblk_client *c = link->priv;

	spin_lock_irq(&c->lock);
	c->up = false;
	hold(c);
	/* The next one begins when the disk is done with what it was given in this one. */
	ddblk_place_put_all(c);
	spin_unlock_irq(&c->lock);
}

/* As if the disk had been away for as long as a request may take. */
static void client_abandoned(struct ddlink_device *link)
{
	struct ddblk_client *c = link->priv;
	struct ddblk_cmd *cmd, *next;
	LIST_HEAD(lost);

	spin_lock_irq(&c->lock);
	if (!c->ready) {
		c->lost_at = jiffies - c->disk->queue->rq_timeout - 1;
		list_splice_init(&c->waiting, &lost);
	}
	list_for_each_entry(cmd, &lost, node)
		cmd->state = DDBLK_CMD_IDLE;
	spin_unlock_irq(&c->lock);
	list_for_each_entry_safe(cmd, next, &lost, node)
		blk_mq_end_request(blk_mq_rq_from_pdu(cmd), BLK_STS_IOERR);
}

static bool block_size_ok(u32 size)
{
	return size >= 512 && size <= PAGE_SIZE && is_power_of_2(size);
}

static bool server_config_ok(const struct ddblk_server_config *s)
{
	u32 logical = le32_to_cpu(s->logical_block);
	u32 physical = le32_to_cpu(s->physical_block);
	u64 sectors = le64_to_cpu(s->sectors);

	return block_size_ok(logical) && is_power_of_2(physical) && physical >= logical &&
	       sectors <= LLONG_MAX >> DDBLK_SECTOR_SHIFT && !(sectors & (logical / 512 - 1)) &&
	       le32_to_cpu(s->io_min) >= logical &&
	       (!s->discard_sectors || is_power_of_2(le32_to_cpu(s->discard_granularity)));
}

/* Whether requests meant for the disk we know may go to this one. */
static bool same_disk(const struct ddblk_client *c, const struct ddblk_server_config *s)
{
	const struct ddblk_server_config *known = &c->geometry;
	const u32 fixed = DDBLK_SERVER_READ_ONLY | DDBLK_SERVER_NO_WRITERS;

	return s->sectors == known->sectors && s->logical_block == known->logical_block &&
	       !((s->flags ^ known->flags) & cpu_to_le32(fixed));
}

static void client_config(struct ddlink_device *link)
{
	struct ddblk_client *c = link->priv;
	struct ddblk_server_config s;
	bool valid, kick = false;

	if (ddlink_peer_config(link, &s, sizeof(s)))
		return;
	valid = le32_to_cpu(s.flags) & DDBLK_SERVER_VALID;
	if (valid && !server_config_ok(&s)) {
		ddlink_violation(link, "bad configuration of the server");
		return;
	}
	if (valid && !c->known) {
		c->geometry = s;
		c->known = true;
		schedule_work(&c->appear);
	}
	if (valid && !same_disk(c, &s)) {
		dev_err_ratelimited(&link->dev, "the driver VM has another disk than before\n");
		valid = false;
	}
	spin_lock_irq(&c->lock);
	if (!valid) {
		hold(c);
	} else if (c->up) {
		c->ready = true;
		kick = ddblk_client_send(c);
	}
	spin_unlock_irq(&c->lock);
	if (kick)
		ddlink_kick(link);
}

static void appear(struct work_struct *work)
{
	ddblk_disk_add(container_of(work, struct ddblk_client, appear));
}

static int client_probe(struct ddlink_device *link)
{
	struct ddblk_client *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int ret;

	if (!c)
		return -ENOMEM;
	c->link = link;
	c->lost_at = jiffies;
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->waiting);
	INIT_LIST_HEAD(&c->sent);
	tasklet_setup(&c->tasklet, client_tasklet);
	INIT_WORK(&c->appear, appear);
	ddblk_check_init(c);
	ret = ddblk_data_init(c);
	if (ret)
		goto free_client;
	ret = ddblk_disk_alloc(c);
	if (ret)
		goto free_data;
	link->priv = c;
	return 0;

free_data:
	ddblk_data_free(c);
free_client:
	kfree(c);
	return ret;
}

/* Ends what waits, for nobody will come to take it. */
static void fail_all(struct ddblk_client *c)
{
	struct ddblk_cmd *cmd, *next;
	LIST_HEAD(failed);

	spin_lock_irq(&c->lock);
	c->dead = true;
	hold(c);
	list_for_each_entry(cmd, &c->waiting, node)
		cmd->state = DDBLK_CMD_IDLE;
	list_splice_init(&c->waiting, &failed);
	spin_unlock_irq(&c->lock);
	list_for_each_entry_safe(cmd, next, &failed, node)
		blk_mq_end_request(blk_mq_rq_from_pdu(cmd), BLK_STS_IOERR);
}

static void client_remove(struct ddlink_device *link)
{
	struct ddblk_client *c = link->priv;

	fail_all(c);
	tasklet_kill(&c->tasklet);
	cancel_work_sync(&c->appear);
	link->priv = NULL;
	ddblk_disk_remove(c);
}

static struct ddlink_driver ddblk_client_driver = {
	.driver = {
		.name = "ddblk_client",
		.owner = THIS_MODULE,
		.dev_groups = ddblk_check_groups,
	},
	.class = DDLINK_CLASS_BLK,
	.role = DDLINK_CLIENT,
	.probe = client_probe,
	.remove = client_remove,
	.up = client_up,
	.down = client_down,
	.config = client_config,
	.abandoned = client_abandoned,
	.notify = client_notify,
};
module_ddlink_driver(ddblk_client_driver);

MODULE_DESCRIPTION("Block translation module, client's half");
MODULE_LICENSE("GPL");
