// SPDX-License-Identifier: GPL-2.0-or-later
/* Uniting the runs of a campaign's shares. */
#include "faultinject/campaign/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "faultinject/campaign/run.h"
#include "faultinject/campaign/store.h"
#include "results/run_dir.h"

/* Runs to be united. */
struct merge {
	struct campaign_run *runs;
	struct records *records; /* of each */
	size_t n;
};

static int check_same(const struct campaign_run *a, const struct campaign_run *b)
{
	const char *why;

	if (campaign_run_same(a, b, &why))
		return 0;
	pr_err("%s and %s cannot be merged: their %s differ", a->dir, b->dir, why);
	return -EINVAL;
}

static int load(struct merge *m, char *const *names, size_t n)
{
	int err = 0;

	m->runs = xcalloc(n, sizeof(*m->runs));
	m->records = xcalloc(n, sizeof(*m->records));
	while (m->n < n && !err) {
		err = campaign_run_open(&m->runs[m->n], names[m->n]);
		if (err < 0)
			break;
		err = records_read(&m->records[m->n], m->runs[m->n].dir);
		m->n++;
		if (!err)
			err = check_same(&m->runs[0], &m->runs[m->n - 1]);
	}
	return err;
}

static void unload(struct merge *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		campaign_run_close(&m->runs[i]);
		records_free(&m->records[i]);
	}
	free(m->runs);
	free(m->records);
}

/* The record of trial @index that is worth most; NULL: nobody has one. */
static const struct record *best(const struct merge *m, size_t index)
{
	const struct record *found = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct record *r = records_find(&m->records[i], index);

		if (r && (!found || found->outcome == OUTCOME_HARNESS_FAILED))
			found = r;
	}
	return found;
}

static int write_records(const struct merge *m, const char *dir)
{
	size_t n = campaign_n_trials(m->runs[0].campaign), i;
	struct record_writer *w;
	int err = record_writer_open(&w, dir);

	if (err < 0)
		return err;
	for (i = 0; i < n && !err; i++) {
		const struct record *r = best(m, i);

		if (r)
			err = record_append(w, r->json);
	}
	record_writer_close(w);
	return err;
}

/* Each part's machine is told of; the first's in the place where others look for it. */
static int copy_environments(const struct merge *m, const char *dir)
{
	size_t i;
	int err = 0;

	for (i = 0; i < m->n && !err; i++) {
		char *from = run_dir_path(m->runs[i].dir, "environment.json");
		char *to = i ? xasprintf("environment-%zu.json", i) : xstrdup("environment.json");

		err = run_dir_copy(dir, to, from);
		free(from);
		free(to);
	}
	return err;
}

static int copy_first(const struct merge *m, const char *dir)
{
	char *yaml = xasprintf("%s.yaml", m->runs[0].campaign->name);
	const char *const names[] = { yaml, "manifest.json" };
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(names) && !err; i++) {
		char *from = run_dir_path(m->runs[0].dir, "%s", names[i]);

		err = run_dir_copy(dir, names[i], from);
		free(from);
	}
	free(yaml);
	return err;
}

static int write_run(const struct merge *m, char *dir)
{
	struct campaign_run whole = m->runs[0];

	whole.dir = dir;
	whole.shard = 0;
	whole.shards = 1;
	whole.single = false;
	return campaign_run_write(&whole);
}

static int fill(const struct merge *m, char *dir)
{
	int err = copy_first(m, dir);

	if (!err)
		err = copy_environments(m, dir);
	if (!err)
		err = write_run(m, dir);
	if (!err)
		err = write_records(m, dir);
	return err ? err : run_dir_set_latest(dir);
}

int merge_runs(char **dir, char *const *names, size_t n, const char *name)
{
	struct merge m = { 0 };
	int err = run_dir_check_name(name);

	if (!err)
		err = load(&m, names, n);
	if (!err)
		err = run_dir_create(dir, name);
	if (!err)
		err = fill(&m, *dir);
	unload(&m);
	return err;
}
