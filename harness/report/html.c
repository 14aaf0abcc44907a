// SPDX-License-Identifier: GPL-2.0-or-later
/* The escaping HTML writer. */
#include "report/html.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

#define REPLACEMENT "\xef\xbf\xbd"

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool xml_allows(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c != 0x7f && !(c >= 0xd800 && c <= 0xdfff) && c != 0xfffe && c != 0xffff &&
	       c <= 0x10ffff;
}

unsigned int html_char_length(const char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*s;
	unsigned int len, i;
	uint32_t c;

	if (first < 0x80)
		return xml_allows(first) ? 1 : 0;
	if ((first & 0xe0) == 0xc0)
		len = 2;
	else if ((first & 0xf0) == 0xe0)
		len = 3;
	else if ((first & 0xf8) == 0xf0)
		len = 4;
	else
		return 0;
	c = first & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (!is_continuation(s[i]))
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	return c >= least[len] && xml_allows(c) ? len : 0;
}

void html_escape(FILE *out, const char *text)
{
	unsigned int len;

	while (*text) {
		len = html_char_length(text);
		if (len == 0)
			fputs(REPLACEMENT, out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			fwrite(text, 1, len, out);
		text += len ? len : 1;
	}
}

static void finish_tag(struct html *h)
{
	if (h->in_tag)
		fputc('>', h->out);
	h->in_tag = false;
}

void html_open(struct html *h, const char *name)
{
	finish_tag(h);
	if (h->depth == HTML_DEPTH_MAX) {
		pr_err("report: elements nested deeper than %d", HTML_DEPTH_MAX);
		abort();
	}
	h->stack[h->depth++] = name;
	fprintf(h->out, "<%s", name);
	h->in_tag = true;
}

void html_open_class(struct html *h, const char *name, const char *class)
{
	html_open(h, name);
	if (class)
		html_attr(h, "class", class);
}

void html_attr(struct html *h, const char *name, const char *value)
{
	fprintf(h->out, " %s=\"", name);
	html_escape(h->out, value);
	fputc('"', h->out);
}

void html_end(struct html *h)
{
	finish_tag(h);
	h->depth--;
	fprintf(h->out, "</%s>", h->stack[h->depth]);
}

void html_void(struct html *h)
{
	fputs(" />", h->out);
	h->in_tag = false;
	h->depth--;
}

void html_text(struct html *h, const char *text)
{
	finish_tag(h);
	html_escape(h->out, text);
}

void html_leaf(struct html *h, const char *name, const char *class, const char *text)
{
	html_open_class(h, name, class);
	html_text(h, text);
	html_end(h);
}

void html_newline(struct html *h)
{
	finish_tag(h);
	fputc('\n', h->out);
}

void html_trusted(struct html *h, const char *markup)
{
	finish_tag(h);
	fputs(markup, h->out);
}
