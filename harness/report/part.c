// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of reports that come from elsewhere. */
#include "report/part.h"

static struct report_part *parts;

void report_part_register(struct report_part *part)
{
	part->next = parts;
	parts = part;
}

void report_parts_write(struct doc *d, const char *run_dir)
{
	const struct report_part *p;

	for (p = parts; p; p = p->next)
		p->write(d, run_dir);
}
