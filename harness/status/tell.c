// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of a system that is up, gathered in one pass. */
#include <unistd.h>

#include "classes/class.h"
#include "core/util.h"
#include "ddlink_ring.h"
#include "meter/glance.h"
#include "status/status.h"

/* JSON's integers have a sign; what a guest claims may be any number. */
static json_t *number(uint64_t v)
{
	return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

static void add_glance(json_t *to, pid_t pid)
{
	struct meter_glance g;

	if (meter_glance(pid, &g) < 0)
		return;
	json_object_set_new(to, "cpu_us", number(g.cpu_us));
	json_object_set_new(to, "rss", number(g.rss));
	json_object_set_new(to, "own", number(g.own));
}

static void add_guest(json_t *to, const struct vm *vm)
{
	struct ddag_heartbeat hb;

	json_object_set_new(to, "heard_us", number(vm_last_heard_us(vm)));
	if (vm_heartbeat(vm, &hb) < 0)
		return;
	json_object_set_new(to, "guest",
			    json_pack("{so so so so}", "busy_us", number(hb.cpu_busy_us),
				      "uptime_us", number(hb.uptime_us), "memory",
				      number(hb.mem_total_kib << 10), "available",
				      number(hb.mem_available_kib << 10)));
}

static const char *role_of(const char *name)
{
	if (streq(name, SYSTEM_CLIENT))
		return "client";
	return streq(name, SYSTEM_REMOTE) ? "remote" : "driver";
}

/* @vm is NULL if it could not be started again. */
static json_t *tell_vm(const struct system_vm_desc *desc, const struct vm *vm)
{
	bool alive = vm && vm_alive(vm);
	json_t *t = json_pack("{ss ss sb sb si so}", "name", desc->name, "role",
			      role_of(desc->name), "alive", alive, "ready", alive && vm_ready(vm),
			      "vcpus", (int)desc->vcpus, "memory",
			      number((uint64_t)desc->memory_mib << 20));

	if (!alive)
		return t;
	json_object_set_new(t, "pid", json_integer(vm_pid(vm)));
	add_glance(t, vm_pid(vm));
	add_guest(t, vm);
	return t;
}

static int record_size(const struct device_class *class, unsigned int ring)
{
	unsigned int len = class->payload[ring];

	return len ? (int)ddlink_record_size(len) : 0;
}

static json_t *tell_link(const struct link *link, const struct device_class *class)
{
	struct link_view v;

	if (link_look(link, &v) < 0)
		return json_null();
	return json_pack("{sb ss ss s[II] s[II] s[ii]}", "up", link_view_up(&v), "server",
			 link_side_text(v.sides[DDLINK_SERVER]), "client",
			 link_side_text(v.sides[DDLINK_CLIENT]), "sessions",
			 (json_int_t)v.sessions[DDLINK_SERVER],
			 (json_int_t)v.sessions[DDLINK_CLIENT], "passed",
			 (json_int_t)v.passed[DDLINK_RING_TO_SERVER],
			 (json_int_t)v.passed[DDLINK_RING_TO_CLIENT], "record",
			 record_size(class, DDLINK_RING_TO_SERVER),
			 record_size(class, DDLINK_RING_TO_CLIENT));
}

static json_t *tell_device(struct system *sys, const struct system_device_desc *desc)
{
	const struct link *link = system_link(sys, desc->name);
	const char *via = link ? "link" : desc->exported_to ? "stock" : "none";
	json_t *t = json_pack("{ss ss ss ss ss}", "name", desc->name, "class", desc->class,
			      "driver", system_driver(sys, desc->name), "vm", desc->vm, "via", via);

	if (desc->exported_to)
		json_object_set_new(t, "user", json_string(desc->exported_to));
	if (link)
		json_object_set_new(t, "link", tell_link(link, class_find(desc->class)));
	return t;
}

static void add_machine(json_t *to)
{
	json_t *self = json_object();
	uint64_t busy_us;

	json_object_set_new(to, "processors", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	if (meter_glance_machine(&busy_us) == 0)
		json_object_set_new(to, "busy_us", number(busy_us));
	add_glance(self, getpid());
	json_object_set_new(to, "self", self);
}

json_t *status_tell(struct system *sys, uint64_t up_since_us)
{
	const struct system_desc *desc = system_desc(sys);
	json_t *vms = json_array(), *devices = json_array();
	json_t *t = json_pack("{ss si ss so so}", "system", desc->name, "pid", (int)getpid(),
			      "accel", system_accel(sys), "now_us", number(now_us()), "up_since_us",
			      number(up_since_us));
	unsigned int i;

	add_machine(t);
	for (i = 0; i < desc->n_vms; i++)
		json_array_append_new(vms, tell_vm(&desc->vms[i], system_vm_at(sys, i)));
	for (i = 0; i < desc->n_devices; i++)
		json_array_append_new(devices, tell_device(sys, &desc->devices[i]));
	json_object_set_new(t, "vms", vms);
	json_object_set_new(t, "devices", devices);
	return t;
}
