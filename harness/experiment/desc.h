/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an experiment is: one description, harness/experiments/NAME.yaml. See docs/result-format.md
 * for what becomes of it. Lists of conditions and options are written "key=value".
 */
#ifndef DRIVERVM_EXPERIMENT_DESC_H
#define DRIVERVM_EXPERIMENT_DESC_H

#include <stdbool.h>
#include <stddef.h>

/* "key=value" strings. A sample meets them if each of its dimensions named here has that value. */
struct dimset {
	char **v;
	unsigned int n;
};

/*
 * A factor of the experiment. Of its matrix: a class's setting ("mtu") or the workload's option
 * ("direction"), given to a system that is up. Of its boots: what a system is brought up with
 * ("vms"), for which each value needs a system of its own.
 */
struct experiment_axis {
	char *axis;
	char **values;
	unsigned int n_values;
};

/* Gives an axis value a readable name: @value stands in samples, @as is what is set. */
struct experiment_define {
	char *axis;
	char *value;
	char *as;
};

/*
 * An axis value that is derived from a measurement at the start of the run: the lowest median of
 * @metric over the cells of @system that meet @where, times @fraction, at most @at_most, times
 * @scale, rounded down to a whole number, at least 1.
 */
struct experiment_calibration {
	char *axis;
	char *value; /* its name in samples: "capped" */
	char *system;
	char *metric;
	struct dimset where;
	double fraction;
	double at_most; /* in the metric's unit */
	double scale; /* from the metric's unit to the axis's */
};

/* What bringing a system up takes besides, for each unit of one axis of the boots. */
struct experiment_boot_cost {
	char *axis; /* its values are numbers */
	double seconds;
};

/* What is otherwise in those cells that meet @where, which is about axes of boots and matrix. */
struct experiment_when {
	struct dimset where;
	struct dimset options; /* instead of the experiment's, or beside them */
	double seconds; /* of one iteration; 0: as in all */
};

/* What --quick changes; absent members (NULL, 0) change nothing. */
struct experiment_quick {
	char **systems;
	unsigned int n_systems;
	char **drivers;
	unsigned int n_drivers;
	struct dimset options;
	struct experiment_axis *boots; /* each replaces the axis of the same name */
	unsigned int n_boots;
	struct experiment_axis *matrix; /* the same */
	unsigned int n_matrix;
	unsigned int *warmup;
	unsigned int invocations;
	unsigned int iterations;
	double seconds;
};

enum figure_kind {
	FIGURE_BARS,
	FIGURE_LINES,
};

/* A figure: drawn by report/ from the samples of @metric that meet @where. */
struct experiment_figure {
	char *id; /* file name below plots/, and anchor in the report */
	char *title;
	enum figure_kind kind;
	char *x; /* dimension along the x axis */
	char *series; /* dimension told apart by colour */
	bool x_log, y_log; /* logarithmic axes; x of lines only */
	char *metric; /* left axis: median and interval */
	char *unit; /* as shown */
	double scale; /* from the sample's unit to the one shown; 1 if not given */
	char *metric2; /* right axis; NULL: none */
	char *unit2;
	double scale2;
	struct dimset where;
};

enum claim_kind {
	CLAIM_VALUE, /* median of what meets @of */
	CLAIM_RATIO, /* of / over, pair by pair */
	CLAIM_DIFFERENCE, /* of - over, pair by pair */
	CLAIM_RATIO_OF_DIFFERENCES, /* (of - base) / (over - base), triple by triple */
	CLAIM_SLOPE, /* of the line through what meets @of, over axis @along */
	CLAIM_MINIMUM, /* the lowest of what meets @of: as it is, without an interval */
	CLAIM_MAXIMUM, /* the highest */
};

struct experiment_claim {
	char *id;
	char *statement;
	char *source;
	enum claim_kind kind;
	char *metric;
	struct dimset of;
	struct dimset over;
	struct dimset base;
	struct dimset where; /* met by all sides */
	char *along; /* of a slope: the axis, whose values are numbers; else NULL */
	char *expect; /* ">= 0.97" or "<= 500" */
	char *aim; /* the same form, or NULL: judged by nothing, reported */
	char *unit; /* of the measured value: "1" for ratios */
};

enum cell_order {
	ORDER_RANDOM, /* anew in each block; the default */
	ORDER_LISTED, /* as the matrix lists them, the last axis fastest: a sweep */
};

