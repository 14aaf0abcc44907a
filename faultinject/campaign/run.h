/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A campaign that is carried out, and its folder below results/: campaign.json, a copy of the
 * description, environment.json, and records.jsonl, which grows.
 */
#ifndef DRIVERVM_CAMPAIGN_RUN_H
#define DRIVERVM_CAMPAIGN_RUN_H

#include "faultinject/campaign/campaign.h"

#define CAMPAIGN_JSON "campaign.json"
/* Of the folder's contents. */
#define CAMPAIGN_VERSION 1

struct campaign_run {
	char *dir; /* owned; NULL: it has no folder yet */
	struct campaign *campaign; /* owned */
	uint64_t seed; /* less than 2^63 */
	bool quick;
	unsigned int shard, shards; /* trials with index % shards == shard; 0 of 1: all */
	bool single; /* one trial only: */
	size_t trial;
	unsigned int jobs; /* workers */
	char *accel; /* owned: "kvm", "tcg"; NULL: not chosen yet */
};

/* Is trial @index one of this run's? */
bool campaign_run_has(const struct campaign_run *run, size_t index);
/* Writes campaign.json. 0 or a negative errno, reported. */
int campaign_run_write(const struct campaign_run *run);
/* Finds and reads one: a name or a path, see run_dir_find(). 0, -ENOENT, -EINVAL, reported. */
int campaign_run_open(struct campaign_run *run, const char *name);
/* Where one called @name lies that is part of the run in folder @dir; the caller frees. */
char *campaign_dir_within(const char *dir, const char *name);
/* Is there one in that folder? */
bool campaign_run_is(const char *dir);
/* Are their trials those of one and the same campaign? If not, *@why says in what they differ. */
bool campaign_run_same(const struct campaign_run *a, const struct campaign_run *b,
		       const char **why);
void campaign_run_close(struct campaign_run *run);

#endif
