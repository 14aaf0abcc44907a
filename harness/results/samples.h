/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples: samples.jsonl, written line by line as they are measured, and read back whole. */
#ifndef DRIVERVM_RESULTS_SAMPLES_H
#define DRIVERVM_RESULTS_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiment/desc.h"

struct dim {
	const char *key;
	const char *value;
};

/* One line. Owns its strings when read; borrows them when given to a writer. */
struct sample {
	const char *experiment;
	const char *metric;
	const char *unit; /* NULL if not ok */
	double value; /* valid if ok */
	const char *reason; /* why it failed or was skipped; NULL if ok */
	const struct dim *dims; /* sorted by key when read */
	size_t n_dims;
	unsigned int invocation;
	unsigned int iteration;
	double time; /* seconds since 1970, at the sample's end */
	bool ok;
	bool skipped; /* not ok, but not a failure either: the workload does not run here */
};

struct samples {
	struct sample *v;
	size_t n;
	void **json; /* n objects, which own the strings */
};

/*
 * Reads a whole file. A last line cut short (by a power cut) is left out with a warning. Returns
 * 0, or -ENOENT or -EINVAL, reported with file and line.
 */
int samples_read(struct samples *s, const char *path);
void samples_free(struct samples *s);

/* The value of a dimension, or NULL. */
const char *sample_dim(const struct sample *s, const char *key);
/* Has it all of @set's dimensions, with these values? */
bool sample_meets(const struct sample *s, const struct dimset *set);

/*
 * A number that is the same for samples of the same invocation, iteration and dimensions, but for
 * the dimensions that @skip (NULL: none) says to leave out; and almost never for others. @s must
 * have been read.
 */
uint64_t sample_hash(const struct sample *s, bool (*skip)(const void *arg, const char *key),
		     const void *arg);

struct sample_writer;

/* Opens for appending; creates. Drops a last line that was cut short. */
int sample_writer_open(struct sample_writer **w, const char *path);
/*
 * Adds a sample to those of the iteration. Returns 0, or -EDOM (not finite: it is left out),
 * silently.
 */
int sample_add(struct sample_writer *w, const struct sample *s);
/*
 * Appends what was added to the file, whole lines at once, so that an interruption leaves an
 * iteration complete or absent. Returns 0 or a negative errno, reported.
 */
int sample_flush(struct sample_writer *w);
void sample_writer_close(struct sample_writer *w);

#endif
