// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The matrix of drivers of an experiment that has "driver_table": what each is (the file's SHA-256,
 * its lines of code), whether its device can be hot-plugged, whether it did all that the workload
 * asked of it, or why not, and how fast. Where the systems are brought up with one thing or another
 * (other kernels), each has a column of results instead of speeds.
 */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "report/sections.h"
#include "report/selection.h"
#include "system/system.h"

#define FIXED_COLUMNS 5
#define SHA_SHOWN 12

/* Which samples a result is of. */
struct asked {
	const struct experiment *exp;
	const char *driver;
	const char *axis; /* of the boots; NULL: whatever they are */
	const char *value;
};

static bool is_of(const struct sample *s, const struct asked *a)
{
	return streq(s->experiment, a->exp->name) && streq(sample_dim(s, "driver"), a->driver) &&
	       (!a->axis || streq(sample_dim(s, a->axis), a->value));
}

static size_t count_ok(const struct report *r, const struct asked *a, const char *metric)
{
	size_t i, n = 0;

	for (i = 0; i < r->data.samples.n; i++) {
		const struct sample *s = &r->data.samples.v[i];

		n += s->ok && streq(s->metric, metric) && is_of(s, a);
	}
	return n;
}

static const struct sample *first_trouble(const struct report *r, const struct asked *a)
{
	size_t i;

	for (i = 0; i < r->data.n_troubles; i++)
		if (is_of(r->data.troubles[i], a))
			return r->data.troubles[i];
	return NULL;
}

/* The module that is the driver; NULL if the table of drivers has no such driver any more. */
static const char *module_of(const struct driver_desc *drivers, unsigned int n, const char *name)
{
	const struct driver_desc *d = driver_desc_find(drivers, n, name);

	return d && d->n_modules ? d->modules[d->n_modules - 1] : NULL;
}

/* The member of @map called @name, where '-' and '_' are the same. */
static const json_t *find_module(const json_t *map, const char *name)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)map, key, value) {
		for (i = 0; name && key[i] && name[i]; i++)
			if (key[i] != name[i] && !(strchr("-_", key[i]) && strchr("-_", name[i])))
				break;
		if (name && !key[i] && !name[i])
			return value;
	}
	return NULL;
}

static void identity_cells(struct doc *d, const struct report *r, const char *module)
{
	const json_t *file = find_module(json_object_get(r->data.manifest, "drivers"), module);
	const json_t *counted = find_module(json_object_get(r->data.lines, "modules"), module);
	const char *sha = json_string_value(json_object_get(file, "sha256"));
	const json_t *lines = json_object_get(counted, "lines");

	doc_cell(d, "%s", module ? module : "–");
	d->ops->cell(d);
	doc_marked(d, DOC_CODE, "%.*s", SHA_SHOWN, sha ? sha : "–");
	d->ops->cell_end(d);
	if (lines)
		doc_cell(d, "%lld", (long long)json_integer_value(lines));
	else
		doc_cell(d, "not counted");
}

/* What the table of drivers says, which a test has tried. */
static void hotplug_cell(struct doc *d, const struct driver_desc *driver)
{
	d->ops->cell(d);
	if (!driver)
		d->ops->marked(d, DOC_NEUTRAL, "–");
	else if (driver->hotplug)
		d->ops->marked(d, DOC_GOOD, "yes");
	else
		d->ops->marked(d, DOC_NEUTRAL, "no");
	if (driver && driver->hotplug_why)
		d->ops->marked(d, DOC_NOTE, driver->hotplug_why);
	d->ops->cell_end(d);
}

static void result_cell(struct doc *d, const struct report *r, const struct asked *a)
{
	const struct sample *trouble = first_trouble(r, a);
	size_t ok = count_ok(r, a, a->exp->driver_table[0]);

	d->ops->cell(d);
	if (trouble) {
		d->ops->marked(d, DOC_BAD, ok ? "failed at times" : "failed");
		d->ops->marked(d, DOC_NOTE, trouble->reason ? trouble->reason : "no reason given");
	} else if (ok) {
		d->ops->marked(d, DOC_GOOD, "pass");
	} else {
		d->ops->marked(d, DOC_NEUTRAL, "not run");
	}
	d->ops->cell_end(d);
}

