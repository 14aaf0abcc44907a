// SPDX-License-Identifier: GPL-2.0-or-later
/* The checks of an experiment's description that need nothing but the description. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "core/yaml.h"
#include "experiment/private.h"

unsigned int desc_line(const struct experiment *exp, const char *anchor, const char *text)
{
	return yaml_line_after(exp->path, anchor ? yaml_line_of(exp->path, anchor) : 1, text);
}

/* Reports a pair that has no "key=" part. */
static int check_pairs(const struct experiment *exp, const char *anchor, const char *what,
		       const struct dimset *set)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		const char *eq = strchr(set->v[i], '=');

		if (eq && eq > set->v[i])
			continue;
		pr_err("%s:%u: %s: expected 'key=value', found '%s'", exp->path,
		       desc_line(exp, anchor, set->v[i]), what, set->v[i]);
		return -EINVAL;
	}
	return 0;
}

static bool has_value(char *const *values, unsigned int n, const char *value)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (streq(values[i], value))
			return true;
	return false;
}

/*
 * A condition on an axis must name one of its values, or it would never be met. Quick values and
 * ordinary ones count alike. Other dimensions (of meters) are not known here.
 */
static int check_condition(const struct experiment *exp, const char *anchor, const char *pair)
{
	const char *value = strchr(pair, '=') + 1;
	char *key = xasprintf("%.*s", (int)(value - 1 - pair), pair);
	const struct experiment_axis *axis = experiment_axis_find(exp, key);
	int err = 0;

	if (streq(key, "system") && !has_value(exp->systems, exp->n_systems, value)) {
		pr_err("%s:%u: this experiment has no system '%s'", exp->path,
		       desc_line(exp, anchor, value), value);
		err = -EINVAL;
	} else if (axis && !has_value(axis->values, axis->n_values, value)) {
		pr_err("%s:%u: axis '%s' has no value '%s'", exp->path,
		       desc_line(exp, anchor, value), key, value);
		err = -EINVAL;
	}
	free(key);
	return err;
}

static int check_conditions(const struct experiment *exp, const char *anchor, const char *what,
			    const struct dimset *set)
{
	int err = check_pairs(exp, anchor, what, set);
	unsigned int i;

	for (i = 0; i < set->n && !err; i++)
		err = check_condition(exp, anchor, set->v[i]);
	return err;
}

int expectation_parse(const char *s, bool *at_least, double *target)
{
	char *end;

	if (strncmp(s, ">=", 2) != 0 && strncmp(s, "<=", 2) != 0)
		return -EINVAL;
	*at_least = s[0] == '>';
	*target = strtod(s + 2, &end);
	if (end == s + 2 || *end || !__builtin_isfinite(*target))
		return -EINVAL;
	return 0;
}

static int check_expectation(const struct experiment *exp, const struct experiment_claim *c,
			     const char *text)
{
	bool at_least;
	double target;

	if (!text || expectation_parse(text, &at_least, &target) == 0)
		return 0;
	pr_err("%s:%u: claim '%s': expected '>= NUMBER' or '<= NUMBER', found '%s'", exp->path,
	       desc_line(exp, c->id, text), c->id, text);
	return -EINVAL;
}

/* Which of the claim's members its kind takes. */
static int check_kind(const struct experiment *exp, const struct experiment_claim *c)
{
	static const struct {
		bool over, base, along;
		const char *takes;
	} kinds[] = {
		[CLAIM_VALUE] = { false, false, false, "of alone" },
		[CLAIM_RATIO] = { true, false, false, "of, over" },
		[CLAIM_DIFFERENCE] = { true, false, false, "of, over" },
		[CLAIM_RATIO_OF_DIFFERENCES] = { true, true, false, "of, over, base" },
		[CLAIM_SLOPE] = { false, false, true, "of, along" },
		[CLAIM_MINIMUM] = { false, false, false, "of alone" },
		[CLAIM_MAXIMUM] = { false, false, false, "of alone" },
	};

	if ((c->over.n > 0) == kinds[c->kind].over && (c->base.n > 0) == kinds[c->kind].base &&
	    (c->along != NULL) == kinds[c->kind].along)
		return 0;
	pr_err("%s:%u: claim '%s': this kind takes %s", exp->path, desc_line(exp, NULL, c->id),
	       c->id, kinds[c->kind].takes);
	return -EINVAL;
}

