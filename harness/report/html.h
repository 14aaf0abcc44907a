/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes HTML that is also well-formed XML: every element is closed, every text and attribute
 * escaped, bytes that are no UTF-8 (or no XML character) replaced. Knows nothing of reports.
 */
#ifndef DRIVERVM_REPORT_HTML_H
#define DRIVERVM_REPORT_HTML_H

#include <stdbool.h>
#include <stdio.h>

#define HTML_DEPTH_MAX 32

/* { .out = file } is a valid start. */
struct html {
	FILE *out; /* not owned; its error flag tells whether all was written */
	const char *stack[HTML_DEPTH_MAX]; /* names of open elements; static strings */
	unsigned int depth;
	bool in_tag; /* the last tag still takes attributes */
};

/* Opens an element; @name is a static string. Attributes follow it, then content, html_end(). */
void html_open(struct html *h, const char *name);
/* The same with a class; NULL: none. */
void html_open_class(struct html *h, const char *name, const char *class);
void html_attr(struct html *h, const char *name, const char *value);
/* Closes the innermost open element. */
void html_end(struct html *h);
/* Closes a void element (meta, br): no content, no end tag. */
void html_void(struct html *h);
void html_text(struct html *h, const char *text);
/* An element that holds only a text. */
void html_leaf(struct html *h, const char *name, const char *class, const char *text);
void html_newline(struct html *h);
/* Markup from a file of the project (a style sheet, a figure), written as it is. */
void html_trusted(struct html *h, const char *markup);

/* Writes @text escaped for use in text and in double-quoted attributes of HTML and XML. */
void html_escape(FILE *out, const char *text);
/*
 * Length of the well-formed UTF-8 character at @s that XML allows, 0 if there is none (one byte
 * is then to be skipped).
 */
unsigned int html_char_length(const char *s);

#endif
