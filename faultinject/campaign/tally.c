// SPDX-License-Identifier: GPL-2.0-or-later
/* Counting outcomes. */
#include "faultinject/campaign/tally.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"

bool record_meets(const struct record *r, const struct dimset *set)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		const char *value = strchr(set->v[i], '=') + 1;
		char *key = xasprintf("%.*s", (int)(value - 1 - set->v[i]), set->v[i]);
		bool same = streq(record_text(r, key), value);

		free(key);
		if (!same)
			return false;
	}
	return true;
}

static void count(struct tally *t, const struct record *r)
{
	t->of[r->outcome]++;
	t->n += r->outcome != OUTCOME_HARNESS_FAILED;
	t->activated += outcome_activated(r->outcome);
	t->covered += outcome_covered(r->outcome);
}

struct tally tally_of(const struct records *records, const struct dimset *set)
{
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < records->n; i++)
		if (record_meets(&records->v[i], set))
			count(&t, &records->v[i]);
	return t;
}

struct tally tally_where(const struct records *records, const char *key, const char *value,
			 const char *key2, const char *value2)
{
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < records->n; i++) {
		const struct record *r = &records->v[i];

		if (streq(record_text(r, key), value) &&
		    (!key2 || streq(record_text(r, key2), value2)))
			count(&t, r);
	}
	return t;
}

void values_seen(struct values_seen *seen, const struct records *records, const char *key)
{
	size_t i, j;

	*seen = (struct values_seen){ 0 };
	for (i = 0; i < records->n; i++) {
		const char *value = record_text(&records->v[i], key);

		for (j = 0; j < seen->n && !streq(seen->v[j], value); j++)
			;
		if (!value || j < seen->n)
			continue;
		seen->v = xreallocarray(seen->v, seen->n + 1, sizeof(*seen->v));
		seen->v[seen->n++] = value;
	}
}

void values_seen_free(struct values_seen *seen)
{
	free(seen->v);
	*seen = (struct values_seen){ 0 };
}

/* Workers of all shards: no two have both numbers the same. */
static size_t count_workers(const struct records *records)
{
	size_t i, j, n = 0;

	for (i = 0; i < records->n; i++) {
		const struct record *r = &records->v[i];

		for (j = 0; j < i; j++)
			if (record_number(&records->v[j], "worker", 0) ==
				    record_number(r, "worker", 0) &&
			    record_number(&records->v[j], "shard", 0) ==
				    record_number(r, "shard", 0))
				break;
		n += j == i;
	}
	return n;
}

void tally_pace(const struct records *records, double *per_worker, double *together)
{
	double seconds = 0;
	size_t i;

	for (i = 0; i < records->n; i++)
		seconds += record_number(&records->v[i], "seconds", 0);
	*per_worker = seconds > 0 ? 3600 * (double)records->n / seconds : 0;
	*together = *per_worker * (double)count_workers(records);
}
