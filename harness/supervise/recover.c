// SPDX-License-Identifier: GPL-2.0-or-later
/* Recovering a driver VM that has failed: a task for each that is watched. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "supervise/supervisor-private.h"

/* How often is looked whether all is well; that a QEMU has ended is known at once. */
#define LOOK_US (20 * USEC_PER_MSEC)
/* The same while something is about to happen. */
#define WAIT_US (500)
/* Until a link's session is up after its driver VM is: its sides try again after pauses. */
#define LINK_US (15 * USEC_PER_SEC)
/* Whoever does not use the device gets no answer; that is no failure. */
#define ANSWER_US (1 * USEC_PER_SEC)
/* Who fails again so soon has never been well. */
#define WELL_US (500 * USEC_PER_MSEC)
/* Before the second attempt in a row; each further one waits twice as long. */
#define BACKOFF_US (200 * USEC_PER_MSEC)

static bool has_ended(void *arg)
{
	const struct watch *w = arg;
	const struct vm *vm = system_vm(w->s->sys, w->vm);

	return !w->s->paused && (w->asked || !vm || vm_exited(vm));
}

/* How long it had been well: its end may have been seen while its next spare was made. */
static uint64_t well_for_us(const struct watch *w)
{
	const struct vm *vm = system_vm(w->s->sys, w->vm);

	return (vm ? vm_exited_us(vm) : now_us()) - w->well_us;
}

static struct recovery *begin(struct watch *w, enum detector how)
{
	struct supervisor *s = w->s;
	struct recovery *r = xcalloc(1, sizeof(*r));

	r->vm = w->vm;
	r->strategy = s->strategy->name;
	r->detector = how;
	r->at_us[RECOVERY_FAULT] = w->fault_us;
	r->at_us[RECOVERY_DETECTED] = now_us();
	w->fault_us = 0;
	if (how == DETECT_ASKED || well_for_us(w) > WELL_US)
		w->attempt = 0;
	r->attempt = ++w->attempt;
	s->recoveries = xreallocarray(s->recoveries, s->n_recoveries + 1, sizeof(*s->recoveries));
	s->recoveries[s->n_recoveries++] = r;
	return r;
}

static int wait_links(struct watch *w, uint64_t timeout_us)
{
	uint64_t deadline = now_us() + timeout_us;
	int err = 0;

	while (!err && !watch_links_up(w)) {
		if (has_ended(w))
			err = -EPIPE;
		else if (now_us() >= deadline)
			err = -ETIMEDOUT;
		else
			err = loop_sleep(w->s->loop, WAIT_US);
	}
	return err;
}

/* The first that comes back. */
static void wait_answer(struct watch *w, struct recovery *r)
{
	uint64_t deadline = now_us() + ANSWER_US;
	uint32_t before = watch_answers(w);

	while (now_us() < deadline && !has_ended(w)) {
		if (watch_answers(w) != before) {
			r->at_us[RECOVERY_ANSWERED] = now_us();
			return;
		}
		if (loop_sleep(w->s->loop, WAIT_US))
			return;
	}
}

static int replace(struct watch *w, struct recovery *r)
{
	struct replacement what = { 0 };
	int err;

	w->asked = false;
	watch_end(w);
	err = w->s->strategy->replace(w->s->sys, w->vm, &what);
	r->at_us[RECOVERY_ISOLATED] = what.isolated_us;
	r->at_us[RECOVERY_RUNNING] = what.start.running_us;
	r->at_us[RECOVERY_DRIVER] = what.start.driver_us;
	watch_begin(w);
	if (!err)
		err = wait_links(w, LINK_US);
	if (!err) {
		r->at_us[RECOVERY_LINK] = now_us();
		wait_answer(w, r);
	}
	return err;
}

static double ms_since_fault(const struct recovery *r, enum recovery_phase phase)
{
	uint64_t from = r->at_us[RECOVERY_FAULT] ? r->at_us[RECOVERY_FAULT] :
						   r->at_us[RECOVERY_DETECTED];

	if (r->at_us[phase] < from)
		return 0;
	return (double)(r->at_us[phase] - from) / USEC_PER_MSEC;
}

/* One that was broken off, for the system is taken down, is no failure. */
static void tell(const struct recovery *r)
{
	if (r->err == -EINTR)
		return;
	if (r->err)
		pr_err("VM %s failed (%s), and by strategy %s it did not come back: %s", r->vm,
		       detector_text(r->detector), r->strategy, strerror(-r->err));
	else
		pr_info("VM %s failed (%s); strategy %s: it runs after %.1f ms, its driver after "
			"%.1f ms, its link is up after %.1f ms",
			r->vm, detector_text(r->detector), r->strategy,
			ms_since_fault(r, RECOVERY_RUNNING), ms_since_fault(r, RECOVERY_DRIVER),
			ms_since_fault(r, RECOVERY_LINK));
}

static int give_up(struct watch *w, struct recovery *r)
{
	size_t i;

	w->given_up = true;
	r->given_up = true;
	system_stop_vm(w->s->sys, w->vm);
	for (i = 0; i < w->n_links; i++)
		link_abandon(w->links[i].link);
	pr_err("VM %s has failed %u times in a row: given up", w->vm, r->attempt - 1);
	return -EIO;
}

static int try_to_recover(struct watch *w, struct recovery *r)
{
	int err = 0;

	if (r->attempt > w->s->attempts)
		return give_up(w, r);
	if (r->attempt > 1)
		err = loop_sleep(w->s->loop, BACKOFF_US << (r->attempt - 2));
	if (!err)
		err = replace(w, r);
	r->err = err;
	tell(r);
	return err;
}

/* Once. 0, or why it did not succeed. */
static int recover(struct watch *w, enum detector how)
{
	struct recovery *r = begin(w, how);

	w->recovering = true;
	r->err = try_to_recover(w, r);
	w->well_us = r->err ? now_us() : r->at_us[RECOVERY_LINK];
	if (!r->err && w->s->strategy->prepare)
		w->s->strategy->prepare(w->s->sys, w->vm);
	r->over = true;
	w->recovering = false;
	return r->err;
}

void recover_task(void *arg)
{
	struct watch *w = arg;
	enum detector how;
	int err = 0;

	while (err != -EINTR && !w->given_up) {
		err = loop_wait(w->s->loop, has_ended, w, LOOK_US);
		if (err != -EINTR && !w->s->paused && watch_look(w, &how))
			err = recover(w, how);
	}
}
