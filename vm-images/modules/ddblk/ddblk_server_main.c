// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link's side of the server, and the module's life. One thread per link takes requests out of
 * the ring and puts replies into the other one; it alone touches them. Between sessions it is
 * parked, and no session begins before the disk is done with the requests of the last one, so that
 * none of those can undo what the client asks for after it.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "ddblk_server.h"

void ddblk_io_begin(struct ddblk_io *io)
{
	spin_lock_irq(&io->srv->busy_lock);
	io->srv->busy++;
	spin_unlock_irq(&io->srv->busy_lock);
}

void ddblk_io_done(struct ddblk_io *io)
{
	struct ddblk_server *srv = io->srv;
	unsigned long irq;

	/* Inside the lock: whoever waits for idle may free everything as soon as it has it. */
	spin_lock_irqsave(&srv->busy_lock, irq);
	llist_add(&io->done, &srv->done);
	wake_up_process(srv->task);
	if (!--srv->busy)
		wake_up(&srv->idle);
	spin_unlock_irqrestore(&srv->busy_lock, irq);
}

static void wait_idle(struct ddblk_server *srv)
{
	spin_lock_irq(&srv->busy_lock);
	wait_event_lock_irq(srv->idle, !srv->busy, srv->busy_lock);
	spin_unlock_irq(&srv->busy_lock);
}

static void collect_done(struct ddblk_server *srv)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&srv->done));
	struct ddblk_io *io, *next;

	llist_for_each_entry_safe(io, next, list, done) list_add_tail(&io->node, &srv->replies);
}

static int put_reply(struct ddblk_server *srv, const struct ddblk_io *io)
{
	struct ddblk_reply reply = { .error = cpu_to_le32(io->error) };
	u8 *payload;
	int ret;

	ret = ddlink_reserve(&srv->link->tx, DDBLK_REC_REPLY, sizeof(reply), io->cookie, &payload);
	if (ret)
		return ret;
	memcpy(payload, &reply, sizeof(reply));
	ddlink_commit(&srv->link->tx);
	return 0;
}

/* Whether the ring, found full, has room by now; if not, a doorbell will tell. */
static bool room_again(struct ddblk_server *srv)
{
	struct ddlink_producer *tx = &srv->link->tx;
	int room = ddlink_producer_arm(tx, tx->size / 2);

	srv->link->stats.tx_full++;
	if (room < 0)
		srv->broken = true;
	return room >= (int)(tx->size / 2);
}

/* True if there was anything to do. */
static bool send_replies(struct ddblk_server *srv)
{
	struct ddlink_device *link = srv->link;
	struct ddblk_io *io;
	bool any = false;
	int ret;

	collect_done(srv);
	while ((io = list_first_entry_or_null(&srv->replies, struct ddblk_io, node))) {
		ret = put_reply(srv, io);
		if (ret == -ENOSPC && room_again(srv))
			continue;
		if (ret == -EPROTO)
			srv->broken = true;
		if (ret)
			break;
		list_move(&io->node, &srv->free);
		any = true;
	}
	if (srv->broken)
		ddlink_violation(link, "bad index in the ring to the client");
	if (any) {
		ddlink_publish(&link->tx);
		if (ddlink_producer_kick(&link->tx))
			ddlink_kick(link);
	}
	return any;
}

/* One request out of the ring to the disk: 1, 0 (none, or no slot), or -EPROTO. */
static int take_request(struct ddblk_server *srv)
{
	struct ddlink_consumer *rx = &srv->link->rx;
	struct ddlink_record rec;
	struct ddblk_io *io;
	int ret;

	io = list_first_entry_or_null(&srv->free, struct ddblk_io, node);
	if (!io)
		return 0;
	ret = ddlink_peek(rx, &rec);
	if (ret <= 0)
		return ret;
	list_del(&io->node);
	ret = ddblk_io_start(io, &rec);
	if (ret) {
		list_add(&io->node, &srv->free);
		return ret;
	}
	ddlink_consume(rx);
	return 1;
}

/* True if there was anything to do. */
static bool take_requests(struct ddblk_server *srv)
{
	struct ddlink_device *link = srv->link;
	struct blk_plug plug;
	bool any = false;
	int ret;

	/* All that there are together: neighbours are merged, and the disk's bell is rung once. */
	blk_start_plug(&plug);
	while ((ret = take_request(srv)) > 0)
		any = true;
	blk_finish_plug(&plug);
	if (any) {
		ddlink_release(&link->rx);
		if (ddlink_consumer_kick(&link->rx))
			ddlink_kick(link);
	}
	if (ret == -EPROTO) {
		srv->broken = true;
		ddlink_violation(link, "bad request in the ring from the client");
	}
	return any;
}

/*
 * Whether something came since the rings were found empty; if not, a doorbell will tell. Without a
 * free slot requests need not be told: the disk's completion comes first.
 */
static bool more_to_do(struct ddblk_server *srv)
{
	if (!llist_empty(&srv->done))
		return true;
	return !srv->broken && !list_empty(&srv->free) && ddlink_consumer_arm(&srv->link->rx);
}

