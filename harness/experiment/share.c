// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sharing of systems in the quick pass: bringing one up takes longer there than all that is
 * measured in it, so experiments that measure the same system measure it while it is up once. Each
 * invocation still has its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "experiment/private.h"
#include "workload/workload.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || streq(a, b);
}

static bool same_classes(const char *const *a, const char *const *b)
{
	static const char *const none[] = { NULL };

	a = a ? a : none;
	b = b ? b : none;
	for (; *a && *b; a++, b++)
		if (!streq(*a, *b))
			return false;
	return *a == *b;
}

/* Are systems brought up for them alike? */
static bool same_surroundings(const struct drivervm_workload *a, const struct drivervm_workload *b)
{
	return a->whole_system == b->whole_system && same_classes(a->classes, b->classes) &&
	       same_text(a->client_image, b->client_image) &&
	       same_text(a->peer_image, b->peer_image);
}

/* Is @key a setting of systems that @exp makes? */
static bool sets(const struct experiment *exp, const char *key)
{
	unsigned int i;

	for (i = 0; i < exp->n_matrix; i++)
		if (streq(exp->matrix[i].axis, key))
			return true;
	return dimset_get(&exp->options, key);
}

static bool is_setting(const struct drivervm_workload *w, const char *key)
{
	char ignored[256];

	return workload_option_check(w, key, "", ignored, sizeof(ignored)) == -ENOENT;
}

/* Sets @b whatever @a sets of systems? What it left would be there for @b. */
static bool sets_all_of(const struct experiment *b, const struct experiment *a,
			const struct drivervm_workload *w)
{
	unsigned int i;

	for (i = 0; i < a->n_matrix; i++)
		if (is_setting(w, a->matrix[i].axis) && !sets(b, a->matrix[i].axis))
			return false;
	for (i = 0; i < a->options.n; i++) {
		char *key = strndup(a->options.v[i], strcspn(a->options.v[i], "="));
		bool missing = is_setting(w, key) && !sets(b, key);

		free(key);
		if (missing)
			return false;
	}
	return true;
}

bool boots_share(const struct plan *plan, const struct boot *a, const struct boot *b)
{
	const struct drivervm_workload *w, *v;

	if (!plan->quick || a->invocation != b->invocation || !streq(a->system, b->system) ||
	    !streq(a->driver, b->driver) || !cell_equals(&a->with, &b->with))
		return false;
	if (workload_find(&w, a->exp->workload) < 0 || workload_find(&v, b->exp->workload) < 0)
		return false;
	return same_surroundings(w, v) && sets_all_of(b->exp, a->exp, w) &&
	       sets_all_of(a->exp, b->exp, v);
}

bool boot_is_shared(const struct plan *plan, size_t i)
{
	return i && boots_share(plan, &plan->boots[i - 1], &plan->boots[i]);
}

/* Moves the boot at @from to @to, before it. */
static void move_up(struct plan *plan, size_t from, size_t to)
{
	struct boot moved = plan->boots[from];

	memmove(&plan->boots[to + 1], &plan->boots[to], (from - to) * sizeof(moved));
	plan->boots[to] = moved;
}

void plan_share(struct plan *plan)
{
	size_t i, j;

	for (i = 0; i + 1 < plan->n_boots; i++) {
		for (j = i + 1; j < plan->n_boots; j++)
			if (boots_share(plan, &plan->boots[i], &plan->boots[j]))
				break;
		if (j == plan->n_boots)
			continue;
		move_up(plan, j, i + 1);
		plan->seconds -=
			plan_boot_seconds(plan->boots[i + 1].exp, &plan->boots[i + 1].with);
	}
}

size_t plan_count_systems(const struct plan *plan)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n_boots; i++)
		n += !boot_is_shared(plan, i);
	return n;
}
