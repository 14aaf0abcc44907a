// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of drivers, harness/drivers.yaml. */
#include "system/system.h"

#include <errno.h>
#include <stdlib.h>

#include "classes/class.h"
#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "core/yaml.h"

static const cyaml_schema_value_t word = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1,
							      CYAML_UNLIMITED) };

/* libcyaml's own truth values take all that is not "false" or the like for true. */
static const cyaml_strval_t truths[] = {
	{ "true", true },
	{ "false", false },
};

static const cyaml_schema_field_t driver_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct driver_desc, name, 1,
			       CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("class", CYAML_FLAG_POINTER, struct driver_desc, class, 1,
			       CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("device", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			       struct driver_desc, device, 1, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("medium", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			       struct driver_desc, medium, 1, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("modules", CYAML_FLAG_POINTER, struct driver_desc, modules,
				   n_modules, &word, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("machine", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			       struct driver_desc, machine, 1, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("parameters", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct driver_desc, parameters, n_parameters, &word, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("features", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct driver_desc, features, n_features, &word, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_UINT("max_mtu", CYAML_FLAG_OPTIONAL, struct driver_desc, max_mtu),
	CYAML_FIELD_ENUM("hotplug", CYAML_FLAG_STRICT, struct driver_desc, hotplug, truths,
			 CYAML_ARRAY_LEN(truths)),
	CYAML_FIELD_STRING_PTR("hotplug_why", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			       struct driver_desc, hotplug_why, 1, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("template_why", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			       struct driver_desc, template_why, 1, CYAML_UNLIMITED),
	CYAML_FIELD_UINT("settle_ms", CYAML_FLAG_OPTIONAL, struct driver_desc, settle_ms),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t driver_value = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct driver_desc, driver_fields) };

static const cyaml_schema_value_t drivers_schema = { CYAML_VALUE_SEQUENCE(
	CYAML_FLAG_POINTER, struct driver_desc, &driver_value, 1, CYAML_UNLIMITED) };

/* What the schema cannot say. */
static int check_drivers(const char *path, const struct driver_desc *drivers, unsigned int n)
{
	const struct device_class *class;
	unsigned int i, line;

	for (i = 0; i < n; i++) {
		line = yaml_line_of(path, drivers[i].name);
		if (driver_desc_find(drivers, n, drivers[i].name) != &drivers[i]) {
			pr_err("%s:%u: driver '%s' stands here twice", path,
			       yaml_line_after(path, line + 1, drivers[i].name), drivers[i].name);
			return -EINVAL;
		}
		class = class_find(drivers[i].class);
		if (!class) {
			pr_err("%s:%u: driver '%s' is of an unknown class '%s'", path, line,
			       drivers[i].name, drivers[i].class);
			return -EINVAL;
		}
		if (drivers[i].hotplug == !!drivers[i].hotplug_why) {
			pr_err("%s:%u: driver '%s': hotplug_why goes with hotplug: false, and only "
			       "with that",
			       path, line, drivers[i].name);
			return -EINVAL;
		}
		if (!drivers[i].device && !class->on_board) {
			pr_err("%s:%u: driver '%s' has no device; class %s needs one", path, line,
			       drivers[i].name, class->name);
			return -EINVAL;
		}
	}
	return 0;
}

int driver_desc_load_all(struct driver_desc **drivers, unsigned int *n)
{
	char *path = path_in_tree("harness/drivers.yaml");
	void *data;
	int err;

	err = yaml_load(path, &drivers_schema, &data, n);
	if (!err) {
		err = check_drivers(path, data, *n);
		if (err)
			yaml_free(&drivers_schema, data, *n);
		else
			*drivers = data;
	}
	free(path);
	return err;
}

const struct driver_desc *driver_desc_find(const struct driver_desc *drivers, unsigned int n,
					   const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (streq(drivers[i].name, name))
			return &drivers[i];
	return NULL;
}

bool driver_desc_has(const struct driver_desc *driver, const char *feature)
{
	unsigned int i;

	for (i = 0; i < driver->n_features; i++)
		if (streq(driver->features[i], feature))
			return true;
	return false;
}

void driver_desc_free_all(struct driver_desc *drivers, unsigned int n)
{
	yaml_free(&drivers_schema, drivers, n);
}
