// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What becomes of unanswered requests when sessions come and go. They are kept in the order in
 * which they came: when a session ends, those that were sent go back to the head of those that
 * wait, and the next session begins by sending them all again. So a request that waited for others
 * to complete (a flush, say) is never carried out before them.
 */
#include <linux/module.h>

#include "ddblk_client.h"

/*
 * Longer than a driver's own way out: SCSI and ATA give a command 30 s before they abort it, and
 * resetting a SCSI bus takes 16 more. Whoever gives up sooner fails what the driver would have
 * saved.
 */
unsigned int ddblk_timeout_ms = 55000;
module_param_named(timeout_ms, ddblk_timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "how long a request may take, replays included, before it fails, ms; "
			     "later per disk: queue/io_timeout");

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
	tasklet_setup(&c->tasklet, ddblk_client_take_replies);
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
