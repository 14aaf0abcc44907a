// SPDX-License-Identifier: GPL-2.0-or-later
/* The block layer's side of the client: the disk, its queue, and requests that take too long. */
#include <linux/idr.h>

#include "ddblk_client.h"

/*
 * From so much data on, a request is not held back for those that follow it: the driver VM may as
 * well begin with it while they are being copied.
 */
#define EAGER (16u << 10)

static DEFINE_IDA(indices);

/* Whether it makes no sense to wait for a driver VM any more. lock held. */
static bool given_up(const struct ddblk_client *c)
{
	return c->dead ||
	       (!c->ready && time_after(jiffies, c->lost_at + c->disk->queue->rq_timeout));
}

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct ddblk_client *c = hctx->queue->queuedata;
	struct ddblk_cmd *cmd = blk_mq_rq_to_pdu(bd->rq);
	unsigned long irq;
	bool kick = false;

	spin_lock_irqsave(&c->lock, irq);
	if (given_up(c)) {
		spin_unlock_irqrestore(&c->lock, irq);
		return BLK_STS_IOERR;
	}
	blk_mq_start_request(bd->rq);
	cmd->place = NULL;
	cmd->reading_back = false;
	cmd->doubted = false;
	cmd->state = DDBLK_CMD_WAITING;
	list_add_tail(&cmd->node, &c->waiting);
	/* More to come: commit_rqs() or the last one sends the small ones with one doorbell. */
	if (c->ready && (bd->last || blk_rq_bytes(bd->rq) >= EAGER))
		kick = ddblk_client_send(c);
	spin_unlock_irqrestore(&c->lock, irq);
	if (kick)
		ddlink_kick(c->link);
	return BLK_STS_OK;
}

static void commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct ddblk_client *c = hctx->queue->queuedata;
	unsigned long irq;
	bool kick = false;

	spin_lock_irqsave(&c->lock, irq);
	if (c->ready)
		kick = ddblk_client_send(c);
	spin_unlock_irqrestore(&c->lock, irq);
	if (kick)
		ddlink_kick(c->link);
}

/* Never a hang: what has not been answered for so long fails, wherever it is. */
static enum blk_eh_timer_return timeout(struct request *rq)
{
	struct ddblk_client *c = rq->q->queuedata;
	struct ddblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	enum ddblk_cmd_state state;
	unsigned long irq;

	spin_lock_irqsave(&c->lock, irq);
	state = cmd->state;
	if (state != DDBLK_CMD_IDLE) {
		ddblk_client_leave(c, cmd);
		list_del(&cmd->node);
	}
	cmd->state = DDBLK_CMD_IDLE;
	spin_unlock_irqrestore(&c->lock, irq);
	/* Idle: a reply is ending it at this moment. */
	if (state != DDBLK_CMD_IDLE)
		blk_mq_end_request(rq, BLK_STS_IOERR);
	return BLK_EH_DONE;
}

static const struct blk_mq_ops queue_ops = {
	.queue_rq = queue_rq,
	.commit_rqs = commit_rqs,
	.timeout = timeout,
};

static void free_client(struct ddblk_client *c)
{
	ida_free(&indices, c->index);
	ddblk_check_free(c);
	ddblk_data_free(c);
	kfree(c);
}

static void free_disk(struct gendisk *disk)
{
	free_client(disk->private_data);
}

/* As the disk's own driver would have it. */
static int open_disk(struct block_device *bdev, fmode_t mode)
{
	const struct ddblk_client *c = bdev->bd_disk->private_data;
	u32 flags = le32_to_cpu(c->geometry.flags);

	return (mode & FMODE_WRITE) && (flags & DDBLK_SERVER_NO_WRITERS) ? -EROFS : 0;
}

static const struct block_device_operations disk_ops = {
	.owner = THIS_MODULE,
	.open = open_disk,
	.free_disk = free_disk,
};

