// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding strategies, and what they have in common. */
#include "supervise/strategy.h"

#include <string.h>

#include "core/util.h"

static struct strategy_entry *strategies;

void strategy_register(struct strategy_entry *entry)
{
	struct strategy_entry **at = &strategies;

	while (*at && strcmp((*at)->strategy->name, entry->strategy->name) < 0)
		at = &(*at)->next;
	entry->next = *at;
	*at = entry;
}

const struct strategy_entry *strategy_first(void)
{
	return strategies;
}

const struct strategy *strategy_find(const char *name)
{
	const struct strategy_entry *e;

	for (e = strategies; e; e = e->next)
		if (streq(e->strategy->name, name))
			return e->strategy;
	return NULL;
}

int strategy_stop_and(struct system *sys, const char *vm, struct replacement *r,
		      int (*start)(struct system *sys, const char *vm, struct system_start *when))
{
	int err = system_stop_vm(sys, vm);

	if (err)
		return err;
	r->isolated_us = now_us();
	return start(sys, vm, &r->start);
}
