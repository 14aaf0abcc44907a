/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes gnuplot's SVG fit to stand beside others inside one HTML document, and to be read aloud. */
#ifndef DRIVERVM_REPORT_SVG_H
#define DRIVERVM_REPORT_SVG_H

/*
 * A document, which the caller frees, like @raw, but with @title and @desc as its text alternative,
 * without gnuplot's own titles, and with every identifier beginning with @id (letters, digits,
 * hyphens). NULL if @raw is no SVG.
 */
char *svg_dress(const char *raw, const char *id, const char *title, const char *desc);
/* Where the svg element of a document begins, after XML's prologue and comments. */
const char *svg_root(const char *document);
/* The document's first <desc>, which the caller frees; "" if it has none. */
char *svg_desc(const char *document);

#endif
