/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extra meters: those that cost the host or the guests something, so that they run only where an
 * experiment lists them ("meters: [NAME]"). Each is one file in this folder that ends with
 * METER(its ops); nothing else has to be told.
 */
#ifndef DRIVERVM_METER_EXTRA_H
#define DRIVERVM_METER_EXTRA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "meter/meter.h"

/* A process that is metered as a VM. */
struct meter_target {
	char name[64];
	pid_t pid;
	struct vm *vm; /* borrowed, for the guest's view; NULL: nobody to ask */
	uint64_t memory; /* of the guest, bytes */
	bool driver_vm; /* it is neither the client nor the remote machine */
};

/* What a meter is opened with; borrowed until it is closed. */
struct meter_env {
	struct loop *loop;
	const char *folder; /* for files of its own, beside series.csv; NULL: it writes none */
};

struct meter_ops {
	const char *name; /* required: as in descriptions */
	const char *help; /* required: one line */

	/*
	 * Required. *@state is the meter's own. 0 or a negative errno, reported; -EOPNOTSUPP, with
	 * a warning: this host has not what it takes, so the run goes on without it.
	 */
	int (*open)(void **state, const struct meter_env *env);
	/*
	 * Required. An interval begins; called just before it does. @targets are to be copied, if
	 * they are needed later. What cannot be metered is left out, with a warning.
	 */
	void (*start)(void *state, const struct meter_target *targets, size_t n);
	/* Optional. The interval has ended: called before anything else is read, so be quick. */
	void (*stop)(void *state);
	/*
	 * Required. Reports the interval's readings, with the names and units of struct
	 * meter_emit_fn. Called last of all, so it may take its time, if it runs the loop
	 * meanwhile. Any of the targets may have died.
	 */
	void (*emit)(void *state, meter_emit_fn emit, void *arg);
	/* Optional. CPU time that it has cost inside the interval, nanoseconds. */
	uint64_t (*cost_ns)(const void *state);
	/* Required. Also in the middle of an interval. */
	void (*close)(void *state);
};

/* A meter in the list of all; made by METER() only. */
struct meter_entry {
	const struct meter_ops *ops;
	struct meter_entry *next;
};

void meter_register(struct meter_entry *entry);

/* Registers a meter, before main() begins. */
#define METER(ops_)                                                    \
	static struct meter_entry ops_##_entry = { .ops = &(ops_) };   \
	static void __attribute__((constructor)) ops_##_register(void) \
	{                                                              \
		meter_register(&ops_##_entry);                         \
	}

/* The first of all meters, by name; NULL ends the list. */
const struct meter_entry *meter_first(void);
/* NULL: no such meter. */
const struct meter_ops *meter_find(const char *name);

/* -- a set of them, as meter.c runs them -- */

struct extras;

/*
 * Opens those called @names; all must exist. @folder is borrowed. *@extras is NULL if there are
 * none, which all of the below allow. 0 or a negative errno, reported.
 */
int extras_open(struct extras **extras, struct loop *loop, const char *folder,
		const char *const *names, size_t n);
void extras_start(struct extras *extras, const struct meter_target *targets, size_t n);
void extras_stop(struct extras *extras);
void extras_emit(struct extras *extras, meter_emit_fn emit, void *arg);
uint64_t extras_cost_ns(const struct extras *extras);
void extras_close(struct extras *extras);

#endif
