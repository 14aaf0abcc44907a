// SPDX-License-Identifier: GPL-2.0-or-later
/* What both formats of a document share: formatting of text. */
#include "report/doc.h"

#include <stdlib.h>

void doc_free(struct doc *d)
{
	d->ops->free(d);
}

static char *format(const char *fmt, va_list ap)
{
	char *s = NULL;

	return vasprintf(&s, fmt, ap) < 0 ? xstrdup("") : s;
}

void doc_text(struct doc *d, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	d->ops->text(d, s);
	free(s);
}

void doc_marked(struct doc *d, enum doc_mark mark, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	d->ops->marked(d, mark, s);
	free(s);
}

void doc_para(struct doc *d, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	d->ops->para(d, NULL);
	d->ops->text(d, s);
	d->ops->para_end(d);
	free(s);
}

void doc_cell(struct doc *d, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	d->ops->cell(d);
	d->ops->text(d, s);
	d->ops->cell_end(d);
	free(s);
}

void doc_cell_marked(struct doc *d, enum doc_mark mark, const char *text)
{
	d->ops->cell(d);
	d->ops->marked(d, mark, text);
	d->ops->cell_end(d);
}
