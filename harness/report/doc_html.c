// SPDX-License-Identifier: GPL-2.0-or-later
/* The HTML format of a document: one file, nothing loaded from elsewhere, no scripts. */
#include "report/doc.h"

#include <stdlib.h>

#include "report/html.h"
#include "report/svg.h"

struct doc_html {
	struct doc doc;
	struct html h;
	const char *css;
	const struct doc_column *cols; /* of the open table */
	unsigned int n_cols, col;
};

static struct doc_html *self(struct doc *d)
{
	return (struct doc_html *)d;
}

static void meta(struct html *h, const char *name, const char *content)
{
	html_open(h, "meta");
	html_attr(h, "name", name);
	html_attr(h, "content", content);
	html_void(h);
	html_newline(h);
}

static void begin(struct doc *d, const char *title)
{
	struct html *h = &self(d)->h;

	html_trusted(h, "<!DOCTYPE html>\n");
	html_open(h, "html");
	html_attr(h, "lang", "en");
	html_open(h, "head");
	html_newline(h);
	html_open(h, "meta");
	html_attr(h, "charset", "utf-8");
	html_void(h);
	html_newline(h);
	meta(h, "viewport", "width=device-width, initial-scale=1");
	meta(h, "color-scheme", "light dark");
	meta(h, "generator", "drivervm");
	html_leaf(h, "title", NULL, title);
	html_open(h, "style");
	html_trusted(h, self(d)->css);
	html_end(h);
	html_end(h);
	html_newline(h);
	html_open(h, "body");
	html_open(h, "main");
	html_newline(h);
	html_leaf(h, "h1", NULL, title);
	html_newline(h);
}

static void end(struct doc *d)
{
	struct html *h = &self(d)->h;

	while (h->depth > 0)
		html_end(h);
	html_newline(h);
}

static void section(struct doc *d, unsigned int level, const char *id, const char *title)
{
	struct html *h = &self(d)->h;
	char *heading = xasprintf("%s-h", id);

	html_open(h, "section");
	html_attr(h, "id", id);
	html_attr(h, "aria-labelledby", heading);
	html_newline(h);
	html_open(h, level == 2 ? "h2" : "h3");
	html_attr(h, "id", heading);
	html_text(h, title);
	html_end(h);
	html_newline(h);
	free(heading);
}

static void block_end(struct doc *d)
{
	html_end(&self(d)->h);
	html_newline(&self(d)->h);
}

static void inline_end(struct doc *d)
{
	html_end(&self(d)->h);
}

static void details(struct doc *d, const char *summary)
{
	html_open(&self(d)->h, "details");
	html_leaf(&self(d)->h, "summary", NULL, summary);
	html_newline(&self(d)->h);
}

static void para(struct doc *d, const char *class)
{
	html_open_class(&self(d)->h, "p", class);
}

static void list(struct doc *d)
{
	html_open(&self(d)->h, "ul");
	html_newline(&self(d)->h);
}

static void item(struct doc *d)
{
	html_open(&self(d)->h, "li");
}

static void text(struct doc *d, const char *s)
{
	html_text(&self(d)->h, s);
}

static void marked(struct doc *d, enum doc_mark mark, const char *s)
{
	static const struct {
		const char *name, *class;
	} elements[] = {
		[DOC_STRONG] = { "strong", NULL },     [DOC_CODE] = { "code", NULL },
		[DOC_NOTE] = { "small", "note" },      [DOC_GOOD] = { "span", "badge good" },
		[DOC_BAD] = { "span", "badge bad" },   [DOC_NEUTRAL] = { "span", "badge neutral" },
		[DOC_WARN] = { "span", "badge warn" },
	};

	html_leaf(&self(d)->h, elements[mark].name, elements[mark].class, s);
}

static void link_to(struct doc *d, const char *href, const char *s)
{
	struct html *h = &self(d)->h;

	html_open(h, "a");
	html_attr(h, "href", href);
	html_text(h, s);
	html_end(h);
}

