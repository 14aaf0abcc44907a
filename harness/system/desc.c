// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of systems, harness/systems/NAME.yaml: loading, and what is left of them for a run.
 */
#include "system/system.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "core/yaml.h"
#include "system/system-private.h"

#define SUFFIX ".yaml"
/* Of the remote machine: as a workstation beside the client, room for a page cache of its own. */
#define REMOTE_MEMORY_MIB 256

#define TEXT(key, type, member, flags) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), type, member, 1, CYAML_UNLIMITED)

static const cyaml_schema_field_t vm_fields[] = {
	TEXT("name", struct system_vm_desc, name, 0),
	TEXT("image", struct system_vm_desc, image, 0),
	CYAML_FIELD_UINT("memory_mib", CYAML_FLAG_DEFAULT, struct system_vm_desc, memory_mib),
	CYAML_FIELD_UINT("vcpus", CYAML_FLAG_OPTIONAL, struct system_vm_desc, vcpus),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t vm_value = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct system_vm_desc, vm_fields) };

static const cyaml_strval_t vias[] = {
	{ "link", SYSTEM_VIA_LINK },
	{ "stock", SYSTEM_VIA_STOCK },
};

static const cyaml_schema_value_t pair = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1,
							      CYAML_UNLIMITED) };

static const cyaml_schema_field_t device_fields[] = {
	TEXT("name", struct system_device_desc, name, 0),
	TEXT("class", struct system_device_desc, class, 0),
	TEXT("vm", struct system_device_desc, vm, 0),
	TEXT("exported_to", struct system_device_desc, exported_to, CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_ENUM("via", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct system_device_desc,
			 via, vias, CYAML_ARRAY_LEN(vias)),
	TEXT("driver", struct system_device_desc, driver, CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_SEQUENCE_COUNT("options", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct system_device_desc, options, n_options, &pair, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_BOOL("always", CYAML_FLAG_OPTIONAL, struct system_device_desc, always),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t device_value = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct system_device_desc, device_fields) };

static const cyaml_schema_field_t fleet_fields[] = {
	CYAML_FIELD_UINT("vms", CYAML_FLAG_DEFAULT, struct system_fleet_desc, vms),
	CYAML_FIELD_UINT("at_most", CYAML_FLAG_OPTIONAL, struct system_fleet_desc, at_most),
	TEXT("image", struct system_fleet_desc, image, CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_UINT("memory_mib", CYAML_FLAG_OPTIONAL, struct system_fleet_desc, memory_mib),
	CYAML_FIELD_SEQUENCE_COUNT("drivers", CYAML_FLAG_POINTER, struct system_fleet_desc, drivers,
				   n_drivers, &pair, 1, CYAML_UNLIMITED),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t system_fields[] = {
	TEXT("name", struct system_desc, name, 0),
	TEXT("summary", struct system_desc, summary, 0),
	CYAML_FIELD_SEQUENCE_COUNT("vms", CYAML_FLAG_POINTER, struct system_desc, vms, n_vms,
				   &vm_value, 1, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("devices", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct system_desc, devices, n_devices, &device_value, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_MAPPING_PTR("fleet", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				struct system_desc, fleet, fleet_fields),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t system_schema = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_POINTER, struct system_desc, system_fields) };

static bool has_suffix(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) && streq(name + len - strlen(SUFFIX), SUFFIX);
}

static void report_unknown(const char *name)
{
	char **names, *list = xstrdup(""), *longer;
	size_t n, i;

	if (system_desc_names(&names, &n) < 0)
		n = 0;
	for (i = 0; i < n; i++) {
		longer = xasprintf("%s%s%s", list, i ? ", " : "; there are: ", names[i]);
		free(list);
		list = longer;
		free(names[i]);
	}
	if (n)
		free(names);
	pr_err("no system '%s'%s", name, list);
	free(list);
}

int system_desc_load(struct system_desc **out, const char *name)
{
	struct system_desc *d;
	char *path, *full;
	unsigned int i;
	void *data;
	int err;

	path = has_suffix(name) ? xstrdup(name) : path_in_tree("harness/systems/%s" SUFFIX, name);
	full = strchr(path, '/') ? xstrdup(path) : xasprintf("./%s", path);
	free(path);
	if (!has_suffix(name) && (strchr(name, '/') || access(full, F_OK) < 0)) {
		report_unknown(name);
		err = -ENOENT;
		goto out;
	}
	err = yaml_load(full, &system_schema, &data, NULL);
	if (err)
		goto out;
	d = data;
	err = system_desc_check(full, d);
	if (!err && d->fleet)
		err = system_desc_scale(d, d->fleet->vms);
	if (err) {
		system_desc_free(d);
		goto out;
	}
	for (i = 0; i < d->n_vms; i++)
		if (!d->vms[i].vcpus)
			d->vms[i].vcpus = 1;
	d->path = full;
	*out = d;
	return 0;
out:
	free(full);
	return err;
}

/* What libcyaml allocated for one entry of a sequence. */
void system_device_desc_free(struct system_device_desc *dev)
{
	while (dev->n_options > 0)
		free(dev->options[--dev->n_options]);
	free(dev->options);
	free(dev->name);
	free(dev->class);
	free(dev->vm);
	free(dev->exported_to);
	free(dev->driver);
}

static bool is_needed(const struct system_desc *d, const char *vm)
{
	unsigned int i;

	for (i = 0; i < d->n_devices; i++)
		if (streq(d->devices[i].vm, vm) || streq(d->devices[i].exported_to, vm))
			return true;
	return streq(vm, SYSTEM_CLIENT);
}

void system_desc_keep(struct system_desc *d, const char *const *classes)
{
	unsigned int i, n = 0;

	system_fleet_keep(d, classes);
	for (i = 0; i < d->n_devices; i++) {
		if (d->devices[i].always || str_listed(classes, d->devices[i].class))
			d->devices[n++] = d->devices[i];
		else
			system_device_desc_free(&d->devices[i]);
	}
	d->n_devices = n;
	n = 0;
	for (i = 0; i < d->n_vms; i++) {
		if (is_needed(d, d->vms[i].name)) {
			d->vms[n++] = d->vms[i];
		} else {
			free(d->vms[i].name);
			free(d->vms[i].image);
		}
	}
	d->n_vms = n;
}

void system_desc_set_image(struct system_desc *d, const char *vm, const char *image)
{
	unsigned int i;

	for (i = 0; i < d->n_vms; i++) {
		if (!streq(d->vms[i].name, vm))
			continue;
		free(d->vms[i].image);
		d->vms[i].image = xstrdup(image);
	}
}

void system_desc_add_remote(struct system_desc *d, const char *image)
{
	unsigned int i = 0;

	while (i < d->n_devices && !class_find(d->devices[i].class)->remote)
		i++;
	if (i == d->n_devices)
		return;
	d->vms = xreallocarray(d->vms, d->n_vms + 1, sizeof(*d->vms));
	d->vms[d->n_vms++] = (struct system_vm_desc){
		.name = xstrdup(SYSTEM_REMOTE),
		.image = xstrdup(image),
		.memory_mib = REMOTE_MEMORY_MIB,
		.vcpus = 1,
	};
}

void system_desc_free(struct system_desc *desc)
{
	if (!desc)
		return;
	free(desc->path);
	yaml_free(&system_schema, desc, 0);
}

int system_desc_names(char ***names, size_t *n)
{
	char *dir = path_in_tree("harness/systems");
	int err = yaml_names(dir, names, n);

	free(dir);
	return err;
}
