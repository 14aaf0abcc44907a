// SPDX-License-Identifier: GPL-2.0-or-later
/* A system as an experiment measures it: with what its workload uses and needs around it. */
#include "experiment/desc.h"

#include <stddef.h>

#include "system/system.h"
#include "workload/workload.h"

int experiment_load_system(const struct experiment *exp, const char *name,
			   struct system_desc **desc)
{
	static const char *const none[] = { NULL };
	const struct drivervm_workload *w;
	int err = workload_find(&w, exp->workload);

	if (!err)
		err = system_desc_load(desc, name);
	if (!err)
		system_desc_keep(*desc, w->classes ? w->classes : none);
	if (!err && w->client_image)
		system_desc_set_image(*desc, SYSTEM_CLIENT, w->client_image);
	if (!err && w->peer_image)
		system_desc_add_remote(*desc, w->peer_image);
	return err;
}
