// SPDX-License-Identifier: GPL-2.0-or-later
/* The schema of faultinject/campaigns/NAME.yaml, for libcyaml. */
#include "faultinject/campaign/schema.h"

#include "core/yaml_fields.h"
#include "faultinject/campaign/campaign.h"

static const cyaml_schema_field_t target_fields[] = {
	TEXT("name", struct campaign_target, name),
	TEXT("system", struct campaign_target, system),
	TEXT("driver", struct campaign_target, driver),
	TEXT("workload", struct campaign_target, workload),
	TEXT_OPTIONAL("device", struct campaign_target, device),
	DIMSET_OPTIONAL("options", struct campaign_target, options),
	CYAML_FIELD_UINT("every", CYAML_FLAG_OPTIONAL, struct campaign_target, every),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t target = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct campaign_target, target_fields) };

static const cyaml_schema_field_t fault_fields[] = {
	TEXT("fault", struct campaign_fault, fault),
	DIMSET_OPTIONAL("values", struct campaign_fault, values),
	CYAML_FIELD_UINT("weight", CYAML_FLAG_OPTIONAL, struct campaign_fault, weight),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t fault = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct campaign_fault, fault_fields) };

static const cyaml_strval_t amongs[] = {
	{ "activated", AMONG_ACTIVATED },
	{ "all", AMONG_ALL },
};

static const cyaml_schema_field_t claim_fields[] = {
	TEXT("id", struct campaign_claim, id),
	TEXT("statement", struct campaign_claim, statement),
	TEXT("source", struct campaign_claim, source),
	TEXTS("of", struct campaign_claim, of, n_of, 1),
	CYAML_FIELD_ENUM("among", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct campaign_claim,
			 among, amongs, CYAML_ARRAY_LEN(amongs)),
	DIMSET_OPTIONAL("where", struct campaign_claim, where),
	TEXT("expect", struct campaign_claim, expect),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t claim = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct campaign_claim, claim_fields) };

static const cyaml_schema_field_t quick_fields[] = {
	CYAML_FIELD_UINT("trials", CYAML_FLAG_OPTIONAL, struct campaign_quick, trials),
	TEXTS_OPTIONAL("targets", struct campaign_quick, targets, n_targets),
	CYAML_FIELD_END,
};

static const cyaml_strval_t parts[] = {
	{ "none", PART_OF_NONE },
	{ "full", PART_OF_FULL },
	{ "quick", PART_OF_QUICK },
};

static const cyaml_schema_field_t campaign_fields[] = {
	TEXT("name", struct campaign, name),
	TEXT("title", struct campaign, title),
	TEXT("question", struct campaign, question),
	TEXT("strategy", struct campaign, strategy),
	CYAML_FIELD_SEQUENCE_COUNT("targets", CYAML_FLAG_POINTER, struct campaign, targets,
				   n_targets, &target, 1, 64),
	CYAML_FIELD_SEQUENCE_COUNT("faults", CYAML_FLAG_POINTER, struct campaign, faults, n_faults,
				   &fault, 1, 64),
	CYAML_FIELD_UINT("trials", CYAML_FLAG_DEFAULT, struct campaign, trials),
	CYAML_FIELD_UINT("watch_ms", CYAML_FLAG_DEFAULT, struct campaign, watch_ms),
	CYAML_FIELD_UINT("patience_ms", CYAML_FLAG_OPTIONAL, struct campaign, patience_ms),
	CYAML_FIELD_MAPPING_PTR("quick", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct campaign,
				quick, quick_fields),
	CYAML_FIELD_ENUM("reproduce", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct campaign,
			 reproduce, parts, CYAML_ARRAY_LEN(parts)),
	LIST_OPTIONAL("claims", struct campaign, claims, n_claims, &claim),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t campaign_schema = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_POINTER, struct campaign, campaign_fields) };
