// SPDX-License-Identifier: GPL-2.0-or-later
/* Fleets: as many driver VMs and devices as are wanted, made from a few lines of a description. */
#include <errno.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"

static void free_vm(struct system_vm_desc *vm)
{
	free(vm->name);
	free(vm->image);
}

static void drop_fleet(struct system_desc *d)
{
	unsigned int i, n = 0;

	for (i = 0; i < d->n_devices; i++) {
		if (d->devices[i].fleet)
			system_device_desc_free(&d->devices[i]);
		else
			d->devices[n++] = d->devices[i];
	}
	d->n_devices = n;
	n = 0;
	for (i = 0; i < d->n_vms; i++) {
		if (d->vms[i].fleet)
			free_vm(&d->vms[i]);
		else
			d->vms[n++] = d->vms[i];
	}
	d->n_vms = n;
}

/* How many devices of a class there are: the number of the next. */
static unsigned int count_class(const struct system_desc *d, const char *class)
{
	unsigned int i, n = 0;

	for (i = 0; i < d->n_devices; i++)
		if (streq(d->devices[i].class, class))
			n++;
	return n;
}

static void add_vm(struct system_desc *d, const char *name)
{
	d->vms = xreallocarray(d->vms, d->n_vms + 1, sizeof(*d->vms));
	d->vms[d->n_vms++] = (struct system_vm_desc){
		.name = xstrdup(name),
		.image = xstrdup(d->fleet->image),
		.memory_mib = d->fleet->memory_mib,
		.vcpus = 1,
		.fleet = true,
	};
}

static void add_device(struct system_desc *d, const struct driver_desc *driver, const char *vm)
{
	const struct device_class *class = class_find(driver->class);

	d->devices = xreallocarray(d->devices, d->n_devices + 1, sizeof(*d->devices));
	d->devices[d->n_devices] = (struct system_device_desc){
		.name = xasprintf("%s%u", class->prefix, count_class(d, class->name)),
		.class = xstrdup(class->name),
		.vm = xstrdup(vm),
		.exported_to = streq(vm, SYSTEM_CLIENT) ? NULL : xstrdup(SYSTEM_CLIENT),
		.driver = xstrdup(driver->name),
		.fleet = true,
	};
	d->n_devices++;
}

/* The fleet anew, with @n driver VMs; its description has been checked. */
static void make_fleet(struct system_desc *d, const struct driver_desc *drivers,
		       unsigned int n_drivers, unsigned int n)
{
	const struct system_fleet_desc *f = d->fleet;
	char name[16];
	unsigned int i;

	drop_fleet(d);
	for (i = 0; i < n && f->n_drivers; i++) {
		snprintf(name, sizeof(name), "dd%u", i);
		if (f->image)
			add_vm(d, name);
		add_device(d, driver_desc_find(drivers, n_drivers, f->drivers[i % f->n_drivers]),
			   f->image ? name : SYSTEM_CLIENT);
	}
}

int system_desc_scale(struct system_desc *d, unsigned int n)
{
	struct driver_desc *drivers;
	unsigned int n_drivers;
	int err = driver_desc_load_all(&drivers, &n_drivers);

	if (err)
		return err;
	make_fleet(d, drivers, n_drivers, n);
	driver_desc_free_all(drivers, n_drivers);
	return 0;
}

int system_desc_apply(struct system_desc *d, const struct system_options *opt)
{
	if (!opt->vms)
		return 0;
	if (!d->fleet) {
		pr_err("system %s has no fleet, whose number of VMs could be set", d->name);
		return -EINVAL;
	}
	d->fleet->vms = opt->vms;
	return system_desc_scale(d, opt->vms);
}

int system_check_fleet(const struct system_desc *d)
{
	const struct system_fleet_desc *f = d->fleet;

	if (!f || !f->at_most || f->vms <= f->at_most)
		return 0;
	pr_err("system %s has room for at most %u devices, not %u", d->name, f->at_most, f->vms);
	return -EOPNOTSUPP;
}

/* Leaves only drivers of these classes in the fleet's list. */
static void keep_drivers(struct system_fleet_desc *f, const struct driver_desc *drivers,
			 unsigned int n_drivers, const char *const *classes)
{
	unsigned int i, n = 0;

	for (i = 0; i < f->n_drivers; i++) {
		const struct driver_desc *d = driver_desc_find(drivers, n_drivers, f->drivers[i]);

		if (str_listed(classes, d->class))
			f->drivers[n++] = f->drivers[i];
		else
			free(f->drivers[i]);
	}
	f->n_drivers = n;
}

void system_fleet_keep(struct system_desc *d, const char *const *classes)
{
	struct driver_desc *drivers;
	unsigned int n_drivers;

	/* It was loaded when the description was, so it can be again. */
	if (!d->fleet || driver_desc_load_all(&drivers, &n_drivers) < 0)
		return;
	keep_drivers(d->fleet, drivers, n_drivers, classes);
	make_fleet(d, drivers, n_drivers, d->fleet->vms);
	driver_desc_free_all(drivers, n_drivers);
}
