// SPDX-License-Identifier: GPL-2.0-or-later
/* A growing, NULL-terminated argument vector. */
#include "core/argv.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void argv_push(struct argv *a, char *s)
{
	a->v = xreallocarray(a->v, a->n + 2, sizeof(*a->v));
	a->v[a->n++] = s;
	a->v[a->n] = NULL;
}

void argv_add(struct argv *a, const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = xstrdup("");
	va_end(ap);
	argv_push(a, s);
}

void argv_add_all(struct argv *a, const char *const *strings)
{
	for (; *strings; strings++)
		argv_push(a, xstrdup(*strings));
}

static void quote_one(FILE *out, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=:,./@%";

	if (*s && s[strspn(s, plain)] == '\0') {
		fputs(s, out);
		return;
	}
	fputc('\'', out);
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", out);
		else
			fputc(*s, out);
	}
	fputc('\'', out);
}

char *argv_quote(const struct argv *a)
{
	char *line = NULL;
	size_t len, i;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		return xstrdup("");
	for (i = 0; i < a->n; i++) {
		if (i)
			fputc(' ', out);
		quote_one(out, a->v[i]);
	}
	fclose(out);
	return line;
}

void argv_free(struct argv *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		free(a->v[i]);
	free(a->v);
	a->v = NULL;
	a->n = 0;
}
