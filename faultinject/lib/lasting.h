/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults that last for a time: a task lets the time pass, does something in it if there is
 * something to do, and undoes at the end what was done. Whichever comes first, the end of that time
 * or the fault's end(), undoes it; nothing undoes it twice.
 */
#ifndef DRIVERVM_FAULTINJECT_LASTING_H
#define DRIVERVM_FAULTINJECT_LASTING_H

#include "fault/fault.h"

/* How long it lasts, for its parameters. */
#define LASTING_PARAM(default_ms)                                                            \
	{                                                                                    \
		"ms", "how long it lasts, ms; 0: to its end", default_ms, fault_param_number \
	}

/* What is done, and undone. @arg: see lasting_start(). */
struct lasting_ops {
	/* Optional: at once, and again and again, each @every_us. Must not wait. */
	void (*step)(const struct fault_site *site, void *arg);
	uint64_t every_us;
	/* Optional, and only if the VM is still there. May wait. 0 or a negative errno, silently.
	 */
	int (*undo)(const struct fault_site *site, void *arg);
};

/*
 * For the end of inject(): lets it last parameter "ms" of @values. It becomes the state of @shot,
 * which is injected now, and has an effect now. @shot->what is an empty object if it was NULL.
 * @ops is static; @arg, of malloc() or NULL, is freed with it. If it fails it is undone. 0 or a
 * negative errno, with a line in *@why.
 */
int lasting_start(const struct fault_site *site, const struct fault_values *values,
		  const struct lasting_ops *ops, void *arg, struct fault_shot *shot, char **why);
/* For fault->end. */
void lasting_end(const struct fault_site *site, struct fault_shot *shot);

#endif
