// SPDX-License-Identifier: GPL-2.0-or-later
/* Injects faults while a workload runs. */
#include "experiment/inject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "link/link.h"

#define NONE "none"
#define FIRST "first"
#define NEVER "never"
#define DEFAULT_AT_MS 2000
#define BY_CHANCE_MS 100
#define LONGEST_S 3600
/* A device carries load when answers have come in so many looks more than not. */
#define LOOK_US (20 * USEC_PER_MSEC)
#define BUSY_LOOKS 5
/* One that nobody uses is broken all the same, but so much later. */
#define BUSY_WAIT_US (3 * USEC_PER_SEC)

/* -- settings -- */

static int check_fault(const char *value, char *why, size_t size)
{
	if (streq(value, NONE) || fault_find(value))
		return 0;
	snprintf(why, size, "'drivervm list faults' shows them");
	return -EINVAL;
}

static int check_time(const char *value, double most, char *why, size_t size)
{
	double number;

	if (parse_number(value, &number) == 0 && number >= 0 && number <= most)
		return 0;
	snprintf(why, size, "a number from 0 to %.0f expected", most);
	return -EINVAL;
}

int injection_check(const char *key, const char *value, char *why, size_t size)
{
	if (streq(key, "fault"))
		return check_fault(value, why, size);
	if (streq(key, "fault_at"))
		return check_time(value, LONGEST_S * 1000.0, why, size);
	if (streq(key, "fault_every"))
		return streq(value, NEVER) ? 0 : check_time(value, LONGEST_S, why, size);
	if (!streq(key, "fault_device"))
		return -ENOENT;
	if (*value && strlen(value) < sizeof(((struct injection *)NULL)->device))
		return 0;
	snprintf(why, size, "the name of a device expected");
	return -EINVAL;
}

void injection_init(struct injection *in)
{
	*in = (struct injection){ .at_ms = DEFAULT_AT_MS };
}

static void set_every(struct injection *in, const char *value)
{
	in->never = streq(value, NEVER);
	if (!in->never)
		parse_number(value, &in->every_s);
}

void injection_set(struct injection *in, const char *key, const char *value)
{
	if (streq(key, "fault"))
		in->fault = fault_find(value);
	else if (streq(key, "fault_at"))
		parse_number(value, &in->at_ms);
	else if (streq(key, "fault_every"))
		set_every(in, value);
	else
		snprintf(in->device, sizeof(in->device), "%s", streq(value, FIRST) ? "" : value);
}

/* -- where -- */

static int find_device(struct injection *in, const char *const *classes)
{
	struct system_device found;

	for (; !in->device[0] && classes && *classes; classes++)
		if (system_client_device(in->sys, *classes, 0, &found))
			snprintf(in->device, sizeof(in->device), "%s", found.name);
	return in->device[0] && system_device_vm(in->sys, in->device) ? 0 : -EINVAL;
}

static int check_applies(struct injection *in, char *why, size_t size)
{
	char *reason = NULL;
	int err = fault_site_of(&in->site, in->loop, in->sys, in->device, &in->rng);

	if (!err && in->fault->applies)
		err = in->fault->applies(&in->site, &reason);
	if (err)
		snprintf(why, size, "fault %s of %s: %s", in->fault->name, in->device,
			 reason ? reason : strerror(-err));
	free(reason);
	return err;
}

int injection_open(struct injection *in, struct loop *loop, struct system *sys,
		   struct supervisor *supervisor, const char *const *classes, uint64_t seed,
		   char *why, size_t size)
{
	char *reason;
	int err;

	in->loop = loop;
	in->sys = sys;
	in->supervisor = supervisor;
	rng_seed(&in->rng, seed);
	if (in->never)
		in->fault = NULL;
	if (!in->fault)
		return 0;
	err = find_device(in, classes);
	if (err) {
		snprintf(why, size, "system %s has no device %s for fault %s",
			 system_desc(sys)->name, in->device[0] ? in->device : "of the workload",
			 in->fault->name);
		return err;
	}
	err = fault_values_new(&in->values, in->fault, NULL, 0, &reason);
	if (err) {
		snprintf(why, size, "%s", reason);
		free(reason);
		return err;
	}
	return check_applies(in, why, size);
}

void injection_close(struct injection *in)
{
	fault_values_free(in->values);
	in->values = NULL;
}

/* -- injecting -- */

static void end_shot(struct injection *in)
{
	if (!in->lasts)
		return;
	if (in->fault->end)
		in->fault->end(&in->site, &in->shot);
	json_decref(in->shot.what);
	in->lasts = false;
}

static uint32_t answers(const struct link *link)
{
	struct link_view view;

	return link_look(link, &view) ? 0 : link_view_answers(&view);
}

/*
 * A fault that strikes before the workload's tools have begun interrupts nothing: whoever looks for
 * what it did to them would find that it did nothing.
 */
