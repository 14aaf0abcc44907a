// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readings of many alike VMs. A hundred driver VMs with a dozen meters each would make samples that
 * nobody reads, a hundred times what is said by their mean.
 */
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "experiment/readings.h"

/* With more members than this only the mean is kept of most metrics. */
#define SINGLE_MAX 8

/* One metric of the members of one fleet. */
struct group {
	const struct reading *first; /* in readings that no longer grow */
	size_t stem; /* length of the name without its number */
	double sum;
	size_t n;
};

/* "dd" of "dd17": the length of what stands before a number; 0: it is no member of a fleet. */
static size_t stem_of(const struct reading *r)
{
	size_t len = strlen(r->vm), stem = len;

	while (stem > 0 && r->vm[stem - 1] >= '0' && r->vm[stem - 1] <= '9')
		stem--;
	return stem < len ? stem : 0;
}

static bool belongs(const struct group *g, const struct reading *r, size_t stem)
{
	return g->stem == stem && strncmp(g->first->vm, r->vm, stem) == 0 &&
	       streq(g->first->metric, r->metric) && streq(g->first->thread, r->thread);
}

/* There are some dozens of groups, however many VMs. */
static size_t gather(const struct readings *r, struct group **groups)
{
	size_t i, j, n = 0;

	*groups = NULL;
	for (i = 0; i < r->n; i++) {
		size_t stem = stem_of(&r->v[i]);

		if (!stem)
			continue;
		for (j = 0; j < n && !belongs(&(*groups)[j], &r->v[i], stem); j++)
			;
		if (j == n) {
			*groups = xreallocarray(*groups, n + 1, sizeof(**groups));
			(*groups)[n++] = (struct group){ .first = &r->v[i], .stem = stem };
		}
		(*groups)[j].sum += r->v[i].value;
		(*groups)[j].n++;
	}
	return n;
}

/* What tells whether one VM differs from the others stays, of however many. */
static bool stays(const struct reading *r, size_t largest)
{
	return largest <= SINGLE_MAX || !stem_of(r) ||
	       (!r->thread[0] && (streq(r->metric, "cpu") || streq(r->metric, "pss")));
}

void readings_fold(struct readings *r)
{
	struct readings all = *r;
	struct group *groups;
	size_t n = gather(&all, &groups), largest = 0, i;

	*r = (struct readings){ 0 };
	for (i = 0; i < n; i++)
		if (groups[i].n > largest)
			largest = groups[i].n;
	for (i = 0; i < all.n; i++)
		if (stays(&all.v[i], largest))
			readings_keep(r, &all.v[i]);
	for (i = 0; i < n; i++) {
		const struct reading *first = groups[i].first;
		char *name = xasprintf("%.*s*", (int)groups[i].stem, first->vm);

		readings_add(r, first->metric, first->unit, groups[i].sum / (double)groups[i].n,
			     name, first->thread);
		free(name);
	}
	free(groups);
	readings_free(&all);
}
