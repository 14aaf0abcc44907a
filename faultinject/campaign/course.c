// SPDX-License-Identifier: GPL-2.0-or-later
/* The course of one trial: load, injection, watching, waiting, checking, putting right. */
#include "faultinject/campaign/course.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/complaint.h"

/* For the client's agent to answer on a busy host. */
#define PING_US (5 * USEC_PER_SEC)
/* For one try whether the service is back, beside what an iteration takes without a fault. */
#define PROBE_US (1500 * USEC_PER_MSEC)
/* Between two of them. */
#define PAUSE_US (50 * USEC_PER_MSEC)

const struct recovery *course_recovery(const struct course *c)
{
	const struct recovery *r;
	size_t i;

	if (!c->rig->supervisor)
		return NULL;
	for (i = c->first_recovery; (r = supervisor_recovery(c->rig->supervisor, i)); i++)
		if (r->detector != DETECT_ASKED)
			return r;
	return NULL;
}

/* Did the load that was struck pass as if there had been no fault? */
static bool load_is_well(const struct course *c)
{
	return !c->load.err && load_value(&c->load) >= OUTCOME_DEGRADED_SHARE * c->rig->baseline;
}

static bool client_is_gone(const struct course *c)
{
	return !vm_alive(system_client(c->rig->sys));
}

/*
 * Lets a recovery come to its end. What it brought back has then some time to be tried in, however
 * late it was. -EINTR, or 0.
 */
static int await_recovery(struct course *c, uint64_t *deadline_us)
{
	uint64_t patience = c->rig->campaign->patience_ms * USEC_PER_MSEC;
	uint64_t extended;

	if (!course_recovery(c))
		return 0;
	if (supervisor_settle(c->rig->supervisor, patience) == -EINTR)
		return -EINTR;
	extended = now_us() + patience;
	if (!c->extended && extended > *deadline_us)
		*deadline_us = extended;
	c->extended = true;
	return 0;
}

/* Does the workload work? A connection from before an outage may wait long: so it is a new one. */
static int probe(struct course *c, struct load *probe, uint64_t deadline_us)
{
	struct rig *rig = c->rig;
	uint64_t until = now_us() + PROBE_US + 4 * rig->iteration_us;
	int err = probe->cut ? rig_reopen_workload(rig) : 0;

	if (!err)
		err = load_once(probe, rig->loop, rig->run, rig->workload->metric,
				until < deadline_us ? until : deadline_us);
	if (err == -EBADMSG)
		c->evidence.corrupted = true;
	return err;
}

/*
 * The load that was struck has ended, in whatever way. Until the deadline, sees whether the service
 * returns: what does not work by then does not work. -EINTR, or 0.
 */
static int await_service(struct course *c, uint64_t deadline_us)
{
	struct load l = c->load;
	int err = 0;

	c->evidence.service = load_is_well(c) && !course_recovery(c);
	while (!err && !c->evidence.service && !client_is_gone(c)) {
		/* It may have begun while the last try was under way, and gives time for another.
		 */
		err = await_recovery(c, &deadline_us);
		if (err || now_us() >= deadline_us)
			break;
		err = probe(c, &l, deadline_us);
		c->evidence.service = err == 0;
		if (err && !c->rig->loop->interrupted)
			err = loop_sleep(c->rig->loop, PAUSE_US);
	}
	if (!c->evidence.service)
		snprintf(c->service_why, sizeof(c->service_why), "%s",
			 l.cut ? "the workload did not end in time" :
				 workload_last_log(c->rig->run));
	return err == -EINTR ? err : 0;
}

static void look_at_client(struct course *c)
{
	struct vm *client = system_client(c->rig->sys);

	c->evidence.client_lives = vm_alive(client) && vm_ping(client, PING_US) == 0;
	c->evidence.complaint =
		kernel_log_complaint(c->rig->log_dir, SYSTEM_CLIENT, c->log_from, &c->complaint);
}

static void end_fault(struct course *c)
{
	if (c->injected && c->trial->fault->model->end)
		c->trial->fault->model->end(&c->site, &c->shot);
}

/* Has the recovery been over for so long that what still hangs waits for what was lost in it? */
static bool is_left_behind(const struct course *c)
{
	const struct recovery *r = course_recovery(c);

	return r && r->over && r->at_us[RECOVERY_LINK] &&
	       now_us() > r->at_us[RECOVERY_LINK] + PROBE_US + 2 * c->rig->iteration_us;
}

/* Waits for the end of the load that was struck, while it may come to one. -EINTR, or 0. */
static int await_load(struct course *c, uint64_t deadline_us)
{
	int err = 0;

	load_stop(&c->load);
	while (!err && !load_has_ended(&c->load) && !client_is_gone(c) && !is_left_behind(c) &&
	       now_us() < deadline_us)
		err = loop_sleep(c->rig->loop, PAUSE_US);
	return load_finish(&c->load, now_us()) < 0 ? -EINTR : err;
}

/*
 * From the injection on. The fault ends last: what lasts has to be recovered from while it does.
 * -EINTR, or 0.
 */
