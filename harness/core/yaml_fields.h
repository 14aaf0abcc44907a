/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Short names for the fields that descriptions are made of, for files that hold a schema and
 * nothing else. Struct members named by them are those of struct dimset ("key=value" lists) and
 * plain texts.
 */
#ifndef DRIVERVM_CORE_YAML_FIELDS_H
#define DRIVERVM_CORE_YAML_FIELDS_H

#include "core/yaml.h"

#define TEXT(key, type, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, CYAML_UNLIMITED)
#define TEXT_OPTIONAL(key, type, member)                                                       \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 1, \
			       CYAML_UNLIMITED)
#define TEXTS(key, type, member, count, min) \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER, type, member, count, &text, min, 256)
#define TEXTS_OPTIONAL(key, type, member, count)                                                \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, \
				   count, &text, 0, 256)
#define DIMSET(key, type, member) TEXTS(key, type, member.v, member.n, 1)
#define DIMSET_OPTIONAL(key, type, member) TEXTS_OPTIONAL(key, type, member.v, member.n)
#define LIST_OPTIONAL(key, type, member, count, entry)                                          \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, \
				   count, entry, 0, 64)

static const cyaml_schema_value_t text __attribute__((
	unused)) = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED) };

#endif
