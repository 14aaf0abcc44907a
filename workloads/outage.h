/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a user sees of a service that fails and comes back: the longest time without an answer, and
 * how many answers there were before, during and after it. Common to the workloads that offer a
 * steady load and note when each request was answered.
 */
#ifndef DRIVERVM_WORKLOADS_OUTAGE_H
#define DRIVERVM_WORKLOADS_OUTAGE_H

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "drivervm_workload.h"

/* A curve has so many bins before the outage begins, and so many from then on. */
#define OUTAGE_BINS_BEFORE 50
#define OUTAGE_BINS_AFTER 200

/* Of whoever uses give_outage(). */
#define OUTAGE_OPTION_BIN                                                                       \
	{                                                                                       \
		.name = "bin_ms",                                                               \
		.help = "of the curve of answers around the outage, milliseconds; 0: no curve", \
		.type = DRIVERVM_OPTION_UINT, .def = "0", .max = 10000                          \
	}

/* When answers came, s, from any zero. All zeroes: none yet. */
struct answers {
	double *at;
	size_t n, room;
};

static inline int answers_add(struct answers *a, double at)
{
	double *longer;

	if (a->n == a->room) {
		longer = reallocarray(a->at, a->room ? a->room * 2 : 1024, sizeof(*longer));
		if (!longer)
			return -ENOMEM;
		a->at = longer;
		a->room = a->room ? a->room * 2 : 1024;
	}
	a->at[a->n++] = at;
	return 0;
}

static inline void answers_free(struct answers *a)
{
	free(a->at);
	*a = (struct answers){ 0 };
}

static inline int answers_order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * The longest time between @from and @until in which no answer came, s; *@begin is when it began.
 * Sorts the answers.
 */
static inline double outage_find(struct answers *a, double from, double until, double *begin)
{
	double last = from, longest = 0, at;
	size_t i;

	*begin = from;
	if (a->n)
		qsort(a->at, a->n, sizeof(*a->at), answers_order);
	for (i = 0; i <= a->n; i++) {
		at = i < a->n ? a->at[i] : until;
		if (at - last > longest) {
			longest = at - last;
			*begin = last;
		}
		if (at > last)
			last = at;
	}
	return longest;
}

/*
 * Answers a second in bins of @bin seconds, time 0 being the last answer before the outage. Bins
 * that are not wholly between @from and @until are left out. @a is sorted.
 */
static inline void outage_curve(struct drivervm_env *env, const struct answers *a, double bin,
				double zero, double from, double until)
{
	size_t next = 0, before;
	int i;

	for (i = -OUTAGE_BINS_BEFORE; i < OUTAGE_BINS_AFTER; i++) {
		double begin = zero + i * bin, end = begin + bin;

		/* The answer at the very end belongs to the bin, so that the last one counts. */
		while (next < a->n && a->at[next] <= begin)
			next++;
		for (before = next; next < a->n && a->at[next] <= end; next++)
			;
		if (begin >= from && end <= until)
			env->ops->point(env, round(i * bin * 1e6) / 1e3, "answer_rate", "1/s",
					(double)(next - before) / bin);
	}
}

/* Gives "outage", and the curve if option bin_ms asks for one. Sorts the answers. */
static inline void give_outage(struct drivervm_env *env, struct answers *a, double from,
			       double until)
{
	double bin = (double)env->ops->option_uint(env, "bin_ms") / 1000, begin;

	env->ops->sample(env, "outage", "s", outage_find(a, from, until, &begin));
	if (bin > 0)
		outage_curve(env, a, bin, begin, from, until);
}

#endif