int ddblk_disk_alloc(struct ddblk_client *c)
{
	int ret;

	c->index = ida_alloc(&indices, GFP_KERNEL);
	if (c->index < 0)
		return c->index;
	c->tags.ops = &queue_ops;
	c->tags.nr_hw_queues = num_online_cpus();
	c->tags.queue_depth = DDBLK_DEPTH;
	c->tags.numa_node = NUMA_NO_NODE;
	/* One set of tags for all queues: a tag names one request of the whole disk. */
	c->tags.flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_TAG_HCTX_SHARED;
	/* The driver VM has a scheduler, next to the disk. */
	c->tags.flags |= BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	c->tags.cmd_size = sizeof(struct ddblk_cmd);
	c->tags.timeout = msecs_to_jiffies(ddblk_timeout_ms);
	ret = blk_mq_alloc_tag_set(&c->tags);
	if (ret)
		goto free_index;
	c->disk = blk_mq_alloc_disk(&c->tags, c);
	if (IS_ERR(c->disk)) {
		ret = PTR_ERR(c->disk);
		goto free_tags;
	}
	c->disk->fops = &disk_ops;
	c->disk->private_data = c;
	snprintf(c->disk->disk_name, sizeof(c->disk->disk_name), "ddblk%d", c->index);
	return 0;

free_tags:
	blk_mq_free_tag_set(&c->tags);
free_index:
	ida_free(&indices, c->index);
	return ret;
}

void ddblk_disk_limit_zeroes(struct ddblk_client *c)
{
	/* Checked, they are written: it would not be known that the driver VM has made them. */
	u32 sectors = ddblk_check_data(c) ? 0 : le32_to_cpu(c->geometry.write_zeroes_sectors);

	blk_queue_max_write_zeroes_sectors(c->disk->queue, sectors);
}

static void set_limits(struct ddblk_client *c)
{
	const struct ddblk_server_config *g = &c->geometry;
	struct request_queue *q = c->disk->queue;
	u32 flags = le32_to_cpu(g->flags);

	blk_queue_logical_block_size(q, le32_to_cpu(g->logical_block));
	blk_queue_physical_block_size(q, le32_to_cpu(g->physical_block));
	blk_queue_io_min(q, le32_to_cpu(g->io_min));
	blk_queue_io_opt(q, le32_to_cpu(g->io_opt));
	blk_queue_max_hw_sectors(q, DDBLK_DATA_MAX >> DDBLK_SECTOR_SHIFT);
	blk_queue_max_segments(q, USHRT_MAX);
	blk_queue_write_cache(q, flags & DDBLK_SERVER_WRITE_CACHE, flags & DDBLK_SERVER_FUA);
	blk_queue_max_discard_sectors(q, le32_to_cpu(g->discard_sectors));
	q->limits.discard_granularity = le32_to_cpu(g->discard_granularity);
	ddblk_disk_limit_zeroes(c);
	if (!(flags & DDBLK_SERVER_ROTATIONAL))
		blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	else
		blk_queue_flag_clear(QUEUE_FLAG_NONROT, q);
	set_disk_ro(c->disk, flags & DDBLK_SERVER_READ_ONLY);
	set_capacity(c->disk, le64_to_cpu(g->sectors));
}

void ddblk_disk_add(struct ddblk_client *c)
{
	int ret;

	set_limits(c);
	ret = device_add_disk(&c->link->dev, c->disk, NULL);
	if (ret)
		dev_err(&c->link->dev, "cannot add disk %s: %d\n", c->disk->disk_name, ret);
	c->added = !ret;
}

void ddblk_disk_remove(struct ddblk_client *c)
{
	struct gendisk *disk = c->disk;

	if (c->added) {
		/* Its last user frees c: see free_disk(). */
		del_gendisk(disk);
		blk_mq_free_tag_set(&c->tags);
		put_disk(disk);
	} else {
		put_disk(disk);
		blk_mq_free_tag_set(&c->tags);
		free_client(c);
	}
}
