// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults that last for a time. */
#include "faultinject/lib/lasting.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"
#include "core/util.h"

/* A dead VM ends it, too, so that is looked at now and then. */
#define LOOK_US (100 * USEC_PER_MSEC)

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
	uint64_t now, pause = l->ops->every_us ? l->ops->every_us : LOOK_US;

	while ((now = now_us()) < l->end_us && fault_site_alive(&l->site)) {
		if (l->ops->step)
			l->ops->step(&l->site, l->arg);
		if (loop_sleep(l->site.loop, pause < l->end_us - now ? pause : l->end_us - now))
			return;
	}
	undo(l);
}

static void let_go(struct lasting *l)
{
	task_free(l->task);
	undo(l);
	free(l->arg);
	free(l);
}

int lasting_start(const struct fault_site *site, const struct fault_values *values,
		  const struct lasting_ops *ops, void *arg, struct fault_shot *shot, char **why)
{
	struct lasting *l = xcalloc(1, sizeof(*l));
	double ms = fault_number(values, "ms");
	int err;

	l->site = *site;
	l->ops = ops;
	l->arg = arg;
	shot->injected_us = shot->activated_us = now_us();
	l->end_us = ms > 0 && ms < 1e12 ? shot->injected_us + (uint64_t)llround(ms * 1000) :
					  UINT64_MAX;
	err = task_start(&l->task, site->loop, last, l);
	if (err) {
		*why = xasprintf("%s: no task for the fault's end: %s", site->device,
				 strerror(-err));
		let_go(l);
		return err;
	}
	shot->state = l;
	if (!shot->what)
		shot->what = json_object();
	return 0;
}

void lasting_end(const struct fault_site *site, struct fault_shot *shot)
{
	(void)site;
	let_go(shot->state);
	shot->state = NULL;
}
