// SPDX-License-Identifier: GPL-2.0-or-later
/* A worker: carries out the trials that it is told to. */
#include "faultinject/campaign/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "faultinject/campaign/lines.h"
#include "faultinject/campaign/rig.h"
#include "faultinject/campaign/run.h"
#include "results/run_dir.h"

struct worker {
	struct loop *loop;
	struct lines parent;
	struct campaign_run run;
	unsigned int number;
	struct rig rig; /* of the last trial's target; its target NULL: none */
	json_t *told; /* what the parent said last; owned, or NULL */
};

static void on_line(void *arg, json_t *json)
{
	struct worker *w = arg;

	json_decref(w->told);
	w->told = json;
}

static bool has_been_told(void *arg)
{
	const struct worker *w = arg;

	return w->told || w->parent.closed;
}

/* The rig of trial @t: that which is up, if it is the same target. */
static int choose_rig(struct worker *w, const struct trial *t)
{
	char *log_dir;
	int err;

	if (w->rig.target == t->target)
		return 0;
	rig_free(&w->rig);
	log_dir = run_dir_path(w->run.dir, "logs/worker%u/%s", w->number, t->target->name);
	err = mkdir_p(log_dir);
	if (err < 0)
		pr_err("%s: %s", log_dir, strerror(-err));
	else
		err = rig_init(&w->rig, w->loop, w->run.campaign, t->target, w->run.accel,
			       w->run.dir, log_dir);
	free(log_dir);
	return err;
}

static int carry_out(struct worker *w, size_t index)
{
	struct trial t;
	json_t *record;
	int err;

	trial_draw(&t, w->run.campaign, w->run.seed, index);
	pr_info("trial %zu: %s into %s", index, t.fault->fault, t.target->name);
	err = choose_rig(w, &t);
	if (!err)
		err = rig_trial(&w->rig, &t, &record);
	if (err < 0)
		return err;
	json_object_set_new(record, "seed", json_integer((json_int_t)w->run.seed));
	json_object_set_new(record, "shard", json_integer(w->run.shard));
	json_object_set_new(record, "worker", json_integer(w->number));
	pr_info("trial %zu: %s", index, json_string_value(json_object_get(record, "outcome")));
	err = lines_send(&w->parent, record);
	json_decref(record);
	return err;
}

static int serve(struct worker *w)
{
	json_t *told;
	int err = 0;

	while (!err) {
		err = loop_wait(w->loop, has_been_told, w, 0);
		if (err || w->parent.closed)
			return err;
		told = w->told;
		w->told = NULL;
		err = carry_out(w, (size_t)json_integer_value(json_object_get(told, "trial")));
		json_decref(told);
	}
	return err;
}

int worker_run(int fd, const char *dir, unsigned int number)
{
	struct worker w = { .number = number };
	int err = loop_new(&w.loop);

	if (err < 0) {
		pr_err("event loop: %s", strerror(-err));
		return err;
	}
	w.parent.line = on_line;
	w.parent.arg = &w;
	err = lines_open(&w.parent, w.loop, fd);
	if (!err)
		err = campaign_run_open(&w.run, dir);
	if (!err)
		err = campaign_check(w.run.campaign);
	if (!err)
		err = serve(&w);
	rig_free(&w.rig);
	lines_close(&w.parent);
	json_decref(w.told);
	campaign_run_close(&w.run);
	loop_free(w.loop);
	return err == -EINTR ? 0 : err;
}
