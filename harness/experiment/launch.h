/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run from the request to its folder: what the verbs run and reproduce have in common. */
#ifndef DRIVERVM_EXPERIMENT_LAUNCH_H
#define DRIVERVM_EXPERIMENT_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is asked for. All borrowed. */
struct launch_options {
	char *const *experiments; /* names or paths; none with resume */
	size_t n_experiments;
	bool quick;
	bool dry_run; /* print the plan; start nothing */
	const char *resume; /* a run, or NULL */
	char *const *sets; /* "key=value" */
	size_t n_sets;
	const char *name; /* of the run's folder; NULL: the date */
	const char *accel; /* "kvm", "tcg", "auto"; NULL: auto */
	bool have_seed;
	uint64_t seed; /* less than 2^63 */
};

struct launch_result {
	char *dir; /* the run's folder, to be freed; NULL if there is none */
	bool interrupted;
	bool quick; /* of a resumed run: as it was begun */
	unsigned int n_ok, n_failed, n_skipped; /* iterations */
};

/*
 * Checks everything, then measures. Bad input is found before anything is made: -EINVAL or
 * -ENOENT, and result->dir is NULL. An interruption is no error. Returns 0 or a negative errno,
 * reported.
 */
int launch(const struct launch_options *o, struct launch_result *result);

/* A random seed, for those who give none. 0 or -EIO, reported. */
int new_seed(uint64_t *seed);

#endif
