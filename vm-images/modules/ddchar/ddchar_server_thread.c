// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread for each place for an open file. So a read that waits keeps nobody waiting but those
 * who use that file, and a driver that never returns takes one place with it.
 */
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "ddchar_server.h"

/* What the thread has to do next. */
enum job {
	JOB_NONE,
	JOB_ABANDON, /* close the file, nobody is to be told */
	JOB_CALL,
	JOB_CLOSE,
};

/* Takes it: then nobody else does. A call's data is in p->buf. */
static enum job take_job(struct ddchar_place *p, struct ddchar_call *call, u32 *epoch)
{
	struct ddchar_server *srv = p->srv;
	enum job job = JOB_NONE;

	spin_lock_irq(&srv->lock);
	*epoch = srv->epoch;
	if (p->abandoned) {
		p->abandoned = false;
		job = JOB_ABANDON;
	} else if (p->wanted) {
		p->wanted = false;
		p->running = true;
		p->epoch = srv->epoch;
		/* Meant for the last call. */
		flush_signals(current);
		*call = p->call;
		memcpy(p->buf, p->in, call->len);
		job = JOB_CALL;
	} else if (p->close) {
		p->close = false;
		call->cookie = p->close_cookie;
		job = JOB_CLOSE;
	}
	spin_unlock_irq(&srv->lock);
	return job;
}

static void do_job(struct ddchar_place *p, enum job job, const struct ddchar_call *call, u32 epoch)
{
	struct ddchar_result r = { 0 };

	if (job == JOB_CALL) {
		ddchar_call(p, call, &r);
		spin_lock_irq(&p->srv->lock);
		p->running = false;
		spin_unlock_irq(&p->srv->lock);
	} else {
		ddchar_close(p);
	}
	if (job != JOB_ABANDON)
		ddchar_send(p, epoch, DDCHAR_REC_REPLY, call->cookie, &r);
}

/* The driver said that something may be ready: is it what the client waits for? */
static void look_if_ready(struct ddchar_place *p, u32 epoch)
{
	static const struct ddchar_result nothing;

	if (!p->file || !p->armed)
		return;
	if (!((__force u32)vfs_poll(p->file, NULL) & p->armed))
		return;
	p->armed = 0;
	ddchar_send(p, epoch, DDCHAR_REC_READY, 0, &nothing);
}

static bool has_work(struct ddchar_place *p)
{
	return READ_ONCE(p->wanted) || READ_ONCE(p->close) || READ_ONCE(p->abandoned) ||
	       atomic_read(&p->woken) || kthread_should_stop();
}

static void work(struct ddchar_place *p)
{
	struct ddchar_call call = { 0 };
	enum job job;
	u32 epoch;

	while (!kthread_should_stop()) {
		wait_event_idle(p->wake, has_work(p));
		while ((job = take_job(p, &call, &epoch)) != JOB_NONE)
			do_job(p, job, &call, epoch);
		if (atomic_xchg(&p->woken, 0))
			look_if_ready(p, epoch);
	}
	ddchar_close(p);
}

static int place_thread(void *data)
{
	struct ddchar_place *p = data;

	/* By which a driver that waits is told to give up, as a program would be. */
	allow_signal(SIGKILL);
	kthread_use_mm(p->srv->mm);
	p->user = vm_mmap(NULL, 0, DDCHAR_DATA_MAX, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(p->user)) {
		/* Every copy fails then, and the client is told EFAULT. */
		dev_err(&p->srv->link->dev, "no memory for a file: %ld\n", (long)p->user);
		p->user = 0;
	}
	work(p);
	if (p->user)
		vm_munmap(p->user, DDCHAR_DATA_MAX);
	kthread_unuse_mm(p->srv->mm);
	return 0;
}

int ddchar_place_start(struct ddchar_place *p)
{
	struct task_struct *thread;

	p->in = kmalloc(DDCHAR_DATA_MAX, GFP_KERNEL);
	p->buf = kmalloc(DDCHAR_DATA_MAX, GFP_KERNEL);
	if (!p->in || !p->buf)
		return -ENOMEM;
	thread = kthread_run(place_thread, p, "ddchar-%s-%u", dev_name(&p->srv->link->dev),
			     p->index);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	p->thread = thread;
	return 0;
}

void ddchar_place_stop(struct ddchar_place *p)
{
	if (p->thread) {
		send_sig(SIGKILL, p->thread, 1);
		kthread_stop(p->thread);
	}
	p->thread = NULL;
	p->wanted = p->running = p->close = p->abandoned = false;
	kfree(p->in);
	kfree(p->buf);
	p->in = p->buf = NULL;
}