/* Is there an axis @name, of numbers only? */
static int check_numeric(const struct experiment *exp, const char *anchor, const char *name)
{
	const struct experiment_axis *axis = experiment_axis_find(exp, name);
	unsigned int i;
	double number;

	if (!axis) {
		pr_err("%s:%u: this experiment has no axis '%s'", exp->path,
		       desc_line(exp, anchor, name), name);
		return -EINVAL;
	}
	for (i = 0; i < axis->n_values; i++) {
		if (parse_number(axis->values[i], &number) == 0)
			continue;
		pr_err("%s:%u: axis '%s' has the value '%s', which is no number", exp->path,
		       desc_line(exp, anchor, name), name, axis->values[i]);
		return -EINVAL;
	}
	return 0;
}

static int check_claim(const struct experiment *exp, const struct experiment_claim *c)
{
	int err = check_kind(exp, c);

	if (!err && c->along)
		err = check_numeric(exp, c->id, c->along);
	if (!err)
		err = check_conditions(exp, c->id, "of", &c->of);
	if (!err)
		err = check_conditions(exp, c->id, "over", &c->over);
	if (!err)
		err = check_conditions(exp, c->id, "base", &c->base);
	if (!err)
		err = check_conditions(exp, c->id, "where", &c->where);
	if (!err)
		err = check_expectation(exp, c, c->expect);
	if (!err)
		err = check_expectation(exp, c, c->aim);
	return err;
}

static const struct experiment_axis *axis_in(const struct experiment_axis *axes, unsigned int n,
					     const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (streq(axes[i].axis, name))
			return &axes[i];
	return NULL;
}

const struct experiment_axis *experiment_axis_find(const struct experiment *exp, const char *name)
{
	const struct experiment_axis *axis = axis_in(exp->boots, exp->n_boots, name);

	return axis ? axis : axis_in(exp->matrix, exp->n_matrix, name);
}

/* @where: "matrix has", "boots have". */
static int no_axis(const struct experiment *exp, const char *anchor, const char *where,
		   const char *axis)
{
	pr_err("%s:%u: this experiment's %s no axis '%s'", exp->path, desc_line(exp, anchor, axis),
	       where, axis);
	return -EINVAL;
}

static int check_axes(const struct experiment *exp, const char *anchor,
		      const struct experiment_axis *axes, unsigned int n)
{
	static const char *const reserved[] = { "system", "driver", "vm", "thread",
						"device", "phase",  "t" };
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		const char *name = axes[i].axis;

		for (j = 0; j < ARRAY_SIZE(reserved); j++) {
			if (!streq(name, reserved[j]))
				continue;
			pr_err("%s:%u: '%s' cannot be an axis: every sample has it already",
			       exp->path, desc_line(exp, anchor, name), name);
			return -EINVAL;
		}
		if (experiment_axis_find(exp, name) != &axes[i] ||
		    dimset_get(&exp->options, name)) {
			pr_err("%s:%u: '%s' is given twice", exp->path,
			       desc_line(exp, anchor, name), name);
			return -EINVAL;
		}
	}
	return 0;
}

/* What other parts of the description say about axes must be about one that there is. */
static int check_axes_named(const struct experiment *exp)
{
	const struct experiment_quick *q = exp->quick;
	unsigned int i;

	for (i = 0; q && i < q->n_boots; i++)
		if (!axis_in(exp->boots, exp->n_boots, q->boots[i].axis))
			return no_axis(exp, "quick", "boots have", q->boots[i].axis);
	for (i = 0; q && i < q->n_matrix; i++)
		if (!axis_in(exp->matrix, exp->n_matrix, q->matrix[i].axis))
			return no_axis(exp, "quick", "matrix has", q->matrix[i].axis);
	for (i = 0; i < exp->n_define; i++)
		if (!axis_in(exp->matrix, exp->n_matrix, exp->define[i].axis))
			return no_axis(exp, "define", "matrix has", exp->define[i].axis);
	return 0;
}

