// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A system as an experiment measures it: with what its workload uses and needs around it, and what
 * it is brought up with.
 */
#include "experiment/desc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "experiment/private.h"
#include "supervise/setting.h"
#include "system/system-private.h" /* system_check_memory() */
#include "vm/qemu.h"
#include "workload/workload.h"

#define MANIFEST "build/images/manifest.json"

int subject_load_system(const struct drivervm_workload *w, const char *name,
			struct system_desc **desc)
{
	static const char *const none[] = { NULL };
	int err = system_desc_load(desc, name);

	if (!err && !w->whole_system)
		system_desc_keep(*desc, w->classes ? w->classes : none);
	if (!err && w->client_image)
		system_desc_set_image(*desc, SYSTEM_CLIENT, w->client_image);
	if (!err && w->peer_image)
		system_desc_add_remote(*desc, w->peer_image);
	return err;
}

int experiment_load_system(const struct experiment *exp, const char *name,
			   struct system_desc **desc)
{
	const struct drivervm_workload *w;
	int err = workload_find(&w, exp->workload);

	return err ? err : subject_load_system(w, name, desc);
}

const char *boot_recover(const struct boot *b)
{
	size_t i;

	for (i = 0; i < b->with.n_dims; i++)
		if (streq(b->with.dims[i].key, RECOVER_KEY))
			return b->with.dims[i].value;
	return RECOVER_NONE;
}

int experiment_system_options(const struct boot *b, struct system_desc *desc,
			      struct system_options *opt)
{
	size_t i;
	int err;

	opt->driver = b->driver;
	for (i = 0; i < b->with.n_dims; i++) {
		const struct dim *dim = &b->with.dims[i];

		if (streq(dim->key, RECOVER_KEY))
			continue;
		err = system_bring_up_set(opt, dim->key, dim->value);
		if (err < 0) {
			pr_err("%s: no system can be brought up with %s=%s", b->exp->name, dim->key,
			       dim->value);
			return err;
		}
	}
	recover_bring_up(opt, boot_recover(b));
	/* What has no fleet stands beside those that have, whatever their size. */
	return desc->fleet ? system_desc_apply(desc, opt) : 0;
}

/* Takes @path over. @target: what makes it. */
static int check_image(char *path, const char *target)
{
	int err = access(path, R_OK) < 0 ? -errno : 0;

	if (err < 0)
		pr_err("%s: %s; 'make %s' builds the images", path, strerror(-err), target);
	free(path);
	return err;
}

int subject_check_host(const struct system_desc *desc, const struct system_options *opt)
{
	unsigned int i;
	int err = check_image(path_in_tree(MANIFEST), "images");

	if (!err)
		err = system_check_memory(desc, opt);
	for (i = 0; i < desc->n_vms && !err; i++) {
		struct vm_spec spec = {
			.image = desc->vms[i].image,
			.kernel = system_vm_kernel(&desc->vms[i], opt->kernel),
		};
		const char *target = spec.kernel ? "kernels" : "images";

		err = check_image(qemu_kernel_path(&spec), target);
		if (!err)
			err = check_image(qemu_initrd_path(&spec), target);
	}
	return err;
}
