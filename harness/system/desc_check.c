// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of systems: what their schema cannot say. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "core/yaml.h"
#include "system/system-private.h"

#define MEMORY_MIN_MIB 64
#define MEMORY_MAX_MIB (1U << 20)
#define VCPUS_MAX 64

/* Reports "@path:line: ...", the line being that of @text below the key @section. */
static int __printf(4, 5)
	bad(const char *path, const char *section, const char *text, const char *fmt, ...)
{
	unsigned int line = yaml_line_after(path, yaml_line_of(path, section), text);
	char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	va_end(ap);
	pr_err("%s:%u: %s", path, line, what ? what : "bad description");
	free(what);
	return -EINVAL;
}

/* Names become parts of file names, of QEMU's ids and of interface names. */
static bool good_name(const char *name, size_t max)
{
	return strlen(name) <= max && name[0] != '-' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0';
}

static const struct system_vm_desc *find_vm(const struct system_desc *d, const char *name)
{
	unsigned int i;

	for (i = 0; i < d->n_vms; i++)
		if (streq(d->vms[i].name, name))
			return &d->vms[i];
	return NULL;
}

/* Would readings of a VM of that name be taken for those of something else? */
static bool is_reserved(const char *name)
{
	return streq(name, SYSTEM_REMOTE) || streq(name, "host") || streq(name, "peer") ||
	       streq(name, "drivervm");
}

static int check_vms(const char *path, const struct system_desc *d)
{
	unsigned int i;

	for (i = 0; i < d->n_vms; i++) {
		const struct system_vm_desc *vm = &d->vms[i];

		if (!good_name(vm->name, 32))
			return bad(path, "vms", vm->name,
				   "VM name '%s': expected up to 32 of a-z, 0-9, - and _",
				   vm->name);
		if (is_reserved(vm->name))
			return bad(path, "vms", vm->name,
				   "VM name '%s': what is measured of something else has it",
				   vm->name);
		if (find_vm(d, vm->name) != vm)
			return bad(path, "vms", vm->name, "there are two VMs called '%s'",
				   vm->name);
		if (!good_name(vm->image, 32))
			return bad(path, "vms", vm->image, "'%s' cannot be the name of an image",
				   vm->image);
		if (vm->memory_mib < MEMORY_MIN_MIB || vm->memory_mib > MEMORY_MAX_MIB)
			return bad(path, "vms", vm->name,
				   "VM '%s': memory_mib is %u, expected %u to %u", vm->name,
				   vm->memory_mib, MEMORY_MIN_MIB, MEMORY_MAX_MIB);
		if (vm->vcpus > VCPUS_MAX)
			return bad(path, "vms", vm->name, "VM '%s': vcpus is %u, expected 1 to %u",
				   vm->name, vm->vcpus, VCPUS_MAX);
	}
	if (!find_vm(d, SYSTEM_CLIENT))
		return bad(path, "vms", "vms", "no VM is called 'client'");
	return 0;
}

static int check_driver(const char *path, const struct system_device_desc *dev,
			const struct driver_desc *drivers, unsigned int n)
{
	const struct driver_desc *driver = driver_desc_find(drivers, n, dev->driver);

	if (!driver)
		return bad(path, "devices", dev->driver,
			   "device '%s': no driver '%s' in drivers.yaml", dev->name, dev->driver);
	if (!streq(driver->class, dev->class))
		return bad(path, "devices", dev->driver,
			   "device '%s' is of class %s, its driver '%s' of class %s", dev->name,
			   dev->class, driver->name, driver->class);
	return 0;
}

static int check_export(const char *path, const struct system_desc *d,
			const struct system_device_desc *dev)
{
	if (dev->via != SYSTEM_VIA_LINK && !dev->exported_to)
		return bad(path, "devices", dev->name,
			   "device '%s' has 'via', which says how it is exported, and no "
			   "exported_to",
			   dev->name);
	if (!dev->exported_to)
		return 0;
	if (!find_vm(d, dev->exported_to))
		return bad(path, "devices", dev->exported_to, "device '%s': no VM is called '%s'",
			   dev->name, dev->exported_to);
	if (streq(dev->exported_to, dev->vm))
		return bad(path, "devices", dev->name,
			   "device '%s' is exported to the VM that has it; leave exported_to out",
			   dev->name);
	if (dev->via == SYSTEM_VIA_STOCK && !class_find(dev->class)->stock)
		return bad(path, "devices", dev->name,
			   "device '%s': class %s knows no stock way to export a device; expected "
			   "'via: link'",
			   dev->name, dev->class);
	return 0;
}

