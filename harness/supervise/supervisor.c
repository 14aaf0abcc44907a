// SPDX-License-Identifier: GPL-2.0-or-later
/* The supervisor of a system that is up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "supervise/supervisor-private.h"

/* Of links of a system that is supervised: a hang shows within some of them. */
#define HEARTBEAT_MS 100
/* How often is looked whether all is well again. */
#define SETTLE_US (2 * USEC_PER_MSEC)

const char *detector_text(enum detector d)
{
	static const char *const names[] = {
		[DETECT_EXIT] = "exit",		[DETECT_HANG] = "hang",
		[DETECT_STUCK] = "stuck",	[DETECT_VIOLATION] = "violation",
		[DETECT_MISMATCH] = "mismatch", [DETECT_ASKED] = "asked",
	};

	return names[d];
}

const char *recovery_phase_text(enum recovery_phase phase)
{
	static const char *const names[RECOVERY_PHASES] = {
		[RECOVERY_FAULT] = "fault",	  [RECOVERY_DETECTED] = "detected",
		[RECOVERY_ISOLATED] = "isolated", [RECOVERY_RUNNING] = "running",
		[RECOVERY_DRIVER] = "driver",	  [RECOVERY_LINK] = "link",
		[RECOVERY_ANSWERED] = "answered",
	};

	return names[phase];
}

bool supervise_strategy_known(const char *name)
{
	return strategy_find(name) != NULL;
}

enum vm_origin supervise_strategy_origin(const char *name)
{
	const struct strategy *strategy = strategy_find(name);

	return strategy ? strategy->origin : VM_BOOT;
}

static struct watch *find(const struct supervisor *s, const char *vm)
{
	size_t i;

	for (i = 0; i < s->n_watches; i++)
		if (streq(s->watches[i].vm, vm))
			return &s->watches[i];
	return NULL;
}

static struct watch *find_or_add(struct supervisor *s, const char *vm)
{
	struct watch *w = find(s, vm);

	if (w)
		return w;
	s->watches = xreallocarray(s->watches, s->n_watches + 1, sizeof(*s->watches));
	w = &s->watches[s->n_watches++];
	*w = (struct watch){ .s = s, .vm = vm };
	return w;
}

static int set_heartbeat(struct link *link, unsigned int ms)
{
	int err = link_set_heartbeat(link, ms);

	if (!err)
		err = link_ring_doorbell(link, DDLINK_SERVER, DDLINK_VECTOR_CONTROL);
	return err ? err : link_ring_doorbell(link, DDLINK_CLIENT, DDLINK_VECTOR_CONTROL);
}

static int add_link(struct watch *w, struct link *link)
{
	struct watch_link *l;

	w->links = xreallocarray(w->links, w->n_links + 1, sizeof(*w->links));
	l = &w->links[w->n_links++];
	*l = (struct watch_link){
		.link = link,
		.memory = (const unsigned char *)link_memory(link),
	};
	if (!l->memory)
		return -ENOMEM;
	return set_heartbeat(link, HEARTBEAT_MS);
}

/* All driver VMs whose devices are exported by links. */
static int find_watches(struct supervisor *s)
{
	const struct system_desc *desc = system_desc(s->sys);
	unsigned int i;
	int err = 0;

	for (i = 0; i < desc->n_devices && !err; i++) {
		struct link *link = system_link(s->sys, desc->devices[i].name);

		if (link)
			err = add_link(find_or_add(s, desc->devices[i].vm), link);
	}
	return err;
}

/* A VM that was booted, since its driver's device cannot be saved, can only be booted again. */
static int check_origin(const struct supervisor *s, const char *name)
{
	const struct vm *vm = system_vm(s->sys, name);

	if (s->strategy->origin == VM_BOOT || !vm || vm_spec(vm)->origin != VM_BOOT)
		return 0;
	pr_err("strategy %s is not for VM %s, which was booted and not restored from a template",
	       s->strategy->name, name);
	return -EOPNOTSUPP;
}

