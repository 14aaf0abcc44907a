// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign's folder. */
#include "faultinject/campaign/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "results/run_dir.h"

bool campaign_run_has(const struct campaign_run *run, size_t index)
{
	if (index >= campaign_n_trials(run->campaign))
		return false;
	return run->single ? index == run->trial : index % run->shards == run->shard;
}

int campaign_run_write(const struct campaign_run *run)
{
	json_t *json = json_pack("{s:i,s:s,s:s,s:I,s:b,s:i,s:i,s:i,s:o,s:i,s:s?}", "version",
				 CAMPAIGN_VERSION, "campaign", run->campaign->name, "hash",
				 run->campaign->hash, "seed", (json_int_t)run->seed, "quick",
				 run->quick, "trials", (int)run->campaign->trials, "shard",
				 (int)run->shard, "shards", (int)run->shards, "trial",
				 run->single ? json_integer((json_int_t)run->trial) : json_null(),
				 "jobs", (int)run->jobs, "accelerator", run->accel);
	int err = json ? run_dir_write_json(run->dir, CAMPAIGN_JSON, json) : -EINVAL;

	json_decref(json);
	return err;
}

static int bad(const struct campaign_run *run, const char *what)
{
	pr_err("%s/" CAMPAIGN_JSON ": %s", run->dir, what);
	return -EINVAL;
}

/* What campaign.json says of the run, and, borrowed of it, of the description. */
static int read_json(struct campaign_run *run, const json_t *json, const char **name,
		     const char **hash, int *trials)
{
	const json_t *trial = json_object_get(json, "trial");
	const char *accel = NULL;
	int version, quick, shard, shards, jobs;
	json_error_t error;
	json_int_t seed;

	if (json_unpack_ex((json_t *)json, &error, 0, "{s:i,s:s,s:s,s:I,s:b,s:i,s:i,s:i,s:i,s?s}",
			   "version", &version, "campaign", name, "hash", hash, "seed", &seed,
			   "quick", &quick, "trials", trials, "shard", &shard, "shards", &shards,
			   "jobs", &jobs, "accelerator", &accel) < 0)
		return bad(run, error.text);
	if (version != CAMPAIGN_VERSION)
		return bad(run, "made by another version of the program");
	if (seed < 0 || shards < 1 || shard < 0 || shard >= shards || jobs < 1 || *trials < 1 ||
	    strchr(*name, '/') || (json_is_integer(trial) && json_integer_value(trial) < 0))
		return bad(run, "its numbers make no sense");
	run->seed = (uint64_t)seed;
	run->quick = quick;
	run->shard = (unsigned int)shard;
	run->shards = (unsigned int)shards;
	run->jobs = (unsigned int)jobs;
	run->single = json_is_integer(trial);
	run->trial = run->single ? (size_t)json_integer_value(trial) : 0;
	run->accel = accel ? xstrdup(accel) : NULL;
	return 0;
}

static int read_description(struct campaign_run *run, const char *name, const char *hash,
			    int trials)
{
	char *path = run_dir_path(run->dir, "%s.yaml", name);
	int err = campaign_load(&run->campaign, path);

	free(path);
	if (err < 0)
		return err;
	if (!streq(run->campaign->hash, hash))
		return bad(run, "the description beside it is not the one that it was made with");
	if (run->quick)
		campaign_make_quick(run->campaign);
	run->campaign->trials = (unsigned int)trials;
	return 0;
}

int campaign_run_open(struct campaign_run *run, const char *name)
{
	const char *campaign, *hash;
	json_t *json = NULL;
	int trials, err;

	*run = (struct campaign_run){ 0 };
	err = run_dir_find(&run->dir, name);
	if (err < 0)
		return err;
	if (!campaign_run_is(run->dir)) {
		pr_err("%s is no campaign's folder", run->dir);
		err = -EINVAL;
	}
	if (!err)
		err = run_dir_read_json(run->dir, CAMPAIGN_JSON, &json);
	if (!err)
		err = read_json(run, json, &campaign, &hash, &trials);
	if (!err)
		err = read_description(run, campaign, hash, trials);
	json_decref(json);
	if (err < 0)
		campaign_run_close(run);
	return err;
}

char *campaign_dir_within(const char *dir, const char *name)
{
	return run_dir_path(dir, "campaigns/%s", name);
}

bool campaign_run_is(const char *dir)
{
	char *path = run_dir_path(dir, CAMPAIGN_JSON);
	bool there = access(path, R_OK) == 0;

	free(path);
	return there;
}

bool campaign_run_same(const struct campaign_run *a, const struct campaign_run *b, const char **why)
{
	*why = !streq(a->campaign->name, b->campaign->name) ? "campaigns" :
	       !streq(a->campaign->hash, b->campaign->hash) ? "descriptions" :
	       a->seed != b->seed			    ? "seeds" :
	       a->quick != b->quick			    ? "lengths (--quick)" :
	       campaign_n_trials(a->campaign) != campaign_n_trials(b->campaign) ?
				      "numbers of trials (--trials)" :
				      NULL;
	return !*why;
}

void campaign_run_close(struct campaign_run *run)
{
	free(run->dir);
	free(run->accel);
	campaign_free(run->campaign);
	*run = (struct campaign_run){ 0 };
}
