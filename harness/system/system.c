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

struct vm *system_spare_at(struct system *sys, size_t i)
{
	return i < sys->desc->n_vms && sys->vms[i].spare ? sys->vms[i].spare->vm : NULL;
}

struct vm *system_client(struct system *sys)
{
	return system_vm(sys, SYSTEM_CLIENT);
}

struct vm *system_remote(struct system *sys)
{
	return system_vm(sys, SYSTEM_REMOTE);
}

static bool exports_by_link(const struct system *sys, const char *vm)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++)
		if (sys->devices[i].link && streq(sys->desc->devices[i].vm, vm))
			return true;
	return false;
}

void system_set_supervised(struct system *sys, bool on)
{
	sys->supervised = on;
}

int system_check(const struct system *sys, const char **vm)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_vms; i++) {
		const struct system_vm_desc *desc = sys->vms[i].desc;

		if (desc->fleet || (sys->vms[i].vm && vm_alive(sys->vms[i].vm)) ||
		    (sys->supervised && exports_by_link(sys, desc->name)))
			continue;
		if (vm)
			*vm = desc->name;
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

const char *system_device_vm(const struct system *sys, const char *device)
{
	const struct device *dev = find_device(sys, device);

	return dev ? sys->desc->devices[dev - sys->devices].vm : NULL;
}

const struct driver_desc *system_device_driver(const struct system *sys, const char *device)
{
	const struct device *dev = find_device(sys, device);

	return dev ? dev->driver : NULL;
}

const char *system_driver(const struct system *sys, const char *device)
{
	const struct driver_desc *driver = system_device_driver(sys, device);

	return driver ? driver->name : NULL;
}

static bool is_clients(const struct device *dev)
{
	return streq(vm_spec(dev->user)->name, SYSTEM_CLIENT);
}

bool system_client_device(const struct system *sys, const char *class, unsigned int index,
			  struct system_device *device)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++) {
		const struct device *dev = &sys->devices[i];

		if (!streq(dev->class->name, class) || !is_clients(dev) || index-- > 0)
			continue;
		*device = (struct system_device){
			.name = dev->name,
			.path = dev->path,
			.client_address = dev->client_address,
			.peer_address = dev->peer_address,
			.peer_path = dev->peer_path,
		};
		return true;
	}
	return false;
}

bool system_has_class(const struct system *sys, const char *class)
{
	struct system_device device;

	return system_client_device(sys, class, 0, &device);
}

const char *system_device_path(const struct system *sys, const char *class)
{
	struct system_device device;

	return system_client_device(sys, class, 0, &device) ? device.path : NULL;
}

struct link *system_link(struct system *sys, const char *device)
{
	const struct device *dev = find_device(sys, device);

	return dev ? dev->link : NULL;
}

int system_peer_netns_fd(const struct system *sys)
{
	size_t i;

	for (i = 0; i < sys->n_hosts; i++)
		if (sys->hosts[i].class->peer_netns_fd)
			return sys->hosts[i].class->peer_netns_fd(sys->hosts[i].host);
	return -1;
}

/* The client's first device that is on a network, or NULL. */
static const struct device *on_network(const struct system *sys)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++)
		if (sys->devices[i].client_address && is_clients(&sys->devices[i]))
			return &sys->devices[i];
	return NULL;
}

const char *system_peer_address(const struct system *sys)
{
	const struct device *dev = on_network(sys);

	return dev ? dev->peer_address : NULL;
}

const char *system_client_address(const struct system *sys)
{
	const struct device *dev = on_network(sys);

	return dev ? dev->client_address : NULL;
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
