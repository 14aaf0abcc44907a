// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of all techniques. */
#include "techniques/technique.h"

#include <string.h>

#include "core/util.h"

static struct technique_entry *first;

void technique_register(struct technique_entry *entry)
{
	struct technique_entry **at = &first;

	while (*at && strcmp((*at)->technique->name, entry->technique->name) < 0)
		at = &(*at)->next;
	entry->next = *at;
	*at = entry;
}

const struct technique_entry *technique_first(void)
{
	return first;
}

const struct technique *technique_find(const char *name)
{
	const struct technique_entry *e;

	for (e = first; e; e = e->next)
		if (streq(e->technique->name, name))
			return e->technique;
	return NULL;
}
