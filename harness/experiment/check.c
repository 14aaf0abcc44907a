// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks an experiment against this tree, before anything starts: do its systems, drivers,
 * workload, meters, options and settings exist, and would their values do?
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "experiment/desc.h"
#include "experiment/inject.h"
#include "experiment/private.h"
#include "meter/extra.h"
#include "supervise/setting.h"
#include "system/system.h"
#include "workload/workload.h"

/* An experiment being checked, and what to blame for what is wrong. */
struct checking {
	const struct experiment *exp;
	const char *from; /* NULL: the file and line */
	const struct drivervm_workload *workload;
};

/* Reports "FILE:LINE: ..." (of @text below @anchor) or "--set ...: ..."; returns -EINVAL. */
static int __printf(4, 5)
	bad(const struct checking *c, const char *anchor, const char *text, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (c->from)
		pr_err("%s: %s", c->from, what);
	else
		pr_err("%s:%u: %s", c->exp->path, desc_line(c->exp, anchor, text), what);
	return -EINVAL;
}

static int check_systems(const struct checking *c)
{
	const struct experiment *exp = c->exp;
	struct system_desc *desc;
	char **names;
	size_t n, j;
	unsigned int i;
	int err;

	err = system_desc_names(&names, &n);
	if (err < 0)
		return err;
	for (i = 0; i < exp->n_systems && !err; i++) {
		for (j = 0; j < n && !streq(names[j], exp->systems[i]); j++)
			;
		if (j == n)
			err = bad(c, "systems", exp->systems[i],
				  "no system '%s'; 'drivervm list systems' shows them",
				  exp->systems[i]);
		else
			err = system_desc_load(&desc, exp->systems[i]);
		if (!err)
			system_desc_free(desc);
	}
	for (j = 0; j < n; j++)
		free(names[j]);
	free(names);
	return err;
}

/* A workload that uses no device at all does not mind which drivers it is said not to use. */
static bool may_use(const struct drivervm_workload *w, const char *class)
{
	return !w->classes || str_listed(w->classes, class);
}

static int check_driver(const struct checking *c, const struct driver_desc *driver,
			const char *name)
{
	if (!driver)
		return bad(c, "drivers", name, "no driver '%s'; 'drivervm list drivers' shows them",
			   name);
	if (!may_use(c->workload, driver->class))
		return bad(c, "drivers", name,
			   "driver '%s' is of class %s, of which workload %s uses no device", name,
			   driver->class, c->workload->name);
	return 0;
}

static int check_drivers(const struct checking *c)
{
	struct driver_desc *drivers;
	unsigned int n, i;
	int err;

	err = driver_desc_load_all(&drivers, &n);
	if (err < 0)
		return err;
	for (i = 0; i < c->exp->n_drivers && !err; i++)
		err = check_driver(c, driver_desc_find(drivers, n, c->exp->drivers[i]),
				   c->exp->drivers[i]);
	driver_desc_free_all(drivers, n);
	return err;
}

/* Would @value do for @key, be it the workload's option or a class's setting? */
static int check_value(const struct checking *c, const char *key, const char *value)
{
	char why[256] = "";
	int err;

	err = workload_option_check(c->workload, key, value, why, sizeof(why));
	if (err == -ENOENT) {
		why[0] = '\0';
		err = injection_check(key, value, why, sizeof(why));
	}
	if (err == -ENOENT)
		err = system_setting_check(key, value);
	if (err == -ENOENT)
		return bad(c, NULL, key,
			   "'%s' is neither an option of workload %s nor a setting of a system",
			   key, c->workload->name);
	if (err < 0)
		return bad(c, key, value, "'%s' is no value for '%s'%s%s", value, key,
			   why[0] ? ": " : "", why);
	return 0;
}

