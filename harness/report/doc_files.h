/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as files: report.html and report.md. */
#ifndef DRIVERVM_REPORT_DOC_FILES_H
#define DRIVERVM_REPORT_DOC_FILES_H

#include "report/doc.h"

/*
 * Writes or replaces DIR/report.html and DIR/report.md, what is in them being what @write says to
 * a document, twice. 0 or a negative errno, reported.
 */
int doc_write_files(const char *dir, void (*write)(struct doc *d, const void *arg),
		    const void *arg);

#endif
