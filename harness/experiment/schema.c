// SPDX-License-Identifier: GPL-2.0-or-later
/* The schema of harness/experiments/NAME.yaml, for libcyaml. */
#include "experiment/schema.h"

#include "core/yaml_fields.h"
#include "experiment/desc.h"

static const cyaml_schema_field_t axis_fields[] = {
	TEXT("axis", struct experiment_axis, axis),
	TEXTS("values", struct experiment_axis, values, n_values, 1),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t axis = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct experiment_axis, axis_fields) };

static const cyaml_schema_field_t define_fields[] = {
	TEXT("axis", struct experiment_define, axis),
	TEXT("value", struct experiment_define, value),
	TEXT("as", struct experiment_define, as),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t define = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct experiment_define, define_fields) };

static const cyaml_schema_field_t calibrate_fields[] = {
	TEXT("axis", struct experiment_calibration, axis),
	TEXT("value", struct experiment_calibration, value),
	TEXT("system", struct experiment_calibration, system),
	TEXT("metric", struct experiment_calibration, metric),
	DIMSET("where", struct experiment_calibration, where),
	CYAML_FIELD_FLOAT("fraction", CYAML_FLAG_DEFAULT, struct experiment_calibration, fraction),
	CYAML_FIELD_FLOAT("at_most", CYAML_FLAG_DEFAULT, struct experiment_calibration, at_most),
	CYAML_FIELD_FLOAT("scale", CYAML_FLAG_DEFAULT, struct experiment_calibration, scale),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t calibrate = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct experiment_calibration, calibrate_fields) };

static const cyaml_schema_field_t boot_cost_fields[] = {
	TEXT("axis", struct experiment_boot_cost, axis),
	CYAML_FIELD_FLOAT("seconds", CYAML_FLAG_DEFAULT, struct experiment_boot_cost, seconds),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t when_fields[] = {
	DIMSET("where", struct experiment_when, where),
	DIMSET_OPTIONAL("options", struct experiment_when, options),
	CYAML_FIELD_FLOAT("seconds", CYAML_FLAG_OPTIONAL, struct experiment_when, seconds),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t when = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct experiment_when, when_fields) };

static const cyaml_schema_field_t quick_fields[] = {
	TEXTS_OPTIONAL("systems", struct experiment_quick, systems, n_systems),
	TEXTS_OPTIONAL("drivers", struct experiment_quick, drivers, n_drivers),
	DIMSET_OPTIONAL("options", struct experiment_quick, options),
	LIST_OPTIONAL("boots", struct experiment_quick, boots, n_boots, &axis),
	LIST_OPTIONAL("matrix", struct experiment_quick, matrix, n_matrix, &axis),
	CYAML_FIELD_UINT_PTR("warmup", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct experiment_quick, warmup),
	CYAML_FIELD_UINT("invocations", CYAML_FLAG_OPTIONAL, struct experiment_quick, invocations),
	CYAML_FIELD_UINT("iterations", CYAML_FLAG_OPTIONAL, struct experiment_quick, iterations),
	CYAML_FIELD_FLOAT("seconds", CYAML_FLAG_OPTIONAL, struct experiment_quick, seconds),
	CYAML_FIELD_END,
};

static const cyaml_strval_t figure_kinds[] = {
	{ "bars", FIGURE_BARS },
	{ "lines", FIGURE_LINES },
};

static const cyaml_schema_field_t figure_fields[] = {
	TEXT("id", struct experiment_figure, id),
	TEXT("title", struct experiment_figure, title),
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_STRICT, struct experiment_figure, kind, figure_kinds,
			 CYAML_ARRAY_LEN(figure_kinds)),
	TEXT("x", struct experiment_figure, x),
	TEXT("series", struct experiment_figure, series),
	CYAML_FIELD_BOOL("x_log", CYAML_FLAG_OPTIONAL, struct experiment_figure, x_log),
	CYAML_FIELD_BOOL("y_log", CYAML_FLAG_OPTIONAL, struct experiment_figure, y_log),
	TEXT("metric", struct experiment_figure, metric),
	TEXT("unit", struct experiment_figure, unit),
	CYAML_FIELD_FLOAT("scale", CYAML_FLAG_OPTIONAL, struct experiment_figure, scale),
	TEXT_OPTIONAL("metric2", struct experiment_figure, metric2),
	TEXT_OPTIONAL("unit2", struct experiment_figure, unit2),
	CYAML_FIELD_FLOAT("scale2", CYAML_FLAG_OPTIONAL, struct experiment_figure, scale2),
	DIMSET_OPTIONAL("where", struct experiment_figure, where),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t figure = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct experiment_figure, figure_fields) };

