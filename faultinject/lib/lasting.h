/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lasts for a time: a task that lets the time pass, and does something in it if there is
 * something to do, then undoes what was done. Whichever comes first, the end of that time or the
 * fault's end(), undoes it; nothing undoes it twice.
 */
#ifndef DRIVERVM_FAULTINJECT_LASTING_H
#define DRIVERVM_FAULTINJECT_LASTING_H

#include "fault/fault.h"

/* How long a fault lasts, for its parameters. */
#define LASTING_PARAM(default_ms)                                                            \
	{                                                                                    \
		"ms", "how long it lasts, ms; 0: to its end", default_ms, fault_param_number \
	}

struct lasting;

/* What is done, and undone. */
struct lasting_ops {
	/* Optional, again and again, each @every_us. Must not wait. */
	void (*step)(const struct fault_site *site, void *arg);
	uint64_t every_us;
	/* Optional. Only of a VM that is still there. May wait. 0 or a negative errno, reported. */
	int (*undo)(const struct fault_site *site, void *arg);
};

/*
 * Starts it, for @ms milliseconds or (0) until lasting_end(). @site is copied, @ops and @arg are
 * borrowed until lasting_end(). 0 or a negative errno.
 */
int lasting_start(struct lasting **out, const struct fault_site *site, double ms,
		  const struct lasting_ops *ops, void *arg);
/* Ends and frees it; undoes what is not yet undone. NULL is allowed. Not for tasks of its own. */
void lasting_end(struct lasting *l);

#endif
