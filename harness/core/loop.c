// SPDX-License-Identifier: GPL-2.0-or-later
/* The one event loop, and waiting on it with a deadline. */
#include "core/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "core/task.h"
#include "core/util.h"

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *data)
{
	struct loop *loop = data;

	(void)s;
	(void)si;
	loop->interrupted = true;
	return 0;
}

int loop_new(struct loop **out)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct loop *loop = xcalloc(1, sizeof(*loop));
	sigset_t set;
	size_t i;
	int err;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);

	err = sd_event_new(&loop->event);
	for (i = 0; i < ARRAY_SIZE(signals) && err >= 0; i++)
		err = sd_event_add_signal(loop->event, NULL, signals[i], on_signal, loop);
	if (err < 0) {
		loop_free(loop);
		return err;
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	sd_event_unref(loop->event);
	free(loop);
}

/* One round of the loop, at most until @deadline: then each task whose turn it is. */
static int run_once(struct loop *loop, uint64_t deadline)
{
	uint64_t next, now, left = 0;
	int err;

	/* What they wait for may have come true by what the main program has just done. */
	if (!task_run_ready(loop)) {
		next = task_next_deadline(loop);
		now = now_us();
		if (next < deadline)
			deadline = next;
		if (deadline > now)
			left = deadline == UINT64_MAX ? UINT64_MAX : deadline - now;
	}
	err = sd_event_run(loop->event, left);
	if (err >= 0)
		task_run_ready(loop);
	return err < 0 ? err : 0;
}

static int wait_until(struct loop *loop, bool (*done)(void *), void *arg, uint64_t timeout_us,
		      bool interruptible)
{
	uint64_t deadline = timeout_us ? now_us() + timeout_us : UINT64_MAX;
	int err;

	if (task_running(loop))
		return task_wait(loop, done, arg, deadline, interruptible);
	for (;;) {
		if (done(arg))
			return 0;
		if (interruptible && loop->interrupted)
			return -EINTR;
		if (now_us() >= deadline)
			return -ETIMEDOUT;
		err = run_once(loop, deadline);
		if (err < 0)
			return err;
	}
}

int loop_wait(struct loop *loop, bool (*done)(void *), void *arg, uint64_t timeout_us)
{
	return wait_until(loop, done, arg, timeout_us, true);
}

int loop_wait_teardown(struct loop *loop, bool (*done)(void *), void *arg, uint64_t timeout_us)
{
	return wait_until(loop, done, arg, timeout_us, false);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

int loop_sleep(struct loop *loop, uint64_t us)
{
	int err = loop_wait(loop, never, NULL, us ? us : 1);

	return err == -ETIMEDOUT ? 0 : err;
}