static const cyaml_strval_t claim_kinds[] = {
	{ "value", CLAIM_VALUE },	    { "ratio", CLAIM_RATIO },
	{ "difference", CLAIM_DIFFERENCE }, { "ratio of differences", CLAIM_RATIO_OF_DIFFERENCES },
	{ "slope", CLAIM_SLOPE },	    { "minimum", CLAIM_MINIMUM },
	{ "maximum", CLAIM_MAXIMUM },
};

static const cyaml_schema_field_t claim_fields[] = {
	TEXT("id", struct experiment_claim, id),
	TEXT("statement", struct experiment_claim, statement),
	TEXT("source", struct experiment_claim, source),
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_STRICT, struct experiment_claim, kind, claim_kinds,
			 CYAML_ARRAY_LEN(claim_kinds)),
	TEXT("metric", struct experiment_claim, metric),
	DIMSET("of", struct experiment_claim, of),
	DIMSET_OPTIONAL("over", struct experiment_claim, over),
	DIMSET_OPTIONAL("base", struct experiment_claim, base),
	DIMSET_OPTIONAL("where", struct experiment_claim, where),
	TEXT_OPTIONAL("along", struct experiment_claim, along),
	TEXT("expect", struct experiment_claim, expect),
	TEXT_OPTIONAL("aim", struct experiment_claim, aim),
	TEXT("unit", struct experiment_claim, unit),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t claim = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct experiment_claim, claim_fields) };

static const cyaml_strval_t cell_orders[] = {
	{ "random", ORDER_RANDOM },
	{ "listed", ORDER_LISTED },
};

static const cyaml_schema_field_t experiment_fields[] = {
	TEXT("name", struct experiment, name),
	TEXT("title", struct experiment, title),
	TEXT("question", struct experiment, question),
	TEXT("workload", struct experiment, workload),
	TEXTS("systems", struct experiment, systems, n_systems, 1),
	TEXTS("drivers", struct experiment, drivers, n_drivers, 1),
	DIMSET_OPTIONAL("options", struct experiment, options),
	LIST_OPTIONAL("when", struct experiment, when, n_when, &when),
	LIST_OPTIONAL("boots", struct experiment, boots, n_boots, &axis),
	LIST_OPTIONAL("matrix", struct experiment, matrix, n_matrix, &axis),
	CYAML_FIELD_ENUM("order", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct experiment, order,
			 cell_orders, CYAML_ARRAY_LEN(cell_orders)),
	LIST_OPTIONAL("define", struct experiment, define, n_define, &define),
	LIST_OPTIONAL("calibrate", struct experiment, calibrate, n_calibrate, &calibrate),
	CYAML_FIELD_UINT("warmup", CYAML_FLAG_DEFAULT, struct experiment, warmup),
	CYAML_FIELD_BOOL("full_only", CYAML_FLAG_OPTIONAL, struct experiment, full_only),
	CYAML_FIELD_UINT("invocations", CYAML_FLAG_DEFAULT, struct experiment, invocations),
	CYAML_FIELD_UINT("iterations", CYAML_FLAG_DEFAULT, struct experiment, iterations),
	CYAML_FIELD_FLOAT("seconds", CYAML_FLAG_DEFAULT, struct experiment, seconds),
	CYAML_FIELD_FLOAT("boot_seconds", CYAML_FLAG_OPTIONAL, struct experiment, boot_seconds),
	CYAML_FIELD_MAPPING_PTR("boot_seconds_per", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				struct experiment, boot_seconds_per, boot_cost_fields),
	CYAML_FIELD_MAPPING_PTR("quick", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				struct experiment, quick, quick_fields),
	TEXTS_OPTIONAL("meters", struct experiment, meters, n_meters),
	TEXTS_OPTIONAL("driver_table", struct experiment, driver_table, n_driver_table),
	LIST_OPTIONAL("figures", struct experiment, figures, n_figures, &figure),
	LIST_OPTIONAL("claims", struct experiment, claims, n_claims, &claim),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t experiment_schema = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_POINTER, struct experiment, experiment_fields) };