static int check_options(const char *path, const struct system_device_desc *dev)
{
	const struct device_class *class = class_find(dev->class);
	unsigned int i, j;
	char *why;
	int err = 0;

	for (i = 0; i < dev->n_options && !err; i++) {
		const char *option = dev->options[i];

		if (device_option_check(class, option, &why) < 0) {
			err = bad(path, "devices", option, "device '%s': %s", dev->name, why);
			free(why);
		}
		for (j = 0; j < i && !err; j++)
			if (strncmp(option, dev->options[j], strcspn(option, "=") + 1) == 0)
				err = bad(path, "devices", option,
					  "device '%s' has option '%.*s' twice", dev->name,
					  (int)strcspn(option, "="), option);
	}
	return err;
}

static int check_device(const char *path, const struct system_desc *d, unsigned int i)
{
	const struct system_device_desc *dev = &d->devices[i];
	unsigned int j;
	int err;

	if (!good_name(dev->name, DDLINK_NAME_MAX - 1))
		return bad(path, "devices", dev->name,
			   "device name '%s': expected up to %d of a-z, 0-9, - and _", dev->name,
			   DDLINK_NAME_MAX - 1);
	for (j = 0; j < i; j++)
		if (streq(d->devices[j].name, dev->name))
			return bad(path, "devices", dev->name, "there are two devices called '%s'",
				   dev->name);
	if (!class_find(dev->class))
		return bad(path, "devices", dev->class, "device '%s': no class '%s'", dev->name,
			   dev->class);
	if (!find_vm(d, dev->vm))
		return bad(path, "devices", dev->vm, "device '%s': no VM is called '%s'", dev->name,
			   dev->vm);
	err = check_export(path, d, dev);
	return err ? err : check_options(path, dev);
}

static int check_devices(const char *path, const struct system_desc *d)
{
	struct driver_desc *drivers = NULL;
	unsigned int i, n = 0;
	int err;

	err = driver_desc_load_all(&drivers, &n);
	for (i = 0; i < d->n_devices && !err; i++) {
		err = check_device(path, d, i);
		if (!err && d->devices[i].driver)
			err = check_driver(path, &d->devices[i], drivers, n);
	}
	driver_desc_free_all(drivers, n);
	return err;
}

/* A fleet's VMs and devices are named by us: they must not meet others. */
static int check_fleet_names(const char *path, const struct system_desc *d)
{
	unsigned int i;

	for (i = 0; i < d->n_vms; i++)
		if (strncmp(d->vms[i].name, "dd", 2) == 0 &&
		    isdigit((unsigned char)d->vms[i].name[2]))
			return bad(path, "vms", d->vms[i].name,
				   "VM name '%s': those of the fleet are called like that",
				   d->vms[i].name);
	if (d->n_devices)
		return bad(path, "devices", d->devices[0].name,
			   "device '%s': a system with a fleet has no others", d->devices[0].name);
	return 0;
}

static int check_fleet(const char *path, const struct system_desc *d)
{
	const struct system_fleet_desc *f = d->fleet;
	struct driver_desc *drivers = NULL;
	unsigned int i, n = 0;
	int err;

	if (f->vms < 1 || f->vms > SYSTEM_FLEET_MAX)
		return bad(path, "fleet", "vms", "vms is %u, expected 1 to %u", f->vms,
			   SYSTEM_FLEET_MAX);
	if (f->image && !good_name(f->image, 32))
		return bad(path, "fleet", f->image, "'%s' cannot be the name of an image",
			   f->image);
	if (f->image && (f->memory_mib < MEMORY_MIN_MIB || f->memory_mib > MEMORY_MAX_MIB))
		return bad(path, "fleet", "memory_mib", "memory_mib is %u, expected %u to %u",
			   f->memory_mib, MEMORY_MIN_MIB, MEMORY_MAX_MIB);
	err = driver_desc_load_all(&drivers, &n);
	for (i = 0; i < f->n_drivers && !err; i++)
		if (!driver_desc_find(drivers, n, f->drivers[i]))
			err = bad(path, "fleet", f->drivers[i], "no driver '%s' in drivers.yaml",
				  f->drivers[i]);
	driver_desc_free_all(drivers, n);
	return err ? err : check_fleet_names(path, d);
}

/* A description answers to the name of its file, or two could claim one name. */
static int check_file_name(const char *path, const struct system_desc *d)
{
	const char *base = strrchr(path, '/') + 1;
	size_t len = strlen(base) - strlen(".yaml");

	if (strlen(d->name) != len || strncmp(d->name, base, len) != 0)
		return bad(path, "name", "name", "name is '%s', expected '%.*s' as the file's",
			   d->name, (int)len, base);
	return 0;
}

int system_desc_check(const char *path, const struct system_desc *d)
{
	int err = check_file_name(path, d);

	if (!err)
		err = check_vms(path, d);
	if (!err)
		err = check_devices(path, d);
	if (!err && d->fleet)
		err = check_fleet(path, d);
	return err;
}
