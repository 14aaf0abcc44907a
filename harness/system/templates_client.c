// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The template of a fleet's client: made by bringing the whole system up, and saving the client
 * with all its devices in use. A restored one finds new driver VMs at the other ends of new links.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"
#include "vm/template.h"

bool system_client_clonable(const struct system *sys)
{
	unsigned int i;
	bool fit = sys->desc->fleet && !system_find((struct system *)sys, SYSTEM_REMOTE);

	for (i = 0; i < sys->desc->n_devices && fit; i++) {
		const struct system_device_desc *d = &sys->desc->devices[i];

		fit = !streq(d->vm, SYSTEM_CLIENT) && !d->n_options &&
		      (!streq(d->exported_to, SYSTEM_CLIENT) || d->via == SYSTEM_VIA_LINK);
	}
	return fit;
}

char *system_client_template_name(const struct system *sys, const struct vm_spec *spec)
{
	return xasprintf("%s-%s-%s-%uM-%s%s-%u", SYSTEM_CLIENT, sys->desc->name, sys->accel,
			 spec->memory_mib, spec->image, spec->shell ? "-shell" : "",
			 sys->desc->n_devices);
}

/* Its links' arguments as in a dry run, and what is at their other ends. */
static char *client_key(struct system *sys, const struct vm_spec *spec)
{
	char *made_by = xasprintf("system %s", sys->desc->name), *longer, *key;
	struct vm_spec plain = *spec;
	unsigned int i;

	plain.devices = (struct argv){ 0 };
	for (i = 0; i < sys->desc->n_devices; i++) {
		const struct device *dev = &sys->devices[i];

		longer = xasprintf("%s %s=%s", made_by, dev->name, dev->driver->name);
		free(made_by);
		made_by = longer;
		if (streq(sys->desc->devices[i].exported_to, SYSTEM_CLIENT))
			system_link_args(sys, dev, DDLINK_CLIENT, &plain.devices, 0);
	}
	key = template_key(&plain, made_by);
	argv_free(&plain.devices);
	free(made_by);
	return key;
}

static int make_client(struct system *sys, const struct system_options *opt, const char *name,
		       const char *key, struct vm_template **out)
{
	struct vm_template *t;
	struct system *model;
	int err = template_begin(&t, name, key);

	if (err)
		return err;
	pr_info("making the template %s...", name);
	err = system_up_model(&model, sys->loop, sys->desc, opt, template_memory(t));
	if (!err) {
		err = loop_sleep(sys->loop, SYSTEM_CALM_US);
		if (!err)
			err = template_finish(t, system_client(model));
		system_down(model);
	}
	if (err)
		template_free(t);
	else
		*out = t;
	return err;
}

int system_find_client_template(struct system *sys, const struct system_options *opt,
				struct vm_template **t)
{
	const struct vm_spec *spec = &system_find(sys, SYSTEM_CLIENT)->spec;
	char *name = system_client_template_name(sys, spec);
	char *key = client_key(sys, spec);
	int lock = template_lock(sys->loop, name);
	int err = lock < 0 ? lock : template_find(t, name, key);

	if (!err && !*t)
		err = make_client(sys, opt, name, key, t);
	if (err && err != -EINTR)
		pr_err("no template of the client: %s", strerror(-err));
	fd_close(&lock);
	free(key);
	free(name);
	return err;
}
