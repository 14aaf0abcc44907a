/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of `drivervm top`, as text. */
#ifndef DRIVERVM_CLI_TOP_TABLE_H
#define DRIVERVM_CLI_TOP_TABLE_H

#include <stdio.h>

#include "cli/top_snapshot.h"

enum top_sort {
	TOP_BY_CPU,
	TOP_BY_MEMORY, /* of their own */
	TOP_BY_NAME,
	TOP_BY_RATE, /* of what their links carry */
};

struct top_view {
	enum top_sort sort;
	unsigned int rows; /* lines at most, sums and headings included; 0: as many as it takes */
	unsigned int columns; /* longer lines are cut; 0: none is */
};

/* "cpu", "mem", "name", "rate"; -EINVAL. */
int top_sort_parse(const char *name, enum top_sort *sort);
void top_print(FILE *out, const struct top_snapshot *s, const struct top_view *view);

#endif