static int watch(struct course *c)
{
	const struct campaign *campaign = c->rig->campaign;
	uint64_t watched = c->shot.injected_us + campaign->watch_ms * USEC_PER_MSEC;
	uint64_t deadline = watched + campaign->patience_ms * USEC_PER_MSEC;
	uint64_t now = now_us();
	int err = 0;

	if (watched > now)
		err = loop_sleep(c->rig->loop, watched - now);
	/* Half of the patience is for what comes after. */
	if (!err)
		err = await_load(c, watched + campaign->patience_ms * USEC_PER_MSEC / 2);
	else
		load_finish(&c->load, now_us());
	c->evidence.corrupted = c->load.err == -EBADMSG;
	c->evidence.throughput = load_value(&c->load);
	if (!err)
		err = await_service(c, deadline);
	return err;
}

static void judge(struct course *c)
{
	look_at_client(c);
	c->evidence.detected = course_recovery(c) != NULL;
	c->evidence.activated = c->shot.activated_us != 0;
	c->evidence.baseline = c->rig->baseline;
}

/* 0, -EINTR, or why the trial is none. */
static int carry_out(struct course *c)
{
	struct rig *rig = c->rig;
	int err = load_start(&c->load, rig->loop, rig->run, rig->workload->metric);

	if (err < 0)
		return err;
	err = loop_sleep(rig->loop, c->trial->delay_us);
	if (!err && c->load.err) {
		c->why = xasprintf("the workload failed before the fault: %s",
				   workload_last_log(rig->run));
		load_finish(&c->load, now_us());
		return -EIO;
	}
	if (!err)
		err = course_inject(c);
	if (err) {
		/* Nothing was broken; what runs is of no interest. */
		load_finish(&c->load, err == -EINTR ? now_us() : now_us() + PING_US);
		c->evidence.service = true;
	} else {
		c->load.since_us = c->shot.injected_us;
		err = watch(c);
		end_fault(c);
	}
	if (rig->loop->interrupted)
		return -EINTR;
	if (err == 0 || err == -EOPNOTSUPP)
		judge(c);
	return err == -EOPNOTSUPP ? 0 : err;
}

/* Makes all as it was before. */
static void put_right(struct course *c, int err)
{
	struct rig *rig = c->rig;
	bool harmed = err || !c->evidence.client_lives || c->evidence.complaint;
	bool broken = c->shot.injected_us != 0;

	if (harmed || (broken && !rig->supervisor))
		rig_down(rig);
	else if (broken)
		rig_renew(rig);
	if (rig->sys && c->load.cut && rig_reopen_workload(rig) < 0)
		rig_down(rig);
}

/* The values as they are given to the fault: "$RUN" in front is the campaign's folder. */
static char **expand_values(const struct course *c)
{
	const struct dimset *given = &c->trial->fault->values;
	char **values = xcalloc(given->n + 1, sizeof(*values));
	unsigned int i;

	for (i = 0; i < given->n; i++) {
		const char *at = strstr(given->v[i], "=" CAMPAIGN_RUN_WORD);

		values[i] = at ? xasprintf("%.*s=%s%s", (int)(at - given->v[i]), given->v[i],
					   c->rig->run_dir, at + 1 + strlen(CAMPAIGN_RUN_WORD)) :
				 xstrdup(given->v[i]);
	}
	return values;
}

static int begin(struct course *c)
{
	const struct campaign_fault *fault = c->trial->fault;

	rng_seed(&c->rng, c->trial->seed);
	c->log_from = kernel_log_size(c->rig->log_dir, SYSTEM_CLIENT);
	c->first_recovery = supervisor_n_recoveries(c->rig->supervisor);
	c->pairs = expand_values(c);
	return fault_values_new(&c->values, fault->model, (const char *const *)c->pairs,
				fault->values.n, &c->why);
}

static void forget(struct course *c)
{
	unsigned int i;

	fault_values_free(c->values);
	for (i = 0; c->pairs && c->pairs[i]; i++)
		free(c->pairs[i]);
	free(c->pairs);
	json_decref(c->shot.what);
	free(c->complaint);
	free(c->why);
}

int rig_trial(struct rig *rig, const struct trial *t, json_t **record)
{
	struct course c = { .rig = rig, .trial = t, .start_us = now_us() };
	int err;

	log_forget();
	err = rig_up(rig);
	if (!err)
		err = begin(&c);
	if (!err)
		err = carry_out(&c);
	if (rig->loop->interrupted) {
		err = -EINTR;
	} else if (err) {
		*record = course_failed_record(rig, t,
					       c.why		   ? c.why :
					       log_last_error()[0] ? log_last_error() :
								     strerror(-err));
		put_right(&c, err);
		err = 0;
	} else {
		*record = course_record(&c);
		put_right(&c, 0);
	}
	if (!err)
		json_object_set_new(*record, "seconds",
				    json_real((double)(now_us() - c.start_us) / USEC_PER_SEC));
	forget(&c);
	return err;
}
