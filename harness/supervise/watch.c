// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Has a driver VM failed? What can be seen of it from outside: its process, and its side of the
 * link's memory. The guest is not asked, and may write anything there.
 */
#include <inttypes.h>

#include "core/log.h"
#include "core/util.h"
#include "supervise/supervisor-private.h"

/* Until the first beat, which may still be one of those that come seldom. */
#define FIRST_BEAT_US (2 * USEC_PER_SEC)
/* Between two looks; what is more went by unseen. */
#define UNSEEN_MAX_US (50 * USEC_PER_MSEC)
/* Driver VMs that were replaced without success count at most so often. */
#define IN_VAIN_MAX 8
/* With the session down for so long, though both sides are there, one refuses the other. */
#define REFUSED_US (2 * USEC_PER_SEC)

static struct vm *vm_of(const struct watch *w)
{
	return system_vm(w->s->sys, w->vm);
}

void watch_begin(struct watch *w)
{
	uint64_t now = now_us();
	size_t i;

	w->turns = (struct turns){ 0 };
	w->forgiven_us = 0;
	w->looked_us = now;
	for (i = 0; i < w->n_links; i++) {
		struct watch_link *l = &w->links[i];

		link_view_read(&l->view, l->memory);
		l->beat_us = now;
		l->progress_us = now;
		l->up_us = now;
		l->accused = false;
		l->was_up = false;
		l->beats = false;
	}
}

void watch_end(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->n_links; i++) {
		link_view_read(&w->links[i].view, w->links[i].memory);
		w->links[i].last = w->links[i].view.sessions[DDLINK_SERVER];
	}
}

/* Is its session up, and not that of its predecessor, who has left the memory as it was? */
static bool is_up(const struct watch_link *l, const struct link_view *v)
{
	return link_view_up(v) && v->sessions[DDLINK_SERVER] != l->last;
}

/* Nobody waits for it to do anything. */
static bool idle(const struct link_view *v)
{
	return !v->waiting[DDLINK_RING_TO_SERVER] && v->waits[DDLINK_CLIENT] == DDLINK_WAITS_NOT;
}

/* Has something come back, and not only what others get, while one waits in vain? */
static bool answered(const struct link_view *a, const struct link_view *b)
{
	return link_view_answers(a) != link_view_answers(b) &&
	       b->waits[DDLINK_CLIENT] != DDLINK_WAITS_FOR_ONE;
}

/* Who waits for an answer is not helped by what is taken. */
static bool moved(const struct link_view *a, const struct link_view *b)
{
	bool taken = a->passed[DDLINK_RING_TO_SERVER] != b->passed[DDLINK_RING_TO_SERVER];

	return answered(a, b) || (taken && b->waits[DDLINK_CLIENT] == DDLINK_WAITS_NOT);
}

static void look_at_link(struct watch_link *l, uint64_t now)
{
	struct link_view v;

	link_view_read(&v, l->memory);
	if (v.beats[DDLINK_SERVER] != l->view.beats[DDLINK_SERVER]) {
		l->beat_us = now;
		l->beats = true;
	}
	if (moved(&l->view, &v) || idle(&v) || !is_up(l, &v))
		l->progress_us = now;
	if (is_up(l, &v) && answered(&l->view, &v))
		l->in_vain = 0;
	if (is_up(l, &v)) {
		l->up_us = now;
		l->was_up = true;
	}
	/* Only upwards: a client that starts anew counts from 0. */
	l->accused |= (__s32)(v.complaints[DDLINK_CLIENT] - l->view.complaints[DDLINK_CLIENT]) > 0;
	l->view = v;
}

/* Time that does not count: as if all had been seen so much later. */
static void forgive(struct watch *w, uint64_t us)
{
	size_t i;

	for (i = 0; i < w->n_links; i++) {
		w->links[i].beat_us += us;
		w->links[i].progress_us += us;
		w->links[i].up_us += us;
	}
	w->forgiven_us += us;
}