const char *axis_value_as(const struct experiment *exp, const char *axis, const char *value)
{
	unsigned int i;

	for (i = 0; i < exp->n_define; i++)
		if (streq(exp->define[i].axis, axis) && streq(exp->define[i].value, value))
			return exp->define[i].as;
	for (i = 0; i < exp->n_calibrate; i++)
		if (streq(exp->calibrate[i].axis, axis) && streq(exp->calibrate[i].value, value))
			return NULL;
	return value;
}

static int check_pair_values(const struct checking *c, const struct dimset *set)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < set->n && !err; i++) {
		char *key = xstrdup(set->v[i]);
		char *eq = strchr(key, '=');

		*eq = '\0';
		err = check_value(c, key, eq + 1);
		free(key);
	}
	return err;
}

static int check_axis(const struct checking *c, const struct experiment_axis *axis)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < axis->n_values && !err; i++) {
		const char *as = axis_value_as(c->exp, axis->axis, axis->values[i]);

		if (as)
			err = check_value(c, axis->axis, as);
	}
	return err;
}

static int bring_up_check(const char *key, const char *value)
{
	return streq(key, RECOVER_KEY) ? recover_check(value) : system_bring_up_check(key, value);
}

static int check_boots(const struct checking *c, const struct experiment_axis *axis)
{
	unsigned int i;

	for (i = 0; i < axis->n_values; i++) {
		int err = bring_up_check(axis->axis, axis->values[i]);

		if (err == -ENOENT)
			return bad(c, "boots", axis->axis,
				   "'%s' is nothing that a system is brought up with", axis->axis);
		if (err < 0)
			return bad(c, axis->axis, axis->values[i], "'%s' is no value for '%s'",
				   axis->values[i], axis->axis);
	}
	return 0;
}

static int check_axes(const struct checking *c)
{
	const struct experiment_quick *q = c->exp->quick;
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->exp->n_boots && !err; i++)
		err = check_boots(c, &c->exp->boots[i]);
	for (i = 0; q && i < q->n_boots && !err; i++)
		err = check_boots(c, &q->boots[i]);
	for (i = 0; i < c->exp->n_matrix && !err; i++)
		err = check_axis(c, &c->exp->matrix[i]);
	for (i = 0; q && i < q->n_matrix && !err; i++)
		err = check_axis(c, &q->matrix[i]);
	return err;
}

static int check_metrics(const struct checking *c)
{
	unsigned int i;

	for (i = 0; i < c->exp->n_calibrate; i++)
		if (!streq(c->exp->calibrate[i].metric, c->workload->metric))
			return bad(c, "calibrate", c->exp->calibrate[i].metric,
				   "expected the main metric of workload %s, %s, found '%s'",
				   c->workload->name, c->workload->metric,
				   c->exp->calibrate[i].metric);
	return 0;
}

static int check_meters(const struct checking *c)
{
	char *const *meters = c->exp->meters;
	unsigned int i, j;

	for (i = 0; i < c->exp->n_meters; i++) {
		if (!meter_find(meters[i]))
			return bad(c, "meters", meters[i],
				   "no meter '%s'; 'drivervm list meters' shows them", meters[i]);
		for (j = 0; j < i; j++)
			if (streq(meters[i], meters[j]))
				return bad(c, "meters", meters[i], "meter '%s' is listed twice",
					   meters[i]);
	}
	return 0;
}

int experiment_check(const struct experiment *exp, const char *from)
{
	struct checking c = { .exp = exp, .from = from };
	unsigned int i;
	int err;

	err = check_systems(&c);
	if (!err)
		err = workload_find(&c.workload, exp->workload);
	if (!err)
		err = check_drivers(&c);
	if (!err)
		err = check_metrics(&c);
	if (!err)
		err = check_meters(&c);
	if (!err)
		err = check_pair_values(&c, &exp->options);
	if (!err && exp->quick)
		err = check_pair_values(&c, &exp->quick->options);
	for (i = 0; i < exp->n_when && !err; i++)
		err = check_pair_values(&c, &exp->when[i].options);
	if (!err)
		err = check_axes(&c);
	return err;
}
