/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads a schema-checked description (libcyaml) and turns whatever is wrong with it into one line:
 * "FILE:LINE: what was found, what was expected".
 */
#ifndef DRIVERVM_CORE_YAML_H
#define DRIVERVM_CORE_YAML_H

#include <cyaml/cyaml.h>

/*
 * Loads @path by @schema. *@data is owned by the caller (yaml_free()); @n is the number of entries
 * if the top is a sequence, else NULL. Returns 0, or -EINVAL or -ENOENT, reported.
 */
int yaml_load(const char *path, const cyaml_schema_value_t *schema, void **data, unsigned int *n);
/* NULL data is allowed. */
void yaml_unload(const cyaml_schema_value_t *schema, void *data, unsigned int n);

/* libyaml exports a yaml_free() of its own, so ours must not be a symbol: it would be called. */
static inline void yaml_free(const cyaml_schema_value_t *schema, void *data, unsigned int n)
{
	yaml_unload(schema, data, n);
}

/*
 * The line in @path where @text first stands as a key or a value, for errors found after loading
 * (an unknown driver, a workload's bad option); 0 if nowhere.
 */
unsigned int yaml_line_of(const char *path, const char *text);
/* The same, but looks from @line on, and returns @line if @text is nowhere below. */
unsigned int yaml_line_after(const char *path, unsigned int line, const char *text);

/*
 * The names of all descriptions in folder @dir, sorted, without ".yaml"; the caller frees each and
 * the array. 0 or a negative errno, reported.
 */
int yaml_names(const char *dir, char ***names, size_t *n);
/* Reports that there is no @what (such as "experiment") called @name in @dir, and which there are.
 */
void yaml_no_such(const char *dir, const char *what, const char *name);

#endif