/*
 * What the host takes from a VM is not its silence, nor what it takes from us: a VM that was not
 * looked at may have done anything. How it gets its turns is asked of those only that are silent.
 */
static void forgive_host(struct watch *w, uint64_t now)
{
	uint64_t unseen = now - w->looked_us, quiet = 0, taken;
	size_t i;

	if (w->looked_us && unseen > UNSEEN_MAX_US)
		forgive(w, unseen - UNSEEN_MAX_US);
	w->looked_us = now;
	for (i = 0; i < w->n_links; i++)
		if (now > w->links[i].beat_us && now - w->links[i].beat_us > quiet)
			quiet = now - w->links[i].beat_us;
	if (quiet < w->s->hang_us / 4) {
		w->turns = (struct turns){ 0 };
		w->forgiven_us = 0;
		return;
	}
	taken = w->turns.taken_us;
	turns_look(&w->turns, vm_pid(vm_of(w)), now);
	forgive(w, w->turns.taken_us - taken);
}

static uint64_t since(uint64_t then, uint64_t now)
{
	return now > then ? now - then : 0;
}

static bool is_silent(const struct watch *w, const struct watch_link *l, uint64_t now)
{
	uint64_t us = since(l->beat_us, now);

	if (us <= (l->beats ? w->s->hang_us : FIRST_BEAT_US))
		return false;
	pr_info("VM %s: %ju ms without a heartbeat of link %s, besides %ju ms that the host took",
		w->vm, (uintmax_t)(us / USEC_PER_MSEC), link_name(l->link),
		(uintmax_t)(w->forgiven_us / USEC_PER_MSEC));
	return true;
}

/*
 * If another driver VM has not helped, it is not the driver VM: the device may be broken, or nobody
 * there who could answer. So it is tried again less and less often.
 */
static bool is_stuck(const struct watch *w, struct watch_link *l, uint64_t now)
{
	if (since(l->progress_us, now) <= w->s->stuck_us << l->in_vain)
		return false;
	if (l->in_vain < IN_VAIN_MAX)
		l->in_vain++;
	return true;
}

static bool link_failed(struct watch *w, struct watch_link *l, uint64_t now, enum detector *how)
{
	look_at_link(l, now);
	if (l->accused) {
		*how = DETECT_MISMATCH;
		return true;
	}
	/* One that has not been up is still coming up, and has its deadlines. */
	if (!l->was_up)
		return false;
	if (is_silent(w, l, now))
		*how = DETECT_HANG;
	else if (is_stuck(w, l, now))
		*how = DETECT_STUCK;
	else if (since(l->up_us, now) > REFUSED_US && link_attached(l->link, DDLINK_CLIENT))
		*how = DETECT_VIOLATION;
	else
		return false;
	return true;
}

bool watch_look(struct watch *w, enum detector *how)
{
	const struct vm *vm = vm_of(w);
	uint64_t now = now_us();
	size_t i;

	*how = DETECT_ASKED;
	if (w->asked)
		return true;
	*how = DETECT_EXIT;
	if (!vm || vm_exited(vm))
		return true;
	/* What a guest that a debugger has stopped does not do is not its fault. */
	if (vm_paused(vm)) {
		watch_begin(w);
		return false;
	}
	forgive_host(w, now);
	for (i = 0; i < w->n_links; i++)
		if (link_failed(w, &w->links[i], now, how))
			return true;
	return false;
}

bool watch_links_up(struct watch *w)
{
	uint64_t now = now_us();
	bool up = true;
	size_t i;

	for (i = 0; i < w->n_links; i++) {
		look_at_link(&w->links[i], now);
		up &= is_up(&w->links[i], &w->links[i].view);
	}
	return up;
}

uint32_t watch_answers(struct watch *w)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < w->n_links; i++) {
		link_view_read(&w->links[i].view, w->links[i].memory);
		sum += link_view_answers(&w->links[i].view);
	}
	return sum;
}
