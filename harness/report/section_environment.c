// SPDX-License-Identifier: GPL-2.0-or-later
/* Where it was measured, with what, and how to do it again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/argv.h"
#include "report/sections.h"

static char *scalar_text(const json_t *value)
{
	char *text;

	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	return text ? text : xstrdup("");
}

static bool all_scalars(const json_t *array)
{
	size_t i;
	json_t *v;

	json_array_foreach(array, i, v) {
		if (json_is_object(v) || json_is_array(v))
			return false;
	}
	return true;
}

static void pair(struct doc *d, const char *name, const char *value)
{
	d->ops->row(d);
	doc_cell(d, "%s", name);
	doc_cell(d, "%s", value);
	d->ops->row_end(d);
}

static void scalars(struct doc *d, const char *name, const json_t *array)
{
	char *text = NULL, *one;
	size_t i, size;
	FILE *out = open_memstream(&text, &size);
	json_t *v;

	if (!out)
		return;
	json_array_foreach(array, i, v) {
		one = scalar_text(v);
		fprintf(out, "%s%s", i ? ", " : "", one);
		free(one);
	}
	fclose(out);
	pair(d, name, text);
	free(text);
}

/* Any JSON, flattened: "cpu.model", "tools.0.version". */
static void flatten(struct doc *d, const char *name, json_t *value)
{
	const char *dot = *name ? "." : "";
	const char *key;
	char *text;
	json_t *v;
	size_t i;

	if (json_is_array(value) && all_scalars(value)) {
		scalars(d, name, value);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, v) {
			text = xasprintf("%s%s%zu", name, dot, i);
			flatten(d, text, v);
			free(text);
		}
	} else if (json_is_object(value)) {
		json_object_foreach(value, key, v) {
			text = xasprintf("%s%s%s", name, dot, key);
			flatten(d, text, v);
			free(text);
		}
	} else {
		text = scalar_text(value);
		pair(d, name, text);
		free(text);
	}
}

static void json_table(struct doc *d, const char *caption, json_t *value)
{
	static const struct doc_column columns[] = {
		{ "what", false },
		{ "value", false },
	};

	d->ops->table(d, caption, columns, ARRAY_SIZE(columns));
	flatten(d, "", value);
	d->ops->table_end(d);
}

void section_environment(struct doc *d, const struct report *r)
{
	if (!r->data.environment && !r->data.manifest)
		return;
	d->ops->section(d, 2, "environment", "Environment");
	if (r->data.environment)
		json_table(d, "The machine, the tools and the settings", r->data.environment);
	if (r->data.manifest) {
		d->ops->details(d, "What ran inside the VMs: versions and SHA-256");
		json_table(d, "Guest kernel, drivers, modules, images", r->data.manifest);
		d->ops->details_end(d);
	}
	d->ops->section_end(d);
}

/* The command line that makes the same plan again. */
static char *command(const struct report *r)
{
	const json_t *set = json_object_get(r->data.plan, "set");
	struct argv a = { 0 };
	json_t *one;
	char *line;
	size_t i;

	argv_add(&a, "build/drivervm");
	argv_add(&a, "run");
	for (i = 0; i < r->data.n_exps; i++)
		argv_add(&a, "%s", r->data.exps[i]->name);
	if (json_is_true(json_object_get(r->data.plan, "quick")))
		argv_add(&a, "--quick");
	json_array_foreach(set, i, one) {
		if (json_is_string(one))
			argv_add(&a, "--set=%s", json_string_value(one));
	}
	argv_add(&a, "--seed=%" PRIu64, r->data.seed);
	line = argv_quote(&a);
	argv_free(&a);
	return line;
}

void section_reproduce(struct doc *d, const struct report *r)
{
	char *line = command(r);
	char *text = xasprintf("make deps\nmake\n%s\n", line);

	d->ops->section(d, 2, "reproduce", "How to reproduce it");
	doc_para(d, "On a Debian 12 machine, from a clone of the project:");
	d->ops->pre(d, text);
	doc_para(d, "The seed decides the order in which systems are measured, and the resampling "
		    "behind the intervals.");
	d->ops->section_end(d);
	free(text);
	free(line);
}
