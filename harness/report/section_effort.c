// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What had to be written for a class of devices, against the drivers that are reused for it; of
 * lines.json, which the image builder counted.
 */
#include <stdlib.h>

#include "report/sections.h"
#include "report/selection.h"

/* One row of the table; lines, as far as they were counted. */
struct effort {
	json_int_t translation, harness;
	size_t drivers;
	struct keys modules; /* reused */
	struct keys files; /* of which these are; modules share headers, so each counts once */
	json_int_t reused;
	size_t uncounted; /* of the modules */
};

/* The sum of what was counted in @of[@what]. */
static json_int_t lines_in(const json_t *of, const char *what)
{
	return json_integer_value(json_object_get(json_object_get(of, what), "lines"));
}

static void add_module(struct effort *e, const struct report *r, const char *module)
{
	const json_t *modules = json_object_get(r->data.lines, "modules");
	json_t *files = json_object_get(json_object_get(modules, module), "files"), *lines;
	const char *path;

	if (!module || keys_have(&e->modules, module))
		return;
	keys_add(&e->modules, module);
	e->uncounted += !files;
	json_object_foreach(files, path, lines) {
		if (keys_have(&e->files, path))
			continue;
		keys_add(&e->files, path);
		e->reused += json_integer_value(lines);
	}
}

static void effort_free(struct effort *e)
{
	keys_free(&e->modules);
	keys_free(&e->files);
}

static void add_class(struct effort *e, const struct report *r, const json_t *class)
{
	json_t *drivers = json_object_get(class, "drivers"), *modules, *module;
	const char *name;
	size_t i;

	e->translation += lines_in(class, "translation");
	e->harness += lines_in(class, "harness");
	e->drivers += json_object_size(drivers);
	json_object_foreach(drivers, name, modules) {
		json_array_foreach(modules, i, module) {
			add_module(e, r, json_string_value(module));
		}
	}
}

static void reused_cell(struct doc *d, const struct effort *e)
{
	if (e->uncounted == e->modules.n)
		doc_cell(d, "not counted");
	else if (e->uncounted)
		doc_cell(d, "%lld, %zu not counted", (long long)e->reused, e->uncounted);
	else
		doc_cell(d, "%lld", (long long)e->reused);
}

static void effort_row(struct doc *d, const char *name, const struct effort *e)
{
	json_int_t written = e->translation + e->harness;

	d->ops->row(d);
	doc_cell(d, "%s", name);
	doc_cell(d, "%lld", (long long)e->translation);
	doc_cell(d, "%lld", (long long)e->harness);
	doc_cell(d, "%lld", (long long)written);
	doc_cell(d, "%zu", e->drivers);
	doc_cell(d, "%zu", e->modules.n);
	reused_cell(d, e);
	if (written > 0 && e->reused > 0)
		doc_cell(d, "%.1f", (double)e->reused / (double)written);
	else
		doc_cell(d, "–");
	d->ops->row_end(d);
}

/* What serves every class: written once, whatever is reused. */
static void shared_row(struct doc *d, json_int_t lines)
{
	unsigned int i;

	d->ops->row(d);
	doc_cell(d, "shared by all");
	doc_cell(d, "%lld", (long long)lines);
	doc_cell(d, "–");
	doc_cell(d, "%lld", (long long)lines);
	for (i = 0; i < 4; i++)
		doc_cell(d, "–");
	d->ops->row_end(d);
}

static void effort_table(struct doc *d, const struct report *r)
{
	static const struct doc_column columns[] = {
		{ "class", false },  { "translation modules", true },
		{ "harness", true }, { "written", true },
		{ "drivers", true }, { "modules", true },
		{ "reused", true },  { "reused ÷ written", true },
	};
	json_int_t shared = lines_in(r->data.lines, "shared");
	struct effort all = { .translation = shared };
	const char *name;
	json_t *class;

	d->ops->table(d, "Lines written and lines reused, per class of devices", columns,
		      ARRAY_SIZE(columns));
	json_object_foreach(json_object_get(r->data.lines, "classes"), name, class) {
		struct effort one = { 0 };

		add_class(&one, r, class);
		add_class(&all, r, class);
		effort_row(d, name, &one);
		effort_free(&one);
	}
	shared_row(d, shared);
	effort_row(d, "together", &all);
	effort_free(&all);
	d->ops->table_end(d);
}

static void driver_row(struct doc *d, const struct report *r, const char *class, const char *name,
		       const json_t *modules)
{
	struct effort e = { 0 };
	json_t *module;
	size_t i;

	d->ops->row(d);
	doc_cell(d, "%s", name);
	doc_cell(d, "%s", class);
	d->ops->cell(d);
	json_array_foreach(modules, i, module) {
		const char *s = json_string_value(module);

		doc_text(d, "%s%s", i ? ", " : "", s ? s : "");
		add_module(&e, r, s);
	}
	d->ops->cell_end(d);
	reused_cell(d, &e);
	d->ops->row_end(d);
	effort_free(&e);
}

static void drivers_table(struct doc *d, const struct report *r)
{
	static const struct doc_column columns[] = {
		{ "driver", false },
		{ "class", false },
		{ "modules", false },
		{ "lines", true },
	};
	const char *class_name, *name;
	json_t *class, *modules;

	d->ops->table(d, "Lines of each driver's modules", columns, ARRAY_SIZE(columns));
	json_object_foreach(json_object_get(r->data.lines, "classes"), class_name, class) {
		json_object_foreach(json_object_get(class, "drivers"), name, modules) {
			driver_row(d, r, class_name, name, modules);
		}
	}
	d->ops->table_end(d);
}

static void explain(struct doc *d, const struct report *r)
{
	const json_t *source = json_object_get(r->data.lines, "source");
	const char *package = json_string_value(json_object_get(source, "package"));
	const char *version = json_string_value(json_object_get(source, "package_version"));

	doc_para(d,
		 "Counted are lines with anything on them but white space and comments. Written: "
		 "the translation modules, which run in the guests; what the harness knows about "
		 "the class; and the link, which all classes share. Reused: the unmodified kernel "
		 "modules of the drivers that this project knows, with the headers beside their "
		 "sources, each file once (%s %s). What these modules need of other modules and "
		 "of the kernel, such as its disk and USB subsystems, is reused too, but not "
		 "counted.",
		 package ? package : "source unknown", version ? version : "");
}

void section_effort(struct doc *d, const struct report *r)
{
	d->ops->section(d, 2, "effort", "Effort");
	if (!r->data.lines) {
		doc_para(d, "Lines of code: not counted. After “make lines”, runs count them.");
	} else {
		explain(d, r);
		effort_table(d, r);
		d->ops->details(d, "Each driver");
		drivers_table(d, r);
		d->ops->details_end(d);
	}
	d->ops->section_end(d);
}
