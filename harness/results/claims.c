// SPDX-License-Identifier: GPL-2.0-or-later
/* Judging claims by a run's samples. */
#include "results/claims.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "results/pairs.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_REPRODUCED] = "reproduced",
		[VERDICT_NOT_REPRODUCED] = "not reproduced",
		[VERDICT_NOT_APPLICABLE] = "not applicable",
	};

	return names[v];
}

static bool meets(double value, bool at_least, double target)
{
	return at_least ? value >= target : value <= target;
}

static void say_nothing_measured(struct judgement *j, const struct values *v)
{
	if (v->failed)
		snprintf(j->why, sizeof(j->why), "all %zu samples failed: %s", v->failed,
			 v->reason ? v->reason : "no reason was given");
	else if (v->reason)
		snprintf(j->why, sizeof(j->why), "skipped: %s", v->reason);
	else if (v->dropped)
		snprintf(j->why, sizeof(j->why), "what it is divided by is 0");
	else
		snprintf(j->why, sizeof(j->why), "this run did not measure it");
}

static void say_aim(struct judgement *j)
{
	size_t used = strlen(j->why);
	bool at_least;
	double aim;

	if (!j->claim->aim || expectation_parse(j->claim->aim, &at_least, &aim) < 0)
		return;
	snprintf(j->why + used, sizeof(j->why) - used, "; the aim of %g is %s", aim,
		 meets(j->estimate.value, at_least, aim) ? "reached" : "not reached");
}

/*
 * Strict: what lies partly on the wrong side has not been shown, however good its median. Says
 * so, since more invocations may then tell.
 */
static void decide(struct judgement *j)
{
	const struct estimate *e = &j->estimate;
	bool at_least;
	double target, worst;

	if (expectation_parse(j->claim->expect, &at_least, &target) < 0)
		return;
	worst = at_least ? e->low : e->high;
	if (!e->bounded) {
		snprintf(j->why, sizeof(j->why), "%g was measured once only: no interval",
			 e->value);
		return;
	}
	if (meets(worst, at_least, target)) {
		j->verdict = VERDICT_REPRODUCED;
		snprintf(j->why, sizeof(j->why), "the interval lies %s %g",
			 at_least ? "above" : "below", target);
	} else {
		j->verdict = VERDICT_NOT_REPRODUCED;
		if (meets(e->value, at_least, target))
			snprintf(j->why, sizeof(j->why),
				 "the median meets %g but the interval reaches %g: not shown",
				 target, worst);
		else
			snprintf(j->why, sizeof(j->why), "the median lies %s %g",
				 at_least ? "below" : "above", target);
	}
	say_aim(j);
}

void claim_judge(const struct experiment *exp, const struct experiment_claim *claim,
		 const struct samples *samples, uint64_t seed, struct judgement *out)
{
	struct values v;

	*out = (struct judgement){
		.experiment = exp,
		.claim = claim,
		.verdict = VERDICT_NOT_APPLICABLE,
	};
	values_of_claim(&v, exp->name, claim, samples);
	if (stats_estimate(v.v, v.block, v.n, seed, &out->estimate) < 0) {
		say_nothing_measured(out, &v);
	} else {
		out->measured = true;
		decide(out);
	}
	values_free(&v);
}