static void pre(struct doc *d, const char *s)
{
	html_leaf(&self(d)->h, "pre", NULL, s);
	html_newline(&self(d)->h);
}

static void table(struct doc *d, const char *caption, const struct doc_column *cols, unsigned int n)
{
	struct html *h = &self(d)->h;
	unsigned int i;

	self(d)->cols = cols;
	self(d)->n_cols = n;
	/* A wide table scrolls by itself, also by keyboard, so that the page never does. */
	html_open_class(h, "div", "scroll");
	html_attr(h, "tabindex", "0");
	html_attr(h, "role", "region");
	html_attr(h, "aria-label", caption);
	html_open(h, "table");
	html_leaf(h, "caption", NULL, caption);
	html_newline(h);
	html_open(h, "thead");
	html_open(h, "tr");
	for (i = 0; i < n; i++) {
		html_open_class(h, "th", cols[i].number ? "number" : NULL);
		html_attr(h, "scope", "col");
		html_text(h, cols[i].title);
		html_end(h);
	}
	html_end(h);
	html_end(h);
	html_newline(h);
	html_open(h, "tbody");
	html_newline(h);
}

static void row(struct doc *d)
{
	html_open(&self(d)->h, "tr");
	self(d)->col = 0;
}

static void cell(struct doc *d)
{
	struct doc_html *dh = self(d);
	unsigned int col = dh->col++;
	bool number = col < dh->n_cols && dh->cols[col].number;

	html_open_class(&dh->h, col == 0 ? "th" : "td", number ? "number" : NULL);
	if (col == 0)
		html_attr(&dh->h, "scope", "row");
}

static void table_end(struct doc *d)
{
	html_end(&self(d)->h);
	html_end(&self(d)->h);
	html_end(&self(d)->h);
	html_newline(&self(d)->h);
}

static void gallery(struct doc *d, const char *class)
{
	char *classes = xasprintf("gallery %s", class);

	html_open_class(&self(d)->h, "div", classes);
	free(classes);
	html_newline(&self(d)->h);
}

static void file_link(struct doc *d, const char *href, const char *name)
{
	if (!href)
		return;
	html_text(&self(d)->h, " ");
	link_to(d, href, name);
}

static void figure(struct doc *d, const struct doc_figure *f)
{
	struct html *h = &self(d)->h;

	html_open(h, "figure");
	html_attr(h, "id", f->id);
	html_newline(h);
	html_trusted(h, svg_root(f->svg));
	html_open(h, "figcaption");
	html_text(h, f->caption);
	if (f->svg_href || f->pdf_href || f->csv_href) {
		html_open_class(h, "span", "files");
		file_link(d, f->svg_href, "SVG");
		file_link(d, f->pdf_href, "PDF");
		file_link(d, f->csv_href, "CSV");
		html_end(h);
	}
	html_end(h);
	html_end(h);
	html_newline(h);
}

static void free_doc(struct doc *d)
{
	free(d);
}

static const struct doc_ops ops = {
	.begin = begin,
	.end = end,
	.section = section,
	.section_end = block_end,
	.details = details,
	.details_end = block_end,
	.para = para,
	.para_end = block_end,
	.list = list,
	.item = item,
	.item_end = block_end,
	.list_end = block_end,
	.text = text,
	.marked = marked,
	.link = link_to,
	.pre = pre,
	.table = table,
	.row = row,
	.cell = cell,
	.cell_end = inline_end,
	.row_end = block_end,
	.table_end = table_end,
	.gallery = gallery,
	.gallery_end = block_end,
	.figure = figure,
	.free = free_doc,
};

struct doc *doc_html(FILE *out, const char *css)
{
	struct doc_html *dh = xcalloc(1, sizeof(*dh));

	dh->doc.ops = &ops;
	dh->doc.out = out;
	dh->h.out = out;
	dh->css = css;
	return &dh->doc;
}