static int wait_load(struct injection *in)
{
	const struct link *link = system_link(in->sys, in->device);
	uint64_t deadline = now_us() + BUSY_WAIT_US;
	uint32_t seen, now;
	unsigned int busy = 0;
	int err = 0;

	if (!link)
		return 0;
	seen = answers(link);
	while (!err && busy < BUSY_LOOKS && now_us() < deadline) {
		err = loop_sleep(in->loop, LOOK_US);
		now = answers(link);
		if (now != seen)
			busy++;
		else if (busy)
			busy--;
		seen = now;
	}
	return err;
}

/* One that comes while its VM is being replaced is left out. */
static int inject(struct injection *in)
{
	int err;

	end_shot(in);
	err = fault_site_of(&in->site, in->loop, in->sys, in->device, &in->rng);
	if (err == -EPIPE && in->supervisor)
		return 0;
	in->shot = (struct fault_shot){ 0 };
	if (!err)
		err = in->fault->inject(&in->site, in->values, &in->shot, &in->why);
	if (err)
		return err;
	in->lasts = true;
	in->n++;
	if (in->supervisor)
		supervisor_fault(in->supervisor, in->site.vm_name, in->shot.injected_us);
	return 0;
}

static void inject_task(void *arg)
{
	struct injection *in = arg;
	uint64_t wait = (uint64_t)(in->at_ms * USEC_PER_MSEC) +
			rng_below(&in->rng, BY_CHANCE_MS * USEC_PER_MSEC);
	int err = loop_sleep(in->loop, wait);

	if (!err)
		err = wait_load(in);
	while (!err) {
		in->err = inject(in);
		if (in->err || in->every_s <= 0)
			break;
		err = loop_sleep(in->loop, (uint64_t)(in->every_s * USEC_PER_SEC));
	}
}

void injection_start(struct injection *in)
{
	in->n = 0;
	in->err = 0;
	in->first_recovery = supervisor_n_recoveries(in->supervisor);
	if (in->fault)
		in->err = task_start(&in->task, in->loop, inject_task, in);
}

int injection_stop(struct injection *in, char *why, size_t size)
{
	int err;

	task_free(in->task);
	in->task = NULL;
	end_shot(in);
	err = in->err;
	/* Ended in the middle of it: as if it had not begun. */
	if (err == -EINTR && !in->loop->interrupted) {
		free(in->why);
		in->why = NULL;
		err = 0;
	}
	if (!err && in->fault && !in->n && !in->loop->interrupted) {
		in->why = xstrdup("the iteration was over before it was injected");
		err = -ENODATA;
	}
	if (err)
		snprintf(why, size, "fault %s: %s", in->fault->name,
			 in->why ? in->why : strerror(-err));
	free(in->why);
	in->why = NULL;
	return err;
}

/* -- what came of it -- */

struct tally {
	double count, failed, others;
	double since[RECOVERY_PHASES];
	unsigned int n_since[RECOVERY_PHASES];
	double by[DETECT_ASKED + 1];
};

static void tally_add(struct tally *t, const struct injection *in, const struct recovery *r)
{
	uint64_t from = r->at_us[RECOVERY_FAULT];
	enum recovery_phase phase;

	if (r->err)
		t->failed++;
	else
		t->count++;
	if (!in->fault || !streq(r->vm, in->site.vm_name))
		t->others++;
	t->by[r->detector]++;
	for (phase = RECOVERY_DETECTED; from && !r->err && phase < RECOVERY_PHASES; phase++) {
		if (r->at_us[phase] < from)
			continue;
		t->since[phase] += (double)(r->at_us[phase] - from) / (double)USEC_PER_SEC;
		t->n_since[phase]++;
	}
}

static void tally_phases(const struct tally *t, struct readings *out)
{
	enum recovery_phase phase;

	for (phase = RECOVERY_DETECTED; phase < RECOVERY_PHASES; phase++)
		if (t->n_since[phase])
			readings_add_phase(out, recovery_phase_text(phase), "recovery", "s",
					   t->since[phase] / t->n_since[phase]);
}

void injection_readings(const struct injection *in, struct readings *out)
{
	const struct recovery *r;
	struct tally t = { 0 };
	enum detector how;
	size_t i;

	if (in->fault)
		readings_add(out, "faults", "1", in->n, "", "");
	if (!in->supervisor)
		return;
	for (i = in->first_recovery; (r = supervisor_recovery(in->supervisor, i)); i++)
		tally_add(&t, in, r);
	readings_add(out, "recovery.count", "1", t.count, "", "");
	readings_add(out, "recovery.failed", "1", t.failed, "", "");
	readings_add(out, "recovery.others", "1", t.others, "", "");
	tally_phases(&t, out);
	for (how = 0; how <= DETECT_ASKED; how++) {
		char metric[64];

		if (t.by[how] == 0)
			continue;
		snprintf(metric, sizeof(metric), "detected_by_%s", detector_text(how));
		readings_add(out, metric, "1", t.by[how], "", "");
	}
}