static int serve(void *arg)
{
	struct ddblk_server *srv = arg;
	bool busy;

	while (!kthread_should_stop()) {
		if (kthread_should_park()) {
			kthread_parkme();
			continue;
		}
		busy = !srv->broken && send_replies(srv);
		busy |= !srv->broken && take_requests(srv);
		if (busy) {
			cond_resched();
			continue;
		}
		set_current_state(TASK_IDLE);
		if (!kthread_should_stop() && !kthread_should_park() &&
		    (srv->broken || !more_to_do(srv)))
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

/* With each heartbeat too, so an idle driver VM's thread sleeps on if there is nothing for it. */
static void server_notify(struct ddlink_device *link)
{
	struct ddblk_server *srv = link->priv;

	/* Replies wait here only for room in the ring. The thread's list, but only for a look. */
	if (ddlink_pending(link) || !list_empty(&srv->replies))
		wake_up_process(srv->task);
}

/* The thread stops, the disk finishes, and nothing is owed to anybody any more. lock held. */
static void come_to_rest(struct ddblk_server *srv)
{
	struct ddblk_io *io, *next;

	kthread_park(srv->task);
	wait_idle(srv);
	collect_done(srv);
	list_for_each_entry_safe(io, next, &srv->replies, node)
		list_move(&io->node, &srv->free);
}

static void server_up(struct ddlink_device *link)
{
	struct ddblk_server *srv = link->priv;

	mutex_lock(&srv->lock);
	srv->live = true;
	srv->broken = false;
	kthread_unpark(srv->task);
	mutex_unlock(&srv->lock);
}

static void server_down(struct ddlink_device *link)
{
	struct ddblk_server *srv = link->priv;

	mutex_lock(&srv->lock);
	srv->live = false;
	come_to_rest(srv);
	mutex_unlock(&srv->lock);
}

/* The disk may be changed in the middle of a session; what it was asked for is answered. */
static int bind_disk(struct ddblk_server *srv, const char *name)
{
	int ret;

	mutex_lock(&srv->lock);
	if (srv->live) {
		kthread_park(srv->task);
		wait_idle(srv);
	}
	ret = ddblk_disk_bind(srv, name);
	if (srv->live)
		kthread_unpark(srv->task);
	mutex_unlock(&srv->lock);
	return ret;
}

static int server_probe(struct ddlink_device *link)
{
	struct ddblk_server *srv = kvzalloc(sizeof(*srv), GFP_KERNEL);
	int ret;

	if (!srv)
		return -ENOMEM;
	srv->link = link;
	mutex_init(&srv->lock);
	spin_lock_init(&srv->busy_lock);
	init_waitqueue_head(&srv->idle);
	ddblk_io_init(srv);
	ret = ddblk_data_init(srv);
	if (ret)
		goto free_srv;
	srv->task = kthread_create(serve, srv, "ddblk-%s", dev_name(&link->dev));
	if (IS_ERR(srv->task)) {
		ret = PTR_ERR(srv->task);
		goto exit_data;
	}
	kthread_park(srv->task);
	link->priv = srv;
	return 0;

exit_data:
	ddblk_data_exit(srv);
free_srv:
	kvfree(srv);
	return ret;
}

static void server_remove(struct ddlink_device *link)
{
	struct ddblk_server *srv = link->priv;

	bind_disk(srv, "");
	kthread_stop(srv->task);
	ddblk_data_exit(srv);
	link->priv = NULL;
	kvfree(srv);
}

static int server_bind(struct ddlink_device *link, const char *name)
{
	return bind_disk(link->priv, name);
}

static ssize_t server_bound(struct ddlink_device *link, char *buf)
{
	struct ddblk_server *srv = link->priv;
	ssize_t len;

	mutex_lock(&srv->lock);
	len = sysfs_emit(buf, "%s\n", srv->bdev ? srv->bdev->bd_disk->disk_name : "");
	mutex_unlock(&srv->lock);
	return len;
}

/* A flush: it is done by whoever has the disk, and by whoever stands by for it, to no harm. */
static int server_rehearse(struct ddlink_device *link, u8 *payload, u32 *type)
{
	memset(payload, 0, sizeof(struct ddblk_request));
	*type = DDBLK_FLUSH;
	return sizeof(struct ddblk_request);
}

static struct ddlink_driver ddblk_server_driver = {
	.driver = {
		.name = "ddblk_server",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_BLK,
	.role = DDLINK_SERVER,
	.probe = server_probe,
	.remove = server_remove,
	.up = server_up,
	.down = server_down,
	.notify = server_notify,
	.bind = server_bind,
	.bound = server_bound,
	.rehearse = server_rehearse,
	.name_size = BDEVNAME_SIZE,
};
module_ddlink_driver(ddblk_server_driver);

MODULE_DESCRIPTION("Block translation module, driver VM's half");
MODULE_LICENSE("GPL");
