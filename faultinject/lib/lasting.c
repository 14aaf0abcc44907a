// SPDX-License-Identifier: GPL-2.0-or-later
/* What lasts for a time, and is undone. */
#include "faultinject/lib/lasting.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/task.h"
#include "core/util.h"

struct lasting {
	struct fault_site site;
	const struct lasting_ops *ops;
	void *arg;
	uint64_t end_us; /* UINT64_MAX: see lasting_end() */
	bool undone;
	struct task *task;
};

static void undo(struct lasting *l)
{
	if (l->undone || !l->ops->undo || !fault_site_alive(&l->site))
		return;
	/* A task that is told to end cannot wait for the VM: then lasting_end() does it again. */
	l->undone = l->ops->undo(&l->site, l->arg) != -EINTR;
}

static void last(void *arg)
{
	struct lasting *l = arg;
	uint64_t now, left;

	while ((now = now_us()) < l->end_us && fault_site_alive(&l->site)) {
		left = l->end_us - now;
		if (l->ops->step)
			l->ops->step(&l->site, l->arg);
		if (l->ops->every_us && l->ops->every_us < left)
			left = l->ops->every_us;
		/* Now and then at least, since a dead VM ends it, too. */
		if (loop_sleep(l->site.loop, left < USEC_PER_SEC ? left : USEC_PER_SEC))
			return;
	}
	undo(l);
}

int lasting_start(struct lasting **out, const struct fault_site *site, double ms,
		  const struct lasting_ops *ops, void *arg)
{
	struct lasting *l = xcalloc(1, sizeof(*l));
	int err;

	l->site = *site;
	l->ops = ops;
	l->arg = arg;
	l->end_us = ms > 0 && ms < 1e12 ? now_us() + (uint64_t)llround(ms * 1000) : UINT64_MAX;
	err = task_start(&l->task, site->loop, last, l);
	if (err)
		free(l);
	else
		*out = l;
	return err;
}

void lasting_end(struct lasting *l)
{
	if (!l)
		return;
	task_free(l->task);
	undo(l);
	free(l);
}
