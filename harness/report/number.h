/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people read them: as many digits as mean something, units of a fitting size. */
#ifndef DRIVERVM_REPORT_NUMBER_H
#define DRIVERVM_REPORT_NUMBER_H

#include <stddef.h>

#include "stats/stats.h"

/* How values of a metric are shown. */
struct unit {
	double scale; /* from the sample's unit to the one shown */
	char name[64]; /* of the unit shown; "" for a bare number */
};

/* A unit in which @largest, given in @unit ("bit/s", "s", "us", "B", "1"), is easy to read. */
struct unit unit_for(const char *unit, double largest);

/*
 * "676 (670–683)"; without an interval "676 (n = 1)". With three digits, or four where the interval
 * is narrow.
 */
const char *estimate_text(char *buf, size_t size, const struct estimate *e);
/* The same with three decimals, as ratios are read: "0.991 (0.985–0.996)". */
const char *ratio_text(char *buf, size_t size, const struct estimate *e);

#endif
