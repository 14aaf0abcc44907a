// SPDX-License-Identifier: GPL-2.0-or-later
/* The Markdown format of a document, as GitHub reads it. Figures are links to their files. */
#include "report/doc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"

/* Text is escaped so that nothing in it is Markdown or HTML; a line end would end the block. */
static void text(struct doc *d, const char *s)
{
	unsigned int len;

	for (; *s; s += len ? len : 1) {
		len = html_char_length(s);
		if (len == 0)
			fputs("\xef\xbf\xbd", d->out);
		else if (*s == '<')
			fputs("&lt;", d->out);
		else if (*s == '&')
			fputs("&amp;", d->out);
		else if (*s == '\n' || *s == '\r')
			fputc(' ', d->out);
		else if (strchr("\\`*_{}[]>|#~!", *s))
			fprintf(d->out, "\\%c", *s);
		else
			fwrite(s, 1, len, d->out);
	}
}

static void begin(struct doc *d, const char *title)
{
	fputs("# ", d->out);
	text(d, title);
	fputs("\n\n", d->out);
}

static void nothing(struct doc *d)
{
	(void)d;
}

static void blank_line(struct doc *d)
{
	fputs("\n\n", d->out);
}

static void newline(struct doc *d)
{
	fputc('\n', d->out);
}

static void section(struct doc *d, unsigned int level, const char *id, const char *title)
{
	fprintf(d->out, "<a id=\"%s\"></a>\n\n", id);
	fputs(level == 2 ? "## " : "### ", d->out);
	text(d, title);
	fputs("\n\n", d->out);
}

static void details(struct doc *d, const char *summary)
{
	fputs("<details><summary>", d->out);
	html_escape(d->out, summary);
	fputs("</summary>\n\n", d->out);
}

static void details_end(struct doc *d)
{
	fputs("</details>\n\n", d->out);
}

static void para(struct doc *d, const char *class)
{
	(void)d;
	(void)class;
}

static void item(struct doc *d)
{
	fputs("- ", d->out);
}

/*
 * A code span takes no escapes but must not hold its own fence, and a table splits at bars even
 * within it; so such a text is written as HTML's element instead.
 */
static void code(struct doc *d, const char *s)
{
	if (strpbrk(s, "`|<>&\n")) {
		fputs("<code>", d->out);
		text(d, s);
		fputs("</code>", d->out);
	} else {
		fprintf(d->out, "`%s`", s);
	}
}

static void marked(struct doc *d, enum doc_mark mark, const char *s)
{
	bool strong = mark == DOC_STRONG || mark == DOC_BAD || mark == DOC_WARN;

	if (mark == DOC_CODE) {
		code(d, s);
		return;
	}
	if (mark == DOC_NOTE)
		fputs("<br>", d->out);
	fputs(strong ? "**" : "", d->out);
	text(d, s);
	fputs(strong ? "**" : "", d->out);
}

/* In angle brackets a target may hold anything but these and line ends. */
static void target(struct doc *d, const char *href)
{
	fputc('<', d->out);
	for (; *href; href++) {
		if (*href == '<' || *href == '>' || *href == '\\' || iscntrl((unsigned char)*href))
			fprintf(d->out, "%%%02X", (unsigned char)*href);
		else
			fputc(*href, d->out);
	}
	fputc('>', d->out);
}

static void link_to(struct doc *d, const char *href, const char *s)
{
	fputc('[', d->out);
	text(d, s);
	fputs("](", d->out);
	target(d, href);
	fputc(')', d->out);
}

/* Indented rather than fenced: no text can then end the block. */
static void pre(struct doc *d, const char *s)
{
	fputs("    ", d->out);
	for (; *s; s++) {
		fputc(*s, d->out);
		if (*s == '\n' && s[1])
			fputs("    ", d->out);
	}
	fputs("\n\n", d->out);
}

static void table(struct doc *d, const char *caption, const struct doc_column *cols, unsigned int n)
{
	unsigned int i;

	fputs("**", d->out);
	text(d, caption);
	fputs("**\n\n|", d->out);
	for (i = 0; i < n; i++) {
		fputc(' ', d->out);
		text(d, cols[i].title);
		fputs(" |", d->out);
	}
	fputs("\n|", d->out);
	for (i = 0; i < n; i++)
		fputs(cols[i].number ? " ---: |" : " --- |", d->out);
	fputc('\n', d->out);
}

static void row(struct doc *d)
{
	fputs("|", d->out);
}

static void cell(struct doc *d)
{
	fputc(' ', d->out);
}

static void cell_end(struct doc *d)
{
	fputs(" |", d->out);
}

static void gallery(struct doc *d, const char *class)
{
	(void)d;
	(void)class;
}

static void figure(struct doc *d, const struct doc_figure *f)
{
	if (!f->svg_href)
		return;
	fputs("![", d->out);
	text(d, f->caption);
	fputs("](", d->out);
	target(d, f->svg_href);
	fputs(")\n\n*", d->out);
	text(d, f->caption);
	fputc('*', d->out);
	if (f->pdf_href) {
		fputc(' ', d->out);
		link_to(d, f->pdf_href, "PDF");
	}
	if (f->csv_href) {
		fputc(' ', d->out);
		link_to(d, f->csv_href, "CSV");
	}
	fputs("\n\n", d->out);
}

static void free_doc(struct doc *d)
{
	free(d);
}

static const struct doc_ops ops = {
	.begin = begin,
	.end = nothing,
	.section = section,
	.section_end = nothing,
	.details = details,
	.details_end = details_end,
	.para = para,
	.para_end = blank_line,
	.list = nothing,
	.item = item,
	.item_end = newline,
	.list_end = newline,
	.text = text,
	.marked = marked,
	.link = link_to,
	.pre = pre,
	.table = table,
	.row = row,
	.cell = cell,
	.cell_end = cell_end,
	.row_end = newline,
	.table_end = newline,
	.gallery = gallery,
	.gallery_end = nothing,
	.figure = figure,
	.free = free_doc,
};

struct doc *doc_markdown(FILE *out)
{
	struct doc *d = xcalloc(1, sizeof(*d));

	d->ops = &ops;
	d->out = out;
	d->brief = true;
	return d;
}