struct experiment {
	char *name; /* equals the file's name */
	char *title;
	char *question;
	char *workload;
	char **systems;
	unsigned int n_systems;
	char **drivers;
	unsigned int n_drivers;
	struct dimset options; /* the same in all cells, but for what @when says */
	struct experiment_when *when; /* the later one holds; none in the quick form */
	unsigned int n_when;
	struct experiment_axis *boots;
	unsigned int n_boots;
	struct experiment_axis *matrix;
	unsigned int n_matrix;
	enum cell_order order; /* of a boot's cells */
	struct experiment_define *define;
	unsigned int n_define;
	struct experiment_calibration *calibrate;
	unsigned int n_calibrate;
	unsigned int warmup; /* iterations not recorded, in each cell */
	unsigned int invocations;
	unsigned int iterations;
	double seconds; /* what one iteration takes, about; for estimates of time */
	double boot_seconds; /* what bringing the system up takes, about; 0: a guess */
	struct experiment_boot_cost *boot_seconds_per; /* NULL: the same for all */
	struct experiment_quick *quick;
	bool full_only; /* `reproduce --quick` leaves it out; `run --quick` does not */
	char **meters; /* that run beside those that always do; see meter/extra.h */
	unsigned int n_meters;
	/*
	 * Metrics, the workload's main one first: the report has a table with a row for each driver
	 * that says what it is, whether it gave the first metric or why not, and all of them.
	 */
	char **driver_table;
	unsigned int n_driver_table;
	struct experiment_figure *figures;
	unsigned int n_figures;
	struct experiment_claim *claims;
	unsigned int n_claims;
	char *path; /* the file it came from */
	bool uncalibrated; /* while it is carried out: its calibration has failed */
};

/*
 * Loads NAME of harness/experiments/, or a path ending in .yaml, and checks what can be checked
 * without looking elsewhere. Returns 0, -ENOENT or -EINVAL, reported with file and line.
 */
int experiment_load(struct experiment **exp, const char *name);
void experiment_free(struct experiment *exp);
/*
 * Checks it against this tree: systems, drivers, workload, options, settings. Not needed to judge
 * or report a run. @from: what to blame ("--set mtu=x"); NULL: the file and line. Returns 0,
 * -EINVAL or -ENOENT, reported.
 */
int experiment_check(const struct experiment *exp, const char *from);
struct system_desc;
struct system_options;
struct drivervm_workload;

/*
 * Loads system @name with those devices only that workload @w uses (or all, if it says so), and
 * the images that it needs. To be freed with system_desc_free(). 0 or a negative errno, reported.
 */
int subject_load_system(const struct drivervm_workload *w, const char *name,
			struct system_desc **desc);
/*
 * Loads system @name with those devices only that the experiment's workload uses (or all, if it
 * says so). To be freed with system_desc_free(). 0 or a negative errno, reported.
 */
int experiment_load_system(const struct experiment *exp, const char *name,
			   struct system_desc **desc);
/*
 * Has the host what bringing that system up takes: the images, and the memory? 0, -ENOENT, -ENOMEM,
 * reported. Starts nothing.
 */
int subject_check_host(const struct system_desc *desc, const struct system_options *opt);
struct boot;
/*
 * Sets what the system of @b is brought up with, driver included, and has the fleet of @desc, if it
 * has one, follow it; strings are the experiment's. 0 or a negative errno, reported.
 */
int experiment_system_options(const struct boot *b, struct system_desc *desc,
			      struct system_options *opt);
/* All names in harness/experiments/, sorted; the caller frees each and the array. */
int experiment_names(char ***names, size_t *n);

/* The axis called @name, of boots or matrix; NULL: there is none. */
const struct experiment_axis *experiment_axis_find(const struct experiment *exp, const char *name);

/* Applies what --quick changes. */
void experiment_make_quick(struct experiment *exp);
/*
 * Applies "key=value" of --set: a plain member (warmup, invocations, iterations), systems or
 * drivers (comma-separated), an axis (comma-separated values; replaces its list) or an option,
 * then the same in all cells.
 * Returns 0, or -EINVAL with @why filled.
 */
int experiment_set(struct experiment *exp, const char *assignment, char *why, size_t size);
/* Records what a calibrated axis value turned out to mean. */
void experiment_define(struct experiment *exp, const char *axis, const char *value, const char *as);

/* "where recover=clone", as a heading of what is otherwise there; the caller frees. */
char *experiment_when_title(const struct experiment_when *w);

/* The value of @key in @set, or NULL. */
const char *dimset_get(const struct dimset *set, const char *key);
/* Parses ">= 0.97": *@at_least is true for ">=". Returns 0 or -EINVAL. */
int expectation_parse(const char *s, bool *at_least, double *target);

#endif
