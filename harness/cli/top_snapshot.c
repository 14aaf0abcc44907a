// SPDX-License-Identifier: GPL-2.0-or-later
/* From answers to snapshots, and from two of these to rates. */
#include "cli/top_snapshot.h"

#include <errno.h>
#include <stdlib.h>

#include "core/util.h"

static int64_t integer(const json_t *of, const char *key)
{
	return json_integer_value(json_object_get(of, key));
}

static const char *string(const json_t *of, const char *key)
{
	const char *s = json_string_value(json_object_get(of, key));

	return s ? s : "?";
}

static int64_t integer_at(const json_t *of, const char *key, unsigned int i)
{
	return json_integer_value(json_array_get(json_object_get(of, key), i));
}

static bool is_true(const json_t *of, const char *key)
{
	return json_is_true(json_object_get(of, key));
}

static enum top_role role_of(const char *role)
{
	if (streq(role, "client"))
		return TOP_CLIENT;
	return streq(role, "remote") ? TOP_REMOTE : TOP_DRIVER_VM;
}

static struct top_vm read_vm(const json_t *t, int64_t at_us)
{
	const json_t *guest = json_object_get(t, "guest");
	int64_t heard_us = integer(t, "heard_us");

	return (struct top_vm){
		.name = string(t, "name"),
		.role = role_of(string(t, "role")),
		.alive = is_true(t, "alive"),
		.ready = is_true(t, "ready"),
		.pid = (int)integer(t, "pid"),
		.silent_us = heard_us && heard_us < at_us ? at_us - heard_us : 0,
		.memory = integer(t, "memory"),
		.cpu_us = integer(t, "cpu_us"),
		.rss = integer(t, "rss"),
		.own = integer(t, "own"),
		.guest_busy_us = integer(guest, "busy_us"),
		.guest_uptime_us = integer(guest, "uptime_us"),
		.cpu = TOP_UNKNOWN,
		.guest_cpu = TOP_UNKNOWN,
	};
}

static struct top_device read_device(const json_t *t)
{
	const json_t *link = json_object_get(t, "link");
	struct top_device d = {
		.name = string(t, "name"),
		.driver = string(t, "driver"),
		.vm = string(t, "vm"),
		.via = string(t, "via"),
		.linked = json_is_object(link),
		.up = is_true(link, "up"),
		.side = { string(link, "server"), string(link, "client") },
	};
	unsigned int i;

	for (i = 0; i < 2; i++) {
		d.sessions[i] = integer_at(link, "sessions", i);
		d.passed[i] = (uint32_t)integer_at(link, "passed", i);
		d.record[i] = integer_at(link, "record", i);
		d.rate[i] = TOP_UNKNOWN;
	}
	return d;
}

static void read_all(struct top_snapshot *s, const json_t *vms, const json_t *devices)
{
	size_t i;

	s->n_vms = json_array_size(vms);
	s->vms = xcalloc(s->n_vms, sizeof(*s->vms));
	for (i = 0; i < s->n_vms; i++)
		s->vms[i] = read_vm(json_array_get(vms, i), s->now_us);
	s->n_devices = json_array_size(devices);
	s->devices = xcalloc(s->n_devices, sizeof(*s->devices));
	for (i = 0; i < s->n_devices; i++)
		s->devices[i] = read_device(json_array_get(devices, i));
}

int top_snapshot_new(struct top_snapshot **out, json_t *answer)
{
	const json_t *vms = json_object_get(answer, "vms"), *self;
	const json_t *devices = json_object_get(answer, "devices");
	struct top_snapshot *s;

	if (!json_is_string(json_object_get(answer, "system")) || !json_is_array(vms) ||
	    !json_is_array(devices)) {
		json_decref(answer);
		return -EPROTO;
	}
	self = json_object_get(answer, "self");
	s = xcalloc(1, sizeof(*s));
	*s = (struct top_snapshot){
		.answer = answer,
		.system = string(answer, "system"),
		.accel = string(answer, "accel"),
		.pid = (int)integer(answer, "pid"),
		.processors = (int)integer(answer, "processors"),
		.now_us = integer(answer, "now_us"),
		.up_since_us = integer(answer, "up_since_us"),
		.busy_us = integer(answer, "busy_us"),
		.self_cpu_us = integer(self, "cpu_us"),
		.self_rss = integer(self, "rss"),
		.self_own = integer(self, "own"),
		.machine_cpu = TOP_UNKNOWN,
		.self_cpu = TOP_UNKNOWN,
	};
	read_all(s, vms, devices);
	*out = s;
	return 0;
}

void top_snapshot_free(struct top_snapshot *s)
{
	if (!s)
		return;
	json_decref(s->answer);
	free(s->vms);
	free(s->devices);
	free(s);
}

/* What is counted as @from and then as @to, @wall_us later. */
static double per_time(int64_t from, int64_t to, int64_t wall_us)
{
	return to >= from ? (double)(to - from) / (double)wall_us : TOP_UNKNOWN;
}

/* A guest says something each second: an answer may find it with nothing new to say. */
static double guest_cpu(const struct top_vm *vm, const struct top_vm *before)
{
	int64_t wall_us = vm->guest_uptime_us - before->guest_uptime_us;

	if (wall_us == 0)
		return before->guest_cpu;
	if (wall_us < 0 || !before->guest_uptime_us)
		return TOP_UNKNOWN;
	return per_time(before->guest_busy_us, vm->guest_busy_us, wall_us);
}

static void vm_rates(struct top_vm *vm, const struct top_vm *before, int64_t wall_us)
{
	/* Another process is another VM, if of the same name. */
	if (!vm->pid || vm->pid != before->pid)
		return;
	vm->cpu = per_time(before->cpu_us, vm->cpu_us, wall_us);
	vm->guest_cpu = guest_cpu(vm, before);
}

static void device_rates(struct top_device *d, const struct top_device *before, int64_t wall_us)
{
	unsigned int i;

	if (!d->up || !before->up || d->sessions[0] != before->sessions[0] ||
	    d->sessions[1] != before->sessions[1])
		return;
	for (i = 0; i < 2; i++)
		d->rate[i] = (double)(uint32_t)(d->passed[i] - before->passed[i]) * 1e6 /
			     (double)wall_us;
}

/* What its links carry is part of what a VM does. */
static void add_to_vm(struct top_snapshot *s, const struct top_device *d)
{
	size_t i;

	for (i = 0; i < s->n_vms; i++) {
		if (!streq(s->vms[i].name, d->vm))
			continue;
		s->vms[i].rate +=
			(d->rate[0] > 0 ? d->rate[0] : 0) + (d->rate[1] > 0 ? d->rate[1] : 0);
		return;
	}
}

void top_snapshot_rates(struct top_snapshot *s, const struct top_snapshot *b)
{
	int64_t wall_us = b ? s->now_us - b->now_us : 0;
	size_t i;

	/* The same bring-up of the same system, so all is at the same places. */
	if (wall_us <= 0 || s->pid != b->pid || s->up_since_us != b->up_since_us ||
	    s->n_vms != b->n_vms || s->n_devices != b->n_devices)
		return;
	s->machine_cpu = per_time(b->busy_us, s->busy_us, wall_us);
	s->self_cpu = per_time(b->self_cpu_us, s->self_cpu_us, wall_us);
	for (i = 0; i < s->n_vms; i++)
		vm_rates(&s->vms[i], &b->vms[i], wall_us);
	for (i = 0; i < s->n_devices; i++) {
		device_rates(&s->devices[i], &b->devices[i], wall_us);
		add_to_vm(s, &s->devices[i]);
	}
}
