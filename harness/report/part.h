/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of a run's report about what is no experiment: each comes from a file elsewhere that ends
 * with REPORT_PART(function), and looks by itself whether the run has any of it.
 */
#ifndef DRIVERVM_REPORT_PART_H
#define DRIVERVM_REPORT_PART_H

#include "report/doc.h"

/* Writes its sections, or nothing, about what lies in the run's folder @run_dir. */
typedef void (*report_part_fn)(struct doc *d, const char *run_dir);

/* A part in the list of all; made by REPORT_PART() only. */
struct report_part {
	report_part_fn write;
	struct report_part *next;
};

void report_part_register(struct report_part *part);
/* Writes all parts, in no order. */
void report_parts_write(struct doc *d, const char *run_dir);

/* Registers a part, before main() begins. */
#define REPORT_PART(fn)                                              \
	static struct report_part fn##_part = { .write = (fn) };     \
	static void __attribute__((constructor)) fn##_register(void) \
	{                                                            \
		report_part_register(&fn##_part);                    \
	}

#endif
