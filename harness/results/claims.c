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
	else if (v->n)
		snprintf(j->why, sizeof(j->why), "%zu values, but no two along the axis", v->n);
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

static bool is_extreme(enum claim_kind kind)
{
	return kind == CLAIM_MINIMUM || kind == CLAIM_MAXIMUM;
}

/* An extreme is what it is, but of all that was to be measured: what failed may have been worse. */
static void decide_extreme(struct judgement *j, const struct values *v)
{
	const char *what = j->claim->kind == CLAIM_MINIMUM ? "lowest" : "highest";
	bool at_least, met;
	double target;

	if (expectation_parse(j->claim->expect, &at_least, &target) < 0)
		return;
	met = meets(j->estimate.value, at_least, target);
	j->verdict = met && !v->failed ? VERDICT_REPRODUCED : VERDICT_NOT_REPRODUCED;
	if (met && v->failed)
		snprintf(j->why, sizeof(j->why), "%zu samples failed beside the %zu: %s", v->failed,
			 v->n, v->reason ? v->reason : "no reason was given");
	else
		snprintf(j->why, sizeof(j->why), "the %s of %zu lies %s %g", what, v->n,
			 met == at_least ? "above" : "below", target);
	say_aim(j);
}

/*
 * Strict: what lies partly on the wrong side has not been shown, however good its median. Says
 * so, since more invocations may then tell.
 */
static void decide(struct judgement *j)
{
	const struct estimate *e = &j->estimate;
	const char *what = j->claim->kind == CLAIM_SLOPE ? "slope" : "median";
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
				 "the %s meets %g but the interval reaches %g: not shown", what,
				 target, worst);
		else
			snprintf(j->why, sizeof(j->why), "the %s lies %s %g", what,
				 at_least ? "below" : "above", target);
	}
	say_aim(j);
}

static bool several_blocks(const struct values *v)
{
	size_t i;

	for (i = 1; i < v->n; i++)
		if (v->block[i] != v->block[0])
			return true;
	return false;
}

/* Points of one line are not what whole invocations are: such an interval promises less. */
static void say_one_line(struct judgement *j, const struct values *v)
{
	size_t used = strlen(j->why);

	if (j->claim->kind == CLAIM_SLOPE && j->estimate.bounded && !several_blocks(v))
		snprintf(j->why + used, sizeof(j->why) - used,
			 "; of one invocation only, by drawing its %zu points", v->n);
}

/* 0, -ENODATA or -EDOM. */
static int estimate(const struct values *v, enum claim_kind kind, uint64_t seed,
		    struct estimate *out)
{
	int err;

	if (kind == CLAIM_SLOPE)
		return stats_slope(v->x, v->v, v->block, v->n, seed, out);
	if (!is_extreme(kind))
		return stats_estimate(v->v, v->block, v->n, seed, out);
	*out = (struct estimate){ .n = v->n };
	err = stats_quantile(v->v, v->n, kind == CLAIM_MINIMUM ? 0 : 1, &out->value);
	out->low = out->high = out->value;
	return err;
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
	out->measured = estimate(&v, claim->kind, seed, &out->estimate) == 0;
	if (!out->measured) {
		say_nothing_measured(out, &v);
	} else if (is_extreme(claim->kind)) {
		decide_extreme(out, &v);
	} else {
		decide(out);
		say_one_line(out, &v);
	}
	values_free(&v);
}
