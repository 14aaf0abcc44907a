/* SPDX-License-Identifier: GPL-2.0-or-later */
/* records.jsonl: one line of JSON for each trial, in the order in which they ended. */
#ifndef DRIVERVM_CAMPAIGN_STORE_H
#define DRIVERVM_CAMPAIGN_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "faultinject/campaign/outcome.h"

#define RECORDS "records.jsonl"

struct record {
	size_t trial;
	enum outcome outcome;
	json_t *json; /* owned: an object; docs/campaigns.md says what is in it */
};

struct records {
	struct record *v;
	size_t n;
};

/*
 * Takes over @json if it is a record: an object with a trial and an outcome that there is. 0, or
 * -EINVAL, silently, and @json is still the caller's.
 */
int record_of_json(struct record *r, json_t *json);
/* A member that is text, of the record or ("recovery.detector") of an object in it; or NULL. */
const char *record_text(const struct record *r, const char *key);
/* The same, for a number; @otherwise if there is none. */
double record_number(const struct record *r, const char *key, double otherwise);

/*
 * Reads DIR/records.jsonl; no file: no records. A last line cut short is left out. 0, or -EINVAL
 * or another negative errno, reported with file and line.
 */
int records_read(struct records *r, const char *dir);
void records_free(struct records *r);
/* That of trial @trial, or NULL. */
const struct record *records_find(const struct records *r, size_t trial);
/* Takes @one over. */
void records_add(struct records *r, struct record *one);

struct record_writer;

/* Opens DIR/records.jsonl for appending; creates it. A last line that was cut short goes. */
int record_writer_open(struct record_writer **w, const char *dir);
/*
 * Appends a line; it is on the disk when this returns. 0 or a negative errno (-ENOSPC: the disk is
 * full), reported: the file may then end with half a line, and takes no more.
 */
int record_append(struct record_writer *w, const json_t *json);
void record_writer_close(struct record_writer *w);

#endif
