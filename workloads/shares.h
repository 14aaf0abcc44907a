/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How evenly a load was carried. A device's share is what it carried over what the devices of its
 * kind carried on average: 1 is fair, 0 is nothing.
 */
#ifndef DRIVERVM_WORKLOADS_SHARES_H
#define DRIVERVM_WORKLOADS_SHARES_H

#include <stddef.h>

/* Turns what @n devices of one kind carried into shares. Where none carried anything, all are 0. */
static inline void shares_of(double *v, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	for (i = 0; i < n && sum > 0; i++)
		v[i] *= (double)n / sum;
}

/*
 * Jain's index (Jain, Chiu and Hawe, 1984): 1 if all shares are equal, k/n if k of them are and
 * the others are 0. 0 if all are.
 */
static inline double shares_jain(const double *share, size_t n)
{
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		sum += share[i];
		squares += share[i] * share[i];
	}
	return squares > 0 ? sum * sum / ((double)n * squares) : 0;
}

/* The smallest, of at least one. */
static inline double shares_least(const double *share, size_t n)
{
	double least = share[0];
	size_t i;

	for (i = 1; i < n; i++)
		if (share[i] < least)
			least = share[i];
	return least;
}

#endif
