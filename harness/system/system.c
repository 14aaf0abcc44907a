// SPDX-License-Identifier: GPL-2.0-or-later
/* A system that is up: its parts, settings and counters. */
#include "system/system.h"

#include <errno.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"

/* The one setting of a system that is up which is of no class of devices. */
#define BUDGET "budget"

const struct system_desc *system_desc(const struct system *sys)
{
	return sys->desc;
}

const char *system_accel(const struct system *sys)
{
	return sys->accel;
}

uint64_t system_up_us(const struct system *sys)
{
	return sys->up_us;
}

struct vm *system_vm(struct system *sys, const char *name)
{
	struct system_vm *vm = system_find(sys, name);

	return vm ? vm->vm : NULL;
}

size_t system_n_vms(const struct system *sys)
{
	return sys->desc->n_vms;
}

struct vm *system_vm_at(struct system *sys, size_t i)
{
	return i < sys->desc->n_vms ? sys->vms[i].vm : NULL;
}

struct vm *system_client(struct system *sys)
{
	return system_vm(sys, SYSTEM_CLIENT);
}

struct vm *system_remote(struct system *sys)
{
	return system_vm(sys, SYSTEM_REMOTE);
}

int system_check(const struct system *sys, const char **vm)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_vms; i++) {
		if (sys->vms[i].desc->fleet || (sys->vms[i].vm && vm_alive(sys->vms[i].vm)))
			continue;
		if (vm)
			*vm = sys->vms[i].desc->name;
		return -EPIPE;
	}
	return 0;
}

static const struct device *find_device(const struct system *sys, const char *name)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++)
		if (streq(sys->devices[i].name, name))
			return &sys->devices[i];
	return NULL;
}

const char *system_driver(const struct system *sys, const char *device)
{
	const struct device *dev = find_device(sys, device);

	return dev ? dev->driver->name : NULL;
}

/* The client's first device of a class, or NULL. */
static const struct device *clients_device(const struct system *sys, const char *class)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++)
		if (streq(sys->devices[i].class->name, class) &&
		    streq(vm_spec(sys->devices[i].user)->name, SYSTEM_CLIENT))
			return &sys->devices[i];
	return NULL;
}

bool system_has_class(const struct system *sys, const char *class)
{
	return clients_device(sys, class);
}

const char *system_device_path(const struct system *sys, const char *class)
{
	const struct device *dev = clients_device(sys, class);

	return dev ? dev->path : NULL;
}

struct link *system_link(struct system *sys, const char *device)
{
	const struct device *dev = find_device(sys, device);

	return dev ? dev->link : NULL;
}

static const struct device_peer *peer(const struct system *sys)
{
	size_t i;

	for (i = 0; i < sys->n_hosts; i++)
		if (sys->hosts[i].class->peer)
			return sys->hosts[i].class->peer(sys->hosts[i].host);
	return NULL;
}

int system_peer_netns_fd(const struct system *sys)
{
	const struct device_peer *p = peer(sys);

	return p ? p->netns_fd : -1;
}

const char *system_peer_address(const struct system *sys)
{
	const struct device_peer *p = peer(sys);

	return p ? p->peer_address : NULL;
}

const char *system_client_address(const struct system *sys)
{
	const struct device_peer *p = peer(sys);

	return p ? p->client_address : NULL;
}

int system_set(struct system *sys, const char *key, const char *value)
{
	bool known = false;
	unsigned int i;
	int err;

	if (streq(key, BUDGET))
		return system_set_budget(sys, value);
	for (i = 0; i < sys->desc->n_devices; i++) {
		struct device *dev = &sys->devices[i];
		const struct device_setting *s = class_setting(dev->class, key);

		if (!s)
			continue;
		known = true;
		if (!s->valid(value)) {
			pr_err("'%s' is no value for %s (%s)", value, key, s->help);
			return -EINVAL;
		}
		err = s->apply(dev, value);
		if (err)
			return err;
	}
	if (known)
		return 0;
	pr_err("system %s has no device with a setting '%s'", sys->desc->name, key);
	return -ENOENT;
}

int system_setting_check(const char *key, const char *value)
{
	const struct device_class_entry *e;
	const struct device_setting *s;

	if (streq(key, BUDGET))
		return system_budget_valid(value) ? 0 : -EINVAL;
	for (e = class_first(); e; e = e->next) {
		s = class_setting(e->class, key);
		if (s)
			return s->valid(value) ? 0 : -EINVAL;
	}
	return -ENOENT;
}

/* Puts the device's name before a counter's. */
struct prefix {
	const char *device;
	counter_fn fn;
	void *arg;
};

static void prefixed(const char *name, uint64_t value, void *arg)
{
	const struct prefix *p = arg;
	char *full = xasprintf("%s.%s", p->device, name);

	p->fn(full, value, p->arg);
	free(full);
}

int system_counters(struct system *sys, counter_fn fn, void *arg)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < sys->desc->n_devices && !err; i++) {
		struct device *dev = &sys->devices[i];
		struct prefix p = { .device = dev->name, .fn = fn, .arg = arg };

		if (dev->class->counters)
			err = dev->class->counters(dev, prefixed, &p);
		if (!err && dev->stock && dev->stock->counters)
			err = dev->stock->counters(dev, prefixed, &p);
	}
	return err;
}
