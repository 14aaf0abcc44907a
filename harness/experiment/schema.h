/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema of experiment descriptions; for desc.c only. */
#ifndef DRIVERVM_EXPERIMENT_SCHEMA_H
#define DRIVERVM_EXPERIMENT_SCHEMA_H

#include "core/yaml.h"

extern const cyaml_schema_value_t experiment_schema;

#endif
