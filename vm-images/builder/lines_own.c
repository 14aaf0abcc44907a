// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts what was written to use drivers from another VM. Class NAME has a translation module in
 * vm-images/modules/ddNAME, and what the harness must know about it in harness/classes: NAME.c, and
 * NAME_*.c and NAME-*.h beside it.
 */
#include <cyaml/cyaml.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builder/lines.h"
#include "core/log.h"

#define DRIVERS "harness/drivers.yaml"
#define SHARED "vm-images/modules/ddlink"
#define CLASSES "harness/classes"

/* What is of interest here of the table of drivers; the harness checks all of it. */
struct driver {
	char *name;
	char *class;
	char **modules;
	unsigned int n_modules;
};

static const cyaml_schema_value_t word_schema = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1,
								     CYAML_UNLIMITED) };

static const cyaml_schema_field_t driver_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct driver, name, 1, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("class", CYAML_FLAG_POINTER, struct driver, class, 1,
			       CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("modules", CYAML_FLAG_POINTER, struct driver, modules, n_modules,
				   &word_schema, 0, CYAML_UNLIMITED),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t driver_schema = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct driver, driver_fields) };

static const cyaml_schema_value_t drivers_schema = { CYAML_VALUE_SEQUENCE(
	CYAML_FLAG_POINTER, struct driver, &driver_schema, 1, CYAML_UNLIMITED) };

static const cyaml_config_t yaml_config = {
	.log_fn = cyaml_log,
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
	.flags = CYAML_CFG_NO_ALIAS | CYAML_CFG_IGNORE_UNKNOWN_KEYS,
};

static int is_source(const struct dirent *entry)
{
	return has_suffix(entry->d_name, ".c") || has_suffix(entry->d_name, ".h");
}

static int count_own_file(json_t *files, const char *tree, const char *path)
{
	struct argv includes = { 0 };
	int err = lines_count_file(files, tree, path, &includes);

	if (err)
		pr_err("%s/%s: %s", tree, path, strerror(-err));
	argv_free(&includes);
	return err;
}

/* Is a file of harness/classes about that class? All are, if it is NULL. */
static bool is_about(const char *file, const char *class)
{
	size_t len = class ? strlen(class) : 0;

	return !class || (strncmp(file, class, len) == 0 && strchr("._-", file[len]));
}

/* All sources of a folder that are about @class. */
static int count_folder(const char *tree, const char *folder, const char *class, json_t **counted)
{
	char *path = xasprintf("%s/%s", tree, folder), *name;
	json_t *files = json_object();
	struct dirent **entries;
	int n = scandir(path, &entries, is_source, alphasort), i;
	int err = n < 0 ? -errno : 0;

	if (err)
		pr_err("%s: %s", path, strerror(-err));
	for (i = 0; i < n; i++) {
		name = xasprintf("%s/%s", folder, entries[i]->d_name);
		if (!err && is_about(entries[i]->d_name, class))
			err = count_own_file(files, tree, name);
		free(name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	if (!err && !json_object_size(files)) {
		pr_err("%s: no source%s%s", path, class ? " of class " : "", class ? class : "");
		err = -ENOENT;
	}
	free(path);
	if (err)
		json_decref(files);
	else
		*counted = lines_sum(files);
	return err;
}

static int count_class(const char *tree, const char *class, json_t **entry)
{
	char *folder = xasprintf("vm-images/modules/dd%s", class);
	json_t *translation, *harness;
	int err = count_folder(tree, folder, NULL, &translation);

	if (err)
		goto out;
	err = count_folder(tree, CLASSES, class, &harness);
	if (err)
		json_decref(translation);
	else
		*entry = json_pack("{s:{}, s:o, s:o}", "drivers", "translation", translation,
				   "harness", harness);
out:
	free(folder);
	return err;
}

static void add_driver(json_t *class, const struct driver *driver)
{
	json_t *modules = json_array();
	unsigned int i;
	char *name;

	for (i = 0; i < driver->n_modules; i++) {
		name = module_name(driver->modules[i]);
		json_array_append_new(modules, json_string(name));
		free(name);
	}
	json_object_set_new(json_object_get(class, "drivers"), driver->name, modules);
}

static int count_classes(const char *tree, const struct driver *drivers, unsigned int n,
			 json_t *classes)
{
	json_t *class;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < n; i++) {
		class = json_object_get(classes, drivers[i].class);
		if (!class) {
			err = count_class(tree, drivers[i].class, &class);
			if (err)
				break;
			json_object_set_new(classes, drivers[i].class, class);
		}
		add_driver(class, &drivers[i]);
	}
	return err;
}

int lines_count_own(const char *tree, json_t **classes, json_t **shared)
{
	char *path = xasprintf("%s/" DRIVERS, tree);
	cyaml_data_t *drivers = NULL;
	unsigned int n = 0;
	int err = -EINVAL;

	*classes = json_object();
	if (cyaml_load_file(path, &yaml_config, &drivers_schema, &drivers, &n) == CYAML_OK)
		err = count_classes(tree, drivers, n, *classes);
	else
		pr_err("%s: this is not a table of drivers", path);
	if (!err)
		err = count_folder(tree, SHARED, NULL, shared);
	cyaml_free(&yaml_config, &drivers_schema, drivers, n);
	if (err)
		json_decref(*classes);
	free(path);
	return err;
}
