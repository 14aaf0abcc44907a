/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a driver VM that has failed is replaced. A strategy is one file of this folder that ends with
 * STRATEGY(its ops); nothing else has to be told.
 */
#ifndef DRIVERVM_SUPERVISE_STRATEGY_H
#define DRIVERVM_SUPERVISE_STRATEGY_H

#include "system/system.h"

/* CLOCK_MONOTONIC, microseconds, of the phases that a replacement goes through. */
struct replacement {
	uint64_t isolated_us; /* the VM that failed runs no more */
	struct system_start start;
};

/* Functions return 0 or a negative errno, reported; they wait on the loop. */
struct strategy {
	const char *name; /* as in descriptions */
	const char *summary; /* one line */
	enum vm_origin origin; /* of the driver VMs that it is for */
	/* Required. VM @vm has failed: has another take its place, and fills *@r as far as it gets.
	 */
	int (*replace)(struct system *sys, const char *vm, struct replacement *r);
	/* Optional. Makes what it keeps ready for VM @vm, unless that is there. */
	int (*prepare)(struct system *sys, const char *vm);
	/* Optional. Is it there? */
	bool (*prepared)(struct system *sys, const char *vm);
	/* Optional. Nobody supervises VM @vm any more: lets go of that. */
	void (*release)(struct system *sys, const char *vm);
};

/* A strategy in the list of all; made by STRATEGY() only. */
struct strategy_entry {
	const struct strategy *strategy;
	struct strategy_entry *next;
};

void strategy_register(struct strategy_entry *entry);

/* Registers a strategy, before main() begins. */
#define STRATEGY(ops)                                                      \
	static struct strategy_entry ops##_entry = { .strategy = &(ops) }; \
	static void __attribute__((constructor)) ops##_register(void)      \
	{                                                                  \
		strategy_register(&ops##_entry);                           \
	}

/* Ordered by name; NULL ends the list. */
const struct strategy_entry *strategy_first(void);
/* NULL: no such strategy. */
const struct strategy *strategy_find(const char *name);

/* What most have in common: ends VM @vm, and then has @start another one. */
int strategy_stop_and(struct system *sys, const char *vm, struct replacement *r,
		      int (*start)(struct system *sys, const char *vm, struct system_start *when));

#endif
