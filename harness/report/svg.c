// SPDX-License-Identifier: GPL-2.0-or-later
/* Rewrites gnuplot's SVG; see svg.h. Relies on its plain form: no CDATA, no comments. */
#include "report/svg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "report/html.h"

const char *svg_root(const char *document)
{
	const char *root = strstr(document, "<svg");

	return root ? root : "";
}

char *svg_desc(const char *document)
{
	const char *start = strstr(document, "<desc");
	const char *end = start ? strstr(start, "</desc>") : NULL;

	start = end ? strchr(start, '>') : NULL;
	return start && start < end ? xasprintf("%.*s", (int)(end - start - 1), start + 1) :
				      xstrdup("");
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* If an element that has nothing but text begins at @s, where it ends; else NULL. */
static const char *skip_element(const char *s, const char *open, const char *close)
{
	const char *end;

	if (!starts(s, open))
		return NULL;
	end = strstr(s, close);
	return end ? end + strlen(close) : s + strlen(s);
}

/* Length of the start of an attribute at @s after which an identifier follows, or 0. */
static size_t identifier_prefix(const char *s)
{
	static const char *const before[] = { " id='", " id=\"", "href='#", "href=\"#", "url(#" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(before); i++)
		if (starts(s, before[i]))
			return strlen(before[i]);
	return 0;
}

static void write_head(FILE *out, const char *head, const char *id, const char *title,
		       const char *desc)
{
	const char *box = strstr(head, "viewBox=\"");
	int len;

	box = box ? box + strlen("viewBox=\"") : "0 0 720 380\"";
	len = (int)strcspn(box, "\"<>");
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\""
		     " xmlns:xlink=\"http://www.w3.org/1999/xlink\" class=\"plot\" role=\"img\"");
	fprintf(out, " viewBox=\"%.*s\" aria-labelledby=\"%s-title %s-desc\">\n", len, box, id, id);
	fprintf(out, "<title id=\"%s-title\">", id);
	html_escape(out, title);
	fprintf(out, "</title>\n<desc id=\"%s-desc\">", id);
	html_escape(out, desc);
	fputs("</desc>\n", out);
}

/*
 * Text is copied as it is, for gnuplot has escaped it, but for '>', which XML wants escaped after
 * "]]". Identifiers are looked for inside tags only.
 */
static void write_body(FILE *out, const char *s, const char *id)
{
	const char *after;
	bool in_tag = false;
	size_t n;

	while (*s) {
		after = skip_element(s, "<title", "</title>");
		if (!after)
			after = skip_element(s, "<desc", "</desc>");
		if (after) {
			s = after;
			continue;
		}
		n = in_tag ? identifier_prefix(s) : 0;
		if (n > 0)
			fprintf(out, "%.*s%s-", (int)n, s, id);
		else if (*s == '>' && !in_tag)
			fputs("&gt;", out);
		else
			fputc(*s, out);
		if (*s == '<' || *s == '>')
			in_tag = *s == '<';
		s += n > 0 ? n : 1;
	}
}

char *svg_dress(const char *raw, const char *id, const char *title, const char *desc)
{
	const char *head = svg_root(raw);
	const char *body = strchr(head, '>');
	char *text = NULL;
	size_t size;
	FILE *out;

	if (!body)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n", out);
	write_head(out, head, id, title, desc);
	write_body(out, body + 1, id);
	fclose(out);
	return text;
}
