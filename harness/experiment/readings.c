// SPDX-License-Identifier: GPL-2.0-or-later
/* What one iteration gave, and what follows from it. */
#include "experiment/readings.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/util.h"
#include "system/system.h"

#define MIB 1048576.0

void readings_add(struct readings *r, const char *metric, const char *unit, double value,
		  const char *vm, const char *thread)
{
	struct reading *n;

	if (!isfinite(value))
		return;
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 64;
		r->v = xreallocarray(r->v, r->room, sizeof(*r->v));
	}
	n = &r->v[r->n++];
	snprintf(n->metric, sizeof(n->metric), "%s", metric);
	snprintf(n->unit, sizeof(n->unit), "%s", unit);
	snprintf(n->vm, sizeof(n->vm), "%s", vm ? vm : "");
	snprintf(n->thread, sizeof(n->thread), "%s", thread ? thread : "");
	n->value = value;
}

const struct reading *readings_find(const struct readings *r, const char *metric, const char *vm,
				    const char *thread)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (streq(r->v[i].metric, metric) && streq(r->v[i].vm, vm) &&
		    streq(r->v[i].thread, thread))
			return &r->v[i];
	return NULL;
}

void readings_free(struct readings *r)
{
	free(r->v);
	*r = (struct readings){ 0 };
}

/* The remote machine stands beside the system, and what it does is no cost of it. */
static bool is_part(const struct reading *r)
{
	return streq(r->metric, "cpu") && r->vm[0] && !r->thread[0] && !streq(r->vm, "host") &&
	       !streq(r->vm, SYSTEM_REMOTE);
}

/* CPU seconds of all parts; false if none was metered. */
static bool sum_parts(const struct readings *r, double *sum)
{
	bool any = false;
	size_t i;

	*sum = 0;
	for (i = 0; i < r->n; i++) {
		if (!is_part(&r->v[i]))
			continue;
		*sum += r->v[i].value;
		any = true;
	}
	return any;
}

static void derive_per_mib(struct readings *r, double sum, double mib)
{
	size_t i, n = r->n;

	readings_add(r, "cpu_per_mib", "s/MiB", sum / mib, "", "");
	for (i = 0; i < n; i++) {
		const struct reading part = r->v[i];

		if (is_part(&part))
			readings_add(r, "part_cpu_per_mib", "s/MiB", part.value / mib, part.vm, "");
	}
}

void readings_derive(struct readings *r)
{
	const struct reading *host = readings_find(r, "cpu", "host", "");
	const struct reading *wall = readings_find(r, "wall", "host", "");
	const struct reading *bytes = readings_find(r, "transferred", "", "");
	double host_s = host ? host->value : 0, wall_s = wall ? wall->value : 0, sum;
	double mib = bytes && streq(bytes->unit, "B") ? bytes->value / MIB : 0;
	bool parts = sum_parts(r, &sum);

	if (host && wall_s > 0)
		readings_add(r, "host_load", "1", host_s / wall_s, "", "");
	if (parts && wall_s > 0)
		readings_add(r, "cpu_load", "1", sum / wall_s, "", "");
	if (parts && mib > 0)
		derive_per_mib(r, sum, mib);
}
