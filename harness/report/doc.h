/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A document that is written once and comes out in two formats, HTML and Markdown. The sections of
 * the report know only this; how a heading or a table looks is the format's (doc_html.c,
 * doc_markdown.c). All text is plain text, escaped by the format.
 */
#ifndef DRIVERVM_REPORT_DOC_H
#define DRIVERVM_REPORT_DOC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/util.h"

struct doc_column {
	const char *title;
	bool number; /* set flush right, in figures of equal width */
};

struct doc_figure {
	const char *id; /* anchor */
	const char *caption;
	const char *alt; /* what a reader who cannot see it has to know */
	const char *svg; /* the whole SVG document */
	const char *svg_href; /* where it lies, from the report; NULL: inline only */
	const char *pdf_href; /* NULL: none */
	const char *csv_href; /* the numbers; NULL: none */
};

/* How a word is marked. Colour is never the only sign: the word itself says it. */
enum doc_mark {
	DOC_STRONG,
	DOC_CODE,
	DOC_NOTE, /* on a line of its own below, in small print */
	DOC_GOOD,
	DOC_BAD,
	DOC_NEUTRAL,
	DOC_WARN,
};

struct doc;

/* What a format provides. Blocks are opened and closed in pairs and nest as in HTML. */
struct doc_ops {
	void (*begin)(struct doc *d, const char *title);
	void (*end)(struct doc *d);
	/* @level 2 or 3 (the title is 1). @id: anchor, of letters, digits and hyphens. */
	void (*section)(struct doc *d, unsigned int level, const char *id, const char *title);
	void (*section_end)(struct doc *d);
	/* A block that a reader opens when wanted. */
	void (*details)(struct doc *d, const char *summary);
	void (*details_end)(struct doc *d);
	void (*para)(struct doc *d, const char *class);
	void (*para_end)(struct doc *d);
	void (*list)(struct doc *d);
	void (*item)(struct doc *d);
	void (*item_end)(struct doc *d);
	void (*list_end)(struct doc *d);
	void (*text)(struct doc *d, const char *text);
	void (*marked)(struct doc *d, enum doc_mark mark, const char *text);
	void (*link)(struct doc *d, const char *href, const char *text);
	void (*pre)(struct doc *d, const char *text);
	/* The first cell of a row is its header. */
	void (*table)(struct doc *d, const char *caption, const struct doc_column *cols,
		      unsigned int n);
	void (*row)(struct doc *d);
	void (*cell)(struct doc *d);
	void (*cell_end)(struct doc *d);
	void (*row_end)(struct doc *d);
	void (*table_end)(struct doc *d);
	/* Figures side by side where there is room; @class "plots" or "pictures" (which are small).
	 */
	void (*gallery)(struct doc *d, const char *class);
	void (*gallery_end)(struct doc *d);
	void (*figure)(struct doc *d, const struct doc_figure *f);
	void (*free)(struct doc *d);
};

struct doc {
	const struct doc_ops *ops;
	FILE *out; /* not owned */
	bool brief; /* what only few readers open is left to the other format */
};

/* @css: the style sheet's text, borrowed until doc_free(). */
struct doc *doc_html(FILE *out, const char *css);
struct doc *doc_markdown(FILE *out);
void doc_free(struct doc *d);

/* Formatted text in the open block. */
void doc_text(struct doc *d, const char *fmt, ...) __printf(2, 3);
void doc_marked(struct doc *d, enum doc_mark mark, const char *fmt, ...) __printf(3, 4);
/* A whole paragraph of plain text. */
void doc_para(struct doc *d, const char *fmt, ...) __printf(2, 3);
/* A whole cell of plain text. */
void doc_cell(struct doc *d, const char *fmt, ...) __printf(2, 3);
/* A whole table cell with one marked word. */
void doc_cell_marked(struct doc *d, enum doc_mark mark, const char *text);

#endif