static int check_calibrations(const struct experiment *exp)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < exp->n_calibrate && !err; i++) {
		const struct experiment_calibration *c = &exp->calibrate[i];

		if (!axis_in(exp->matrix, exp->n_matrix, c->axis))
			return no_axis(exp, "calibrate", "matrix has", c->axis);
		if (!(c->fraction > 0) || !(c->at_most > 0) || !(c->scale > 0)) {
			pr_err("%s:%u: fraction, at_most and scale must be above 0", exp->path,
			       desc_line(exp, "calibrate", "fraction"));
			return -EINVAL;
		}
		err = check_conditions(exp, "calibrate", "where", &c->where);
		if (!err && streq(dimset_get(&c->where, c->axis), c->value)) {
			pr_err("%s:%u: '%s' cannot be measured by way of itself", exp->path,
			       desc_line(exp, "calibrate", c->value), c->value);
			err = -EINVAL;
		}
	}
	return err;
}

/* Nothing but axes tells one cell from another. */
static int check_when(const struct experiment *exp, const struct experiment_when *w)
{
	int err = check_conditions(exp, "when", "where", &w->where);
	unsigned int i;

	for (i = 0; i < w->where.n && !err; i++) {
		char *key = strndup(w->where.v[i], strcspn(w->where.v[i], "="));

		if (!experiment_axis_find(exp, key)) {
			pr_err("%s:%u: this experiment has no axis '%s'", exp->path,
			       desc_line(exp, "when", w->where.v[i]), key);
			err = -EINVAL;
		}
		free(key);
	}
	return err ?: check_pairs(exp, "when", "options", &w->options);
}

static int check_figure(const struct experiment *exp, const struct experiment_figure *f)
{
	if (f->x_log && f->kind != FIGURE_LINES) {
		pr_err("%s:%u: figure '%s': only lines have a logarithmic x axis", exp->path,
		       desc_line(exp, "figures", f->id), f->id);
		return -EINVAL;
	}
	return check_conditions(exp, f->id, "where", &f->where);
}

static int check_counts(const struct experiment *exp)
{
	const char *key = exp->invocations == 0 ? "invocations" :
			  exp->iterations == 0	? "iterations" :
			  !(exp->seconds > 0)	? "seconds" :
						  NULL;

	if (!key)
		return 0;
	pr_err("%s:%u: %s must be above 0", exp->path, yaml_line_of(exp->path, key), key);
	return -EINVAL;
}

int desc_check(const struct experiment *exp, const char *stem)
{
	unsigned int i;
	int err;

	if (!streq(exp->name, stem)) {
		pr_err("%s:%u: the name must be the file's, '%s'", exp->path,
		       yaml_line_of(exp->path, "name"), stem);
		return -EINVAL;
	}
	err = check_counts(exp);
	if (!err && exp->boot_seconds_per &&
	    !axis_in(exp->boots, exp->n_boots, exp->boot_seconds_per->axis))
		err = no_axis(exp, "boot_seconds_per", "boots have", exp->boot_seconds_per->axis);
	if (!err && exp->boot_seconds_per)
		err = check_numeric(exp, "boot_seconds_per", exp->boot_seconds_per->axis);
	if (!err)
		err = check_pairs(exp, "options", "options", &exp->options);
	if (!err && exp->quick)
		err = check_pairs(exp, "quick", "options", &exp->quick->options);
	if (!err)
		err = check_axes(exp, "boots", exp->boots, exp->n_boots);
	if (!err)
		err = check_axes(exp, "matrix", exp->matrix, exp->n_matrix);
	if (!err)
		err = check_axes_named(exp);
	if (!err)
		err = check_calibrations(exp);
	for (i = 0; i < exp->n_when && !err; i++)
		err = check_when(exp, &exp->when[i]);
	for (i = 0; i < exp->n_figures && !err; i++)
		err = check_figure(exp, &exp->figures[i]);
	for (i = 0; i < exp->n_claims && !err; i++)
		err = check_claim(exp, &exp->claims[i]);
	return err;
}
