// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads what others measured. */
#include "report/literature.h"

#include <stdlib.h>

#include "core/paths.h"
#include "core/yaml.h"

static const cyaml_strval_t marks[] = {
	{ "read", LITERATURE_READ },
	{ "recalled", LITERATURE_RECALLED },
};

#define TEXT(key, flags)                                                                         \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | (flags), struct literature_entry, key, \
			       1, CYAML_UNLIMITED)

static const cyaml_schema_field_t fields[] = {
	TEXT(experiment, 0),
	TEXT(what, 0),
	TEXT(figure, 0),
	TEXT(source, 0),
	CYAML_FIELD_ENUM("mark", CYAML_FLAG_STRICT, struct literature_entry, mark, marks,
			 CYAML_ARRAY_LEN(marks)),
	TEXT(claim, CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct literature_entry, fields),
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER, struct literature_entry, &entry, 0,
			     CYAML_UNLIMITED),
};

int literature_load(struct literature *lit)
{
	char *path = path_in_tree("harness/report/literature.yaml");
	void *data = NULL;
	int err;

	*lit = (struct literature){ 0 };
	err = yaml_load(path, &schema, &data, &lit->n);
	lit->v = data;
	free(path);
	return err;
}

void literature_free(struct literature *lit)
{
	yaml_free(&schema, lit->v, lit->n);
	*lit = (struct literature){ 0 };
}
