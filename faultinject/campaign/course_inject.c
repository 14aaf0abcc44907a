// SPDX-License-Identifier: GPL-2.0-or-later
/* The injection in the course of a trial. */
#include <errno.h>
#include <stdlib.h>

#include "core/util.h"
#include "faultinject/campaign/course.h"

/* A fault finds nothing to break where chance sent it; then others are tried. */
#define TRIES 4

/* 0; -EOPNOTSUPP: there is nothing to break; or why the harness failed. c->why says more. */
static int inject_once(struct course *c)
{
	const struct fault *fault = c->trial->fault->model;
	int err;

	free(c->why);
	c->why = NULL;
	err = fault_site_of(&c->site, c->rig->loop, c->rig->sys, c->rig->device, &c->rng);
	if (!err && fault->applies)
		err = fault->applies(&c->site, &c->why);
	if (!err)
		err = fault->inject(&c->site, c->values, &c->shot, &c->why);
	return err;
}

/*
 * Has the driver VM failed by itself before anything was chosen to be broken, as one may on a host
 * that is overloaded? That is no part of the trial: it is recovered first.
 */
static bool failed_before(struct course *c, int err)
{
	if (!err || err == -EOPNOTSUPP || err == -EINTR || c->shot.what || !course_recovery(c))
		return false;
	if (supervisor_settle(c->rig->supervisor, c->rig->campaign->patience_ms * USEC_PER_MSEC))
		return false;
	c->first_recovery = supervisor_n_recoveries(c->rig->supervisor);
	return true;
}

int course_inject(struct course *c)
{
	struct rig *rig = c->rig;
	unsigned int i = 0;
	int err;

	do {
		json_decref(c->shot.what);
		c->shot = (struct fault_shot){ 0 };
		err = inject_once(c);
	} while (++i < TRIES && (err == -EOPNOTSUPP || failed_before(c, err)));
	c->injected = err == 0;
	/* What kills its VM at once may not live to hear that it was successful. */
	if (err < 0 && err != -EOPNOTSUPP && err != -EINTR && c->shot.what &&
	    !fault_site_alive(&c->site)) {
		c->shot.injected_us = now_us();
		err = 0;
	}
	if (!err && rig->supervisor)
		supervisor_fault(rig->supervisor, c->site.vm_name, c->shot.injected_us);
	return err;
}
