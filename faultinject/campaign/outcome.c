// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of a trial, in one word. */
#include "faultinject/campaign/outcome.h"

#include "core/util.h"

enum outcome outcome_of(const struct evidence *e)
{
	if (!e->client_lives || e->complaint)
		return OUTCOME_CLIENT_HARMED;
	if (e->corrupted)
		return OUTCOME_DATA_CORRUPTED;
	if (!e->activated && !e->detected)
		return OUTCOME_NOT_ACTIVATED;
	if (e->detected)
		return e->service ? OUTCOME_RECOVERED : OUTCOME_FAILED;
	if (!e->service)
		return OUTCOME_SILENT;
	if (e->throughput < OUTCOME_DEGRADED_SHARE * e->baseline)
		return OUTCOME_DEGRADED;
	return OUTCOME_NO_EFFECT;
}

static const char *const names[OUTCOME_COUNT] = {
	[OUTCOME_CLIENT_HARMED] = "client-harmed",
	[OUTCOME_DATA_CORRUPTED] = "data-corrupted",
	[OUTCOME_NOT_ACTIVATED] = "not-activated",
	[OUTCOME_FAILED] = "failed-not-recovered",
	[OUTCOME_RECOVERED] = "recovered",
	[OUTCOME_SILENT] = "silent",
	[OUTCOME_DEGRADED] = "degraded",
	[OUTCOME_NO_EFFECT] = "no-effect",
	[OUTCOME_HARNESS_FAILED] = "harness-failed",
};

const char *outcome_text(enum outcome o)
{
	return names[o];
}

enum outcome outcome_find(const char *text)
{
	enum outcome o = 0;

	while (o < OUTCOME_COUNT && !streq(names[o], text))
		o++;
	return o;
}

bool outcome_activated(enum outcome o)
{
	return o != OUTCOME_NOT_ACTIVATED && o != OUTCOME_HARNESS_FAILED;
}

bool outcome_covered(enum outcome o)
{
	return o == OUTCOME_RECOVERED || o == OUTCOME_NO_EFFECT;
}
