// SPDX-License-Identifier: GPL-2.0-or-later
/* The record of a trial; docs/campaigns.md says what its members are. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json.h"
#include "core/util.h"
#include "faultinject/campaign/course.h"

/* What is kept of a client's kernel log once it was harmed, bytes. */
#define LOG_MAX 4096

static void set_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, text ? json_text_any(text) : json_null());
}

/* @when of the course, in microseconds after the injection; null: it did not come to that. */
static json_t *since(const struct course *c, uint64_t when_us)
{
	if (!when_us || !c->shot.injected_us)
		return json_null();
	return json_integer((json_int_t)(when_us - c->shot.injected_us));
}

static json_t *begin_record(const struct rig *rig, const struct trial *t, enum outcome outcome,
			    const char *reason)
{
	const struct campaign_target *target = t->target;
	json_t *o = json_object(), *values = json_array();
	struct timespec now;
	unsigned int i;

	clock_gettime(CLOCK_REALTIME, &now);
	for (i = 0; i < t->fault->values.n; i++)
		json_array_append_new(values, json_string(t->fault->values.v[i]));
	json_object_set_new(o, "trial", json_integer((json_int_t)t->index));
	set_text(o, "target", target->name);
	set_text(o, "system", target->system);
	set_text(o, "driver", target->driver);
	set_text(o, "class", rig->target->class);
	set_text(o, "workload", target->workload);
	set_text(o, "fault", t->fault->fault);
	set_text(o, "family", t->fault->model->family);
	json_object_set_new(o, "values", values);
	json_object_set_new(o, "delay_us", json_integer((json_int_t)t->delay_us));
	set_text(o, "outcome", outcome_text(outcome));
	set_text(o, "reason", reason);
	json_object_set_new(o, "time", json_real((double)now.tv_sec + (double)now.tv_nsec / 1e9));
	return o;
}

/* The first that was not asked for, with the times of its phases; null: there was none. */
static json_t *recovery_record(const struct course *c)
{
	const struct recovery *r = course_recovery(c);
	enum recovery_phase phase;
	json_t *o;
	size_t n;

	if (!r)
		return json_null();
	o = json_object();
	set_text(o, "detector", detector_text(r->detector));
	set_text(o, "strategy", r->strategy);
	for (phase = RECOVERY_DETECTED; phase < RECOVERY_PHASES; phase++)
		json_object_set_new(o, recovery_phase_text(phase), since(c, r->at_us[phase]));
	json_object_set_new(o, "given_up", json_boolean(r->given_up));
	n = supervisor_n_recoveries(c->rig->supervisor) - c->first_recovery;
	json_object_set_new(o, "count", json_integer((json_int_t)n));
	return o;
}

/* The end of the client's kernel log, from the trial on. */
static char *client_log(const struct course *c)
{
	char *path = xasprintf("%s/%s.kernel.log", c->rig->log_dir, SYSTEM_CLIENT);
	char *text = NULL, *tail = NULL;
	size_t len = 0, from = c->log_from;

	if (file_read(path, &text, &len) == 0 && len > from) {
		const char *at = c->complaint ? strstr(text + from, c->complaint) : NULL;

		/* From the complaint on; without one, what was said last. */
		if (at)
			from = (size_t)(at - text);
		else if (len - from > LOG_MAX)
			from = len - LOG_MAX;
		tail = xasprintf("%.*s", LOG_MAX, text + from);
	}
	free(text);
	free(path);
	return tail;
}

static json_t *client_record(const struct course *c, enum outcome outcome)
{
	json_t *o = json_object();
	char *log = outcome == OUTCOME_CLIENT_HARMED ? client_log(c) : NULL;

	json_object_set_new(o, "lives", json_boolean(c->evidence.client_lives));
	set_text(o, "complaint", c->complaint);
	set_text(o, "log", log);
	free(log);
	return o;
}

static const char *reason_of(const struct course *c, enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_CLIENT_HARMED:
		return c->complaint ? c->complaint : "the client does not answer any more";
	case OUTCOME_DATA_CORRUPTED:
		return "what was read is not what was written";
	case OUTCOME_NOT_ACTIVATED:
		return c->injected ? NULL : c->why;
	case OUTCOME_FAILED:
	case OUTCOME_SILENT:
		return c->service_why;
	default:
		return NULL;
	}
}

json_t *course_record(const struct course *c)
{
	const struct evidence *e = &c->evidence;
	enum outcome outcome = outcome_of(e);
	json_t *o = begin_record(c->rig, c->trial, outcome, reason_of(c, outcome));

	json_object_set(o, "what", c->shot.what ? c->shot.what : json_null());
	json_object_set_new(o, "injected", json_boolean(c->shot.injected_us != 0));
	json_object_set_new(o, "activated_us", since(c, c->shot.activated_us));
	json_object_set_new(o, "recovery", recovery_record(c));
	json_object_set_new(o, "service", json_boolean(e->service));
	set_text(o, "data", e->corrupted ? "corrupted" : e->service ? "intact" : "unknown");
	json_object_set_new(o, "throughput", json_real(e->throughput));
	json_object_set_new(o, "baseline", json_real(e->baseline));
	json_object_set_new(o, "client", client_record(c, outcome));
	return o;
}

json_t *course_failed_record(const struct rig *rig, const struct trial *t, const char *reason)
{
	return begin_record(rig, t, OUTCOME_HARNESS_FAILED, reason);
}
