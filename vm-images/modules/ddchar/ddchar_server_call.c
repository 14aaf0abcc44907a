// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The calls of a device file's driver, as a program would make them: drivers copy from and to a
 * program's memory, so the thread that makes the call has some.
 */
#include <linux/file.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "ddchar_server.h"

static int wake_place(struct wait_queue_entry *entry, unsigned int mode, int sync, void *key)
{
	struct ddchar_queue *q = container_of(entry, struct ddchar_queue, entry);

	(void)mode;
	(void)sync;
	(void)key;
	atomic_set(&q->place->woken, 1);
	wake_up(&q->place->wake);
	return 0;
}

struct watcher {
	poll_table table;
	struct ddchar_place *place;
};

static void watch_queue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct ddchar_place *p = container_of(table, struct watcher, table)->place;
	struct ddchar_queue *q;

	(void)file;
	if (p->n_queues == DDCHAR_QUEUES)
		return;
	q = &p->queues[p->n_queues++];
	q->place = p;
	q->head = head;
	init_waitqueue_func_entry(&q->entry, wake_place);
	add_wait_queue(head, &q->entry);
}

static void unwatch(struct ddchar_place *p)
{
	while (p->n_queues) {
		struct ddchar_queue *q = &p->queues[--p->n_queues];

		remove_wait_queue(q->head, &q->entry);
	}
}

void ddchar_close(struct ddchar_place *p)
{
	if (!p->file)
		return;
	unwatch(p);
	p->armed = 0;
	/* At once, not whenever: who is told that it is closed may open it again. */
	if (p->file->f_op->flush)
		p->file->f_op->flush(p->file, NULL);
	__fput_sync(p->file);
	p->file = NULL;
}

static int do_open(struct ddchar_place *p, u32 access)
{
	const struct ddchar_type *type = p->srv->type;
	struct watcher watcher = { .place = p };
	char path[DDCHAR_LOWER_SIZE + sizeof("/dev/")];
	struct file *file;

	if (p->file)
		return -EBUSY;
	snprintf(path, sizeof(path), "/dev/%s", p->srv->lower);
	file = filp_open(path, (int)access | O_NOCTTY | (type->polls ? O_NONBLOCK : 0), 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!S_ISCHR(file_inode(file)->i_mode)) {
		__fput_sync(file);
		return -ENODEV;
	}
	p->file = file;
	if (type->polls) {
		init_poll_funcptr(&watcher.table, watch_queue);
		vfs_poll(file, &watcher.table);
	}
	return 0;
}

/*
 * Reads or writes @len bytes at p->user; the driver's result. Some drivers keep in the file's
 * position how much of an answer has been read.
 */
static ssize_t transfer(struct ddchar_place *p, bool write, size_t len)
{
	void __user *at = (void __user *)p->user;
	struct file *file = p->file;
	struct iov_iter iter;
	struct kiocb kiocb;
	struct iovec iov;
	ssize_t ret;

	if (!(file->f_mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (write && file->f_op->write)
		return file->f_op->write(file, at, len, &file->f_pos);
	if (!write && file->f_op->read)
		return file->f_op->read(file, at, len, &file->f_pos);
	if (!(write ? file->f_op->write_iter : file->f_op->read_iter))
		return -EINVAL;
	ret = import_single_range(write ? WRITE : READ, at, len, &iov, &iter);
	if (ret)
		return ret;
	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = file->f_pos;
	ret = write ? call_write_iter(file, &kiocb, &iter) : call_read_iter(file, &kiocb, &iter);
	if (ret > 0)
		file->f_pos = kiocb.ki_pos;
	return ret;
}

static void do_read(struct ddchar_place *p, const struct ddchar_call *call, struct ddchar_result *r)
{
	ssize_t n = transfer(p, false, call->arg);

	if (n < 0)
		r->error = (int)n;
	else if (n > call->arg || copy_from_user(p->buf, (void __user *)p->user, n))
		r->error = -EFAULT;
	else
		r->len = n;
}

static void do_write(struct ddchar_place *p, const struct ddchar_call *call,
		     struct ddchar_result *r)
{
	ssize_t n = -EFAULT;

	if (!copy_to_user((void __user *)p->user, p->buf, call->len))
		n = transfer(p, true, call->len);
	if (n < 0 || n > call->len)
		r->error = n < 0 ? (int)n : -EIO;
	else
		r->value = n;
}

static void do_ioctl(struct ddchar_place *p, const struct ddchar_call *call,
		     struct ddchar_result *r)
{
	const struct ddchar_ioctl *io = &p->srv->type->ioctls[call->arg];
	unsigned long arg = io->dir == DDCHAR_NUMBER ? (unsigned long)call->value : p->user;
	void __user *at = (void __user *)p->user;
	long ret;

	/* A struct that the driver is to fill begins empty: nothing of the last call goes out. */
	if (!(io->dir & DDCHAR_IN))
		memset(p->buf, 0, io->size);
	if (io->dir == DDCHAR_NOTHING)
		arg = 0;
	if (copy_to_user(at, p->buf, io->size)) {
		r->error = -EFAULT;
		return;
	}
	ret = vfs_ioctl(p->file, io->cmd, arg);
	if (ret < 0)
		r->error = (int)ret;
	else if (io->dir & DDCHAR_OUT && copy_from_user(p->buf, at, io->size))
		r->error = -EFAULT;
	else
		r->len = io->dir & DDCHAR_OUT ? io->size : 0;
	r->value = r->error ? 0 : min_t(long, ret, INT_MAX);
}

/* Armed before it is looked, so that nothing can come between. */
static void do_poll(struct ddchar_place *p, const struct ddchar_call *call, struct ddchar_result *r)
{
	p->armed = call->arg;
	r->value = (__force u32)vfs_poll(p->file, NULL) & DDCHAR_POLL_MASK;
	if (r->value & call->arg)
		p->armed = 0;
}

void ddchar_call(struct ddchar_place *p, const struct ddchar_call *call, struct ddchar_result *r)
{
	if (call->op == DDCHAR_OPEN) {
		r->error = do_open(p, call->arg);
		return;
	}
	if (!p->file) {
		r->error = -EBADF;
		return;
	}
	switch (call->op) {
	case DDCHAR_READ:
		do_read(p, call, r);
		break;
	case DDCHAR_WRITE:
		do_write(p, call, r);
		break;
	case DDCHAR_IOCTL:
		do_ioctl(p, call, r);
		break;
	case DDCHAR_POLL:
		do_poll(p, call, r);
		break;
	default:
		r->error = -ENOSYS;
	}
}
