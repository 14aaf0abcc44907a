// SPDX-License-Identifier: GPL-2.0-or-later
/* What programs do to the file, each a request to the driver VM. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ddchar_client.h"

/* A place that nobody uses; NULL: there is none. */
static struct ddchar_place *take_place(struct ddchar_client *c)
{
	struct ddchar_place *p = NULL;
	int i;

	spin_lock_irq(&c->lock);
	for (i = 0; i < DDCHAR_FILES && !p; i++)
		if (!c->places[i].used && !c->places[i].closing)
			p = &c->places[i];
	if (p) {
		p->used = true;
		p->there = p->lost = p->broken = false;
		p->ready = true;
	}
	spin_unlock_irq(&c->lock);
	return p;
}

static void give_back(struct ddchar_place *p)
{
	struct ddchar_client *c = p->c;

	ddchar_ask_close(p);
	spin_lock_irq(&c->lock);
	p->used = false;
	spin_unlock_irq(&c->lock);
	ddchar_put(c);
}

static int file_open(struct inode *inode, struct file *file)
{
	struct ddchar_ask ask = { .op = DDCHAR_OPEN, .arg = file->f_flags & O_ACCMODE };
	struct ddchar_client *c = ddchar_node_get(iminor(inode));
	struct ddchar_place *p;
	int ret;

	if (!c)
		return -ENODEV;
	/* That is what it means to Linux: neither, and some ioctls. */
	if (ask.arg > O_RDWR)
		ask.arg = O_RDWR;
	p = take_place(c);
	if (!p) {
		ddchar_put(c);
		return -EBUSY;
	}
	p->access = ask.arg;
	ret = ddchar_ask(p, &ask);
	if (ret) {
		give_back(p);
		return ret;
	}
	file->private_data = p;
	return stream_open(inode, file);
}

static int file_release(struct inode *inode, struct file *file)
{
	(void)inode;
	give_back(file->private_data);
	return 0;
}

/* Asks, alone; the reply is then in p->data, until the caller unlocks p->one. */
static int ask_locked(struct ddchar_place *p, struct ddchar_ask *ask)
{
	int ret;

	if (mutex_lock_killable(&p->one))
		return -EINTR;
	ret = ddchar_ask(p, ask);
	if (ret)
		mutex_unlock(&p->one);
	return ret;
}

/* What of @events is so now; if none is, p->ready will become true when that may have changed. */
static int ask_poll(struct ddchar_place *p, u32 events, u32 *now)
{
	struct ddchar_ask ask = { .op = DDCHAR_POLL,
				  .arg = events & DDCHAR_POLL_MASK,
				  .value_max = DDCHAR_POLL_MASK };
	int ret;

	ask.arg |= (__force u32)(EPOLLERR | EPOLLHUP);
	ret = ask_locked(p, &ask);
	if (ret)
		return ret;
	*now = p->value & DDCHAR_POLL_MASK;
	mutex_unlock(&p->one);
	return 0;
}

/* After an EAGAIN: waits until it is worth trying again. */
static int wait_events(struct ddchar_place *p, u32 events)
{
	u32 now;
	int ret = ask_poll(p, events, &now);

	if (ret || now)
		return ret;
	return wait_event_interruptible(p->wait, READ_ONCE(p->ready));
}

static bool waits_here(const struct file *file, const struct ddchar_place *p)
{
	return p->c->type->polls && !(file->f_flags & O_NONBLOCK);
}

static ssize_t file_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct ddchar_place *p = file->private_data;
	u32 most = min_t(size_t, count, DDCHAR_DATA_MAX);
	struct ddchar_ask ask;
	ssize_t ret;

	(void)pos;
	if (!count)
		return 0;
	for (;;) {
		ask = (struct ddchar_ask){ .op = DDCHAR_READ, .arg = most, .reply_max = most };
		ret = ask_locked(p, &ask);
		if (ret != -EAGAIN || !waits_here(file, p))
			break;
		ret = wait_events(p, (__force u32)EPOLLIN);
		if (ret)
			break;
	}
	if (ret)
		return ret;
	ret = copy_to_user(buf, p->data, ask.len) ? -EFAULT : ask.len;
	mutex_unlock(&p->one);
	return ret;
}

/* As much as one request carries. */
static ssize_t write_some(struct ddchar_place *p, const char __user *buf, u32 len)
{
	struct ddchar_ask ask = { .op = DDCHAR_WRITE, .len = len, .value_max = len };
	ssize_t ret = -EFAULT;

	if (mutex_lock_killable(&p->one))
		return -EINTR;
	if (!copy_from_user(p->data, buf, len))
		ret = ddchar_ask(p, &ask);
	if (!ret)
		ret = p->value;
	mutex_unlock(&p->one);
	return ret;
}

static ssize_t file_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct ddchar_place *p = file->private_data;
	size_t done = 0;
	ssize_t ret = 0;

	(void)pos;
	while (done < count) {
		ret = write_some(p, buf + done, min_t(size_t, count - done, DDCHAR_DATA_MAX));
		if (ret == -EAGAIN && waits_here(file, p))
			ret = wait_events(p, (__force u32)EPOLLOUT);
		else if (ret <= 0)
			break;
		if (ret < 0)
			break;
		done += ret;
		/* Only a device that is a stream takes the rest as its continuation. */
		if (!p->c->type->polls)
			break;
	}
	return done ? (ssize_t)done : ret;
}

static const struct ddchar_ioctl *find_ioctl(const struct ddchar_type *type, unsigned int cmd)
{
	const struct ddchar_ioctl *io;

	for (io = type->ioctls; io->cmd; io++)
		if (io->cmd == cmd)
			return io;
	return NULL;
}

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ddchar_place *p = file->private_data;
	const struct ddchar_ioctl *io = find_ioctl(p->c->type, cmd);
	struct ddchar_ask ask = { .op = DDCHAR_IOCTL, .reply_exact = true, .value_max = INT_MAX };
	long ret = -EFAULT;

	if (!io)
		return -ENOTTY;
	ask.arg = io - p->c->type->ioctls;
	ask.value = io->dir == DDCHAR_NUMBER ? arg : 0;
	ask.len = io->dir & DDCHAR_IN ? io->size : 0;
	ask.reply_max = io->dir & DDCHAR_OUT ? io->size : 0;
	if (mutex_lock_killable(&p->one))
		return -EINTR;
	if (copy_from_user(p->data, (void __user *)arg, ask.len))
		goto out;
	ret = ddchar_ask(p, &ask);
	if (!ret)
		ret = copy_to_user((void __user *)arg, p->data, ask.len) ? -EFAULT : (long)p->value;
out:
	mutex_unlock(&p->one);
	return ret;
}

static __poll_t file_poll(struct file *file, poll_table *table)
{
	struct ddchar_place *p = file->private_data;
	u32 now;

	poll_wait(file, &p->wait, table);
	if (READ_ONCE(p->lost) && !p->c->type->stateless)
		return EPOLLERR | EPOLLHUP | EPOLLIN;
	if (!p->c->type->polls)
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
	if (ask_poll(p, (__force u32)poll_requested_events(table), &now))
		return EPOLLERR | EPOLLHUP | EPOLLIN;
	if (now & (__force u32)EPOLLIN)
		now |= (__force u32)EPOLLRDNORM;
	if (now & (__force u32)EPOLLOUT)
		now |= (__force u32)EPOLLWRNORM;
	return (__force __poll_t)now;
}

const struct file_operations ddchar_fops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.read = file_read,
	.write = file_write,
	.unlocked_ioctl = file_ioctl,
	.poll = file_poll,
	.llseek = no_llseek,
};