/* Only now that they stay where they are. */
static int start_watches(struct supervisor *s)
{
	size_t i;
	int err = 0;

	for (i = 0; i < s->n_watches && !err; i++) {
		struct watch *w = &s->watches[i];

		watch_begin(w);
		err = check_origin(s, w->vm);
		if (!err && s->strategy->prepare)
			err = s->strategy->prepare(s->sys, w->vm);
		if (!err)
			err = task_start(&w->task, s->loop, recover_task, w);
	}
	return err;
}

int supervisor_open(struct supervisor **out, struct loop *loop, struct system *sys,
		    const struct supervise_options *opt)
{
	struct supervisor *s = xcalloc(1, sizeof(*s));
	unsigned int hang = opt->hang_ms ? opt->hang_ms : SUPERVISE_HANG_MS;
	unsigned int stuck = opt->stuck_ms ? opt->stuck_ms : SUPERVISE_STUCK_MS;
	int err;

	s->loop = loop;
	s->sys = sys;
	s->strategy = strategy_find(opt->strategy);
	s->hang_us = hang * USEC_PER_MSEC;
	s->stuck_us = stuck * USEC_PER_MSEC;
	s->attempts = opt->attempts ? opt->attempts : SUPERVISE_ATTEMPTS;
	err = s->strategy ? find_watches(s) : -EINVAL;
	if (!err)
		err = start_watches(s);
	if (err) {
		if (err != -EINTR && err != -EOPNOTSUPP)
			pr_err("system %s cannot be supervised by strategy %s: %s",
			       system_desc(sys)->name, opt->strategy, strerror(-err));
		supervisor_close(s);
	} else {
		*out = s;
	}
	return err;
}

void supervisor_close(struct supervisor *s)
{
	size_t i, j;

	if (!s)
		return;
	for (i = 0; i < s->n_watches; i++) {
		task_free(s->watches[i].task);
		if (s->strategy->release)
			s->strategy->release(s->sys, s->watches[i].vm);
		for (j = 0; j < s->watches[i].n_links; j++)
			set_heartbeat(s->watches[i].links[j].link, DDLINK_HEARTBEAT_MS);
		free(s->watches[i].links);
	}
	free(s->watches);
	for (i = 0; i < s->n_recoveries; i++)
		free(s->recoveries[i]);
	free(s->recoveries);
	free(s);
}

void supervisor_pause(struct supervisor *s, bool pause)
{
	size_t i;

	/* What happened meanwhile is no failure. */
	for (i = 0; i < s->n_watches && s->paused && !pause; i++)
		watch_begin(&s->watches[i]);
	s->paused = pause;
}

void supervisor_fault(struct supervisor *s, const char *vm, uint64_t when_us)
{
	struct watch *w = find(s, vm);

	if (w)
		w->fault_us = when_us;
}

int supervisor_replace(struct supervisor *s, const char *vm)
{
	struct watch *w = find(s, vm);

	if (!w || w->given_up)
		return -ENOENT;
	w->asked = true;
	return 0;
}

static bool is_well(struct watch *w)
{
	const struct strategy *strategy = w->s->strategy;

	if (w->recovering || w->asked || !watch_links_up(w))
		return false;
	return !strategy->prepared || strategy->prepared(w->s->sys, w->vm);
}

int supervisor_settle(struct supervisor *s, uint64_t timeout_us)
{
	uint64_t deadline = now_us() + timeout_us;
	size_t i = 0;
	int err = 0;

	while (i < s->n_watches && !err) {
		if (s->watches[i].given_up)
			err = -EIO;
		else if (is_well(&s->watches[i]))
			i++;
		else if (now_us() >= deadline)
			err = -ETIMEDOUT;
		else
			err = loop_sleep(s->loop, SETTLE_US);
	}
	return err;
}

size_t supervisor_n_recoveries(const struct supervisor *s)
{
	return s ? s->n_recoveries : 0;
}

const struct recovery *supervisor_recovery(const struct supervisor *s, size_t i)
{
	return i < s->n_recoveries ? s->recoveries[i] : NULL;
}
