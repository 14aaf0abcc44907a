// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts a report together: data, figures, sections, files. */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/paths.h"
#include "report/doc_files.h"
#include "report/part.h"
#include "report/sections.h"
#include "report/selection.h"
#include "report/svg.h"
#include "results/run_dir.h"

/* Copies a system's picture into the run, so that the run's folder is whole by itself. */
static void load_picture(struct report *r, const char *system)
{
	struct picture *p;
	char *from, *to, *svg;

	if (strchr(system, '/'))
		return;
	from = path_in_tree("docs/images/system-%s.svg", system);
	if (file_read(from, &svg, NULL) == 0) {
		to = run_dir_path(r->data.dir, "plots/system-%s.svg", system);
		if (file_write(to, svg, strlen(svg)) < 0)
			pr_warning("%s cannot be written", to);
		free(to);
		r->pictures = xreallocarray(r->pictures, r->n_pictures + 1, sizeof(*p));
		p = &r->pictures[r->n_pictures++];
		*p = (struct picture){ system, svg, svg_desc(svg) };
	}
	free(from);
}

static void load_pictures(struct report *r)
{
	struct keys seen = { 0 };
	unsigned int j;
	size_t i;

	for (i = 0; i < r->data.n_exps; i++) {
		const struct experiment *exp = r->data.exps[i];

		for (j = 0; j < exp->n_systems; j++) {
			if (keys_have(&seen, exp->systems[j]))
				continue;
			keys_add(&seen, exp->systems[j]);
			load_picture(r, exp->systems[j]);
		}
	}
	keys_free(&seen);
}

static int draw_figures(struct report *r)
{
	struct loop *loop;
	unsigned int j;
	size_t i;
	int err;

	err = loop_new(&loop);
	if (err < 0) {
		pr_err("event loop: %s", strerror(-err));
		return err;
	}
	for (i = 0; i < r->data.n_exps && !err; i++) {
		const struct experiment *exp = r->data.exps[i];

		r->figures = xreallocarray(r->figures, r->n_figures + exp->n_figures,
					   sizeof(*r->figures));
		for (j = 0; j < exp->n_figures && !err; j++) {
			struct drawn_figure *f = &r->figures[r->n_figures++];

			figure_draw(f, loop, &r->data, exp, &exp->figures[j]);
			if (f->why)
				pr_warning("figure %s: %s", f->figure->id, f->why);
			err = loop->interrupted ? -EINTR : 0;
		}
	}
	loop_free(loop);
	return err;
}

static void report_free(struct report *r)
{
	size_t i;

	for (i = 0; i < r->n_pictures; i++) {
		free(r->pictures[i].svg);
		free(r->pictures[i].desc);
	}
	for (i = 0; i < r->n_figures; i++)
		figure_free(&r->figures[i]);
	free(r->pictures);
	free(r->figures);
	literature_free(&r->literature);
	report_data_free(&r->data);
}

static void write_sections(struct doc *d, const void *arg)
{
	const struct report *r = arg;
	char *title = xasprintf("drivervm report: %s", r->data.name);
	size_t i;

	d->ops->begin(d, title);
	section_summary(d, r);
	section_contents(d, r);
	section_systems(d, r);
	section_claims(d, r);
	for (i = 0; i < r->data.n_exps; i++)
		section_experiment(d, r, i);
	report_parts_write(d, r->data.dir);
	section_effort(d, r);
	section_trouble(d, r);
	section_environment(d, r);
	section_reproduce(d, r);
	d->ops->end(d);
	free(title);
}

static int make_plots_folder(const char *run_dir)
{
	char *path = run_dir_path(run_dir, "plots");
	int err = mkdir_p(path);

	if (err < 0)
		pr_err("%s: %s", path, strerror(-err));
	free(path);
	return err;
}

int report_write(const char *run_dir)
{
	struct report r = { 0 };
	int err;

	err = report_data_load(&r.data, run_dir);
	if (err < 0)
		return err;
	err = literature_load(&r.literature);
	if (!err)
		err = make_plots_folder(run_dir);
	if (!err) {
		load_pictures(&r);
		err = draw_figures(&r);
	}
	if (!err)
		err = doc_write_files(run_dir, write_sections, &r);
	report_free(&r);
	return err;
}
