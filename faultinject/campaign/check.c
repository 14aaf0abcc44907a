// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks a campaign against this tree, before anything starts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "classes/class.h"
#include "core/log.h"
#include "faultinject/campaign/campaign.h"
#include "faultinject/campaign/private.h"
#include "supervise/supervisor.h"
#include "workload/workload.h"

static int check_fault(struct campaign *c, struct campaign_fault *f)
{
	struct fault_values *values;
	char *why = NULL;
	int err;

	f->model = fault_find(f->fault);
	if (!f->model)
		return campaign_bad(c, "faults", f->fault,
				    "no fault '%s'; 'drivervm list faults' shows them", f->fault);
	err = fault_values_new(&values, f->model, (const char *const *)f->values.v, f->values.n,
			       &why);
	if (err < 0)
		campaign_bad(c, "faults", f->fault, "%s", why);
	else
		fault_values_free(values);
	free(why);
	return err;
}

/* The drivers of drivers.yaml, read once for all targets. */
struct drivers {
	struct driver_desc *v;
	unsigned int n;
};

static int check_driver(const struct campaign *c, struct campaign_target *t,
			const struct drivervm_workload *w, const struct driver_desc *driver)
{
	if (!driver)
		return campaign_bad(c, t->name, t->driver,
				    "no driver '%s'; 'drivervm list drivers' shows them",
				    t->driver);
	if (!w->classes || !str_listed(w->classes, driver->class))
		return campaign_bad(
			c, t->name, t->driver,
			"driver '%s' is of class %s, of which workload %s uses no device",
			t->driver, driver->class, w->name);
	t->class = class_find(driver->class)->name;
	return 0;
}

static int check_options(const struct campaign *c, const struct campaign_target *t,
			 const struct drivervm_workload *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < t->options.n && !err; i++) {
		const char *value = strchr(t->options.v[i], '=') + 1;
		char *key = xasprintf("%.*s", (int)(value - 1 - t->options.v[i]), t->options.v[i]);
		char why[256] = "";

		err = workload_option_check(w, key, value, why, sizeof(why));
		if (err == -ENOENT)
			err = system_setting_check(key, value);
		if (err == -ENOENT)
			err = campaign_bad(c, t->name, key,
					   "neither workload %s nor any device has a setting '%s'",
					   w->name, key);
		else if (err < 0)
			err = campaign_bad(c, t->name, value, "'%s' is no value for '%s': %s",
					   value, key, why);
		free(key);
	}
	return err;
}

/* The system, as it would be brought up, and its device. */
static int check_system(const struct campaign *c, struct campaign_target *t,
			const struct drivervm_workload *w)
{
	struct system_options opt = { .driver = t->driver };
	struct system_desc *desc;
	unsigned int i;
	int err;

	err = subject_load_system(w, t->system, &desc);
	if (err < 0)
		return err;
	for (i = 0; t->device && i < desc->n_devices; i++)
		if (streq(desc->devices[i].name, t->device))
			break;
	if (t->device && i == desc->n_devices)
		err = campaign_bad(c, t->name, t->device,
				   "system %s has no device '%s' that workload %s uses", t->system,
				   t->device, w->name);
	for (i = 0; i < desc->n_devices; i++)
		t->replaceable |= desc->devices[i].exported_to &&
				  desc->devices[i].via == SYSTEM_VIA_LINK;
	if (!err)
		err = system_options_check(desc, &opt);
	system_desc_free(desc);
	return err;
}

/* May the target's driver VM be what the strategy makes of it? */
static int check_strategy(const struct campaign *c, const struct campaign_target *t,
			  const struct driver_desc *driver)
{
	bool restored = supervise_strategy_origin(c->strategy) != VM_BOOT;

	if (!t->replaceable || !restored || !driver->template_why)
		return 0;
	return campaign_bad(c, t->name, t->driver,
			    "strategy %s restores VMs, and none of driver '%s' can be: %s",
			    c->strategy, t->driver, driver->template_why);
}

static int check_target(const struct campaign *c, struct campaign_target *t,
			const struct drivers *drivers)
{
	const struct driver_desc *driver = driver_desc_find(drivers->v, drivers->n, t->driver);
	const struct drivervm_workload *w;
	int err = workload_find(&w, t->workload);

	if (err == -ENOENT)
		return err;
	if (!err)
		err = check_driver(c, t, w, driver);
	if (!err)
		err = check_options(c, t, w);
	if (!err)
		err = check_system(c, t, w);
	return err ? err : check_strategy(c, t, driver);
}

int campaign_check(struct campaign *c)
{
	struct drivers drivers = { 0 };
	unsigned int i;
	int err = 0;

	if (!supervise_strategy_known(c->strategy))
		return campaign_bad(c, NULL, c->strategy, "no strategy of recovery is called '%s'",
				    c->strategy);
	for (i = 0; i < c->n_faults && !err; i++)
		err = check_fault(c, &c->faults[i]);
	if (!err)
		err = driver_desc_load_all(&drivers.v, &drivers.n);
	for (i = 0; i < c->n_targets && !err; i++)
		err = check_target(c, &c->targets[i], &drivers);
	driver_desc_free_all(drivers.v, drivers.n);
	return err;
}
