/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema of campaign descriptions; for desc.c only. */
#ifndef DRIVERVM_CAMPAIGN_SCHEMA_H
#define DRIVERVM_CAMPAIGN_SCHEMA_H

#include "core/yaml.h"

extern const cyaml_schema_value_t campaign_schema;

#endif