static void result_cells(struct doc *d, const struct report *r, const struct experiment *exp,
			 const struct experiment_axis *by, const char *driver)
{
	struct asked a = { .exp = exp, .driver = driver };
	unsigned int i;

	if (!by)
		result_cell(d, r, &a);
	for (i = 0; by && i < by->n_values; i++) {
		a.axis = by->axis;
		a.value = by->values[i];
		result_cell(d, r, &a);
	}
}

static void metric_cell(struct doc *d, const struct selection *all, const struct unit *unit,
			const char *driver)
{
	struct selection mine = { 0 };
	struct estimate e;
	char text[80];

	select_value(&mine, all, "driver", driver);
	if (selection_estimate(&mine, unit->scale, 0, &e) == 0)
		doc_cell(d, "%s", estimate_text(text, sizeof(text), &e));
	else
		doc_cell(d, "–");
	selection_free(&mine);
}

/* A metric's samples of all drivers, in a unit that suits the largest. */
static struct unit select_all(struct selection *out, const struct report *r,
			      const struct experiment *exp, const char *metric)
{
	double largest = 0;
	size_t i;

	select_metric(out, &r->data.samples, exp->name, metric, NULL, NULL);
	for (i = 0; i < out->n; i++)
		if (out->v[i]->value > largest)
			largest = out->v[i]->value;
	return unit_for(out->n ? out->v[0]->unit : "1", largest);
}

void drivers_of_experiment(struct doc *d, const struct report *r, const struct experiment *exp)
{
	const struct experiment_axis *by = exp->n_boots == 1 ? &exp->boots[0] : NULL;
	unsigned int i, m, n = by ? 0 : exp->n_driver_table, n_drivers = 0;
	unsigned int n_results = by ? by->n_values : 1, results_end = FIXED_COLUMNS + n_results;
	struct doc_column *columns = xcalloc(results_end + n, sizeof(*columns));
	struct selection *all = xcalloc(n + 1, sizeof(*all));
	struct unit *units = xcalloc(n + 1, sizeof(*units));
	char **titles = xcalloc(n + 1, sizeof(*titles));
	struct driver_desc *drivers = NULL;

	columns[0] = (struct doc_column){ "driver", false };
	columns[1] = (struct doc_column){ "module", false };
	columns[2] = (struct doc_column){ "SHA-256 of its file", false };
	columns[3] = (struct doc_column){ "lines of code", true };
	columns[4] = (struct doc_column){ "hot-plug", false };
	for (i = 0; i < n_results; i++)
		columns[FIXED_COLUMNS + i] =
			(struct doc_column){ by ? by->values[i] : "result", false };
	for (m = 0; m < n; m++) {
		units[m] = select_all(&all[m], r, exp, exp->driver_table[m]);
		titles[m] = xasprintf("%s%s%s", exp->driver_table[m], units[m].name[0] ? ", " : "",
				      units[m].name);
		columns[results_end + m] = (struct doc_column){ titles[m], true };
	}
	if (driver_desc_load_all(&drivers, &n_drivers) < 0)
		drivers = NULL;
	d->ops->table(d, "Drivers", columns, results_end + n);
	for (i = 0; i < exp->n_drivers; i++) {
		d->ops->row(d);
		doc_cell(d, "%s", exp->drivers[i]);
		identity_cells(d, r, module_of(drivers, n_drivers, exp->drivers[i]));
		hotplug_cell(d, driver_desc_find(drivers, n_drivers, exp->drivers[i]));
		result_cells(d, r, exp, by, exp->drivers[i]);
		for (m = 0; m < n; m++)
			metric_cell(d, &all[m], &units[m], exp->drivers[i]);
		d->ops->row_end(d);
	}
	d->ops->table_end(d);
	for (m = 0; m < n; m++) {
		selection_free(&all[m]);
		free(titles[m]);
	}
	driver_desc_free_all(drivers, n_drivers);
	free(titles);
	free(units);
	free(all);
	free(columns);
}
