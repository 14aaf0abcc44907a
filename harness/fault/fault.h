/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fault is, to whoever injects one: campaigns and experiments. A fault is one file below
 * faultinject/ that ends with FAULT(its description); nothing else has to be told. How to write
 * one: docs/writing-a-fault.md.
 */
#ifndef DRIVERVM_FAULT_FAULT_H
#define DRIVERVM_FAULT_FAULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "stats/stats.h"
#include "system/system.h"

/* Where a fault strikes. Everything is borrowed, and outlives the shot. */
struct fault_site {
	struct loop *loop;
	struct system *sys;
	const char *device; /* of the system, as the client calls it: "net0" */
	const char *vm_name; /* of the VM whose kernel has the driver: a driver VM, or the client */
	struct vm *vm; /* that VM as it is now; its successor is another one */
	uint64_t vm_serial; /* by which that is told */
	struct link *link; /* between that VM and the client; NULL: there is none */
	const struct driver_desc *driver; /* its last module is the driver itself */
	struct rng *rng; /* all that is left to chance is drawn from here, in a fixed order */
};

/* What came of one injection. Zeroed before. */
struct fault_shot {
	json_t *what; /* an object: what was chosen, for the record; set by inject(), owned here */
	/* CLOCK_MONOTONIC, microseconds: */
	uint64_t injected_us; /* set by inject() when it is done */
	uint64_t activated_us; /* first seen to have an effect; 0: not yet, see fault->activation */
	void *state; /* the fault's own, from inject() to end() */
};

/* A parameter, as descriptions and --set write it: "key=value". */
struct fault_param {
	const char *key; /* NULL ends the array */
	const char *help; /* one line, with the unit */
	const char *def; /* required */
	bool (*valid)(const char *value); /* required */
};

struct fault_values; /* of parameters */

/* Functions return 0 or a negative errno, silently, with a line in *@why, which the caller frees.
 */
struct fault {
	const char *name; /* required: "nop", as in descriptions and records */
	const char *family; /* required, the folder it is in: "code", "data", "device", "vm", "link"
			     */
	const char *summary; /* required: one line, what it does */
	const char *source; /* who has used it before: "Nooks (SOSP 2003)"; NULL: this project */
	const char *activation; /* required: one line, how it is seen to have an effect */
	const struct fault_param *params; /* or NULL */
	/*
	 * Optional. Does it fit there: this accelerator, class of devices, kind of VM? Looks only.
	 * -EOPNOTSUPP if it does not.
	 */
	int (*applies)(const struct fault_site *site, char **why);
	/*
	 * Required. Injects it; may wait on the loop. -EOPNOTSUPP: nothing was found there to break
	 * (tried again with other choices, it might be).
	 */
	int (*inject)(const struct fault_site *site, const struct fault_values *values,
		      struct fault_shot *shot, char **why);
	/*
	 * Optional. Ends what of it lasts, lets go of all that the shot holds (except what), and
	 * has the last word on activated_us. The VM may be dead, and must not be touched then: see
	 * fault_site_alive(). Called once after each inject() that returned 0.
	 */
	void (*end)(const struct fault_site *site, struct fault_shot *shot);
};

/*
 * For the end of inject(), of faults that have their effect at once: injected and activated now.
 * @shot->what is an empty object unless it was set.
 */
void fault_struck(struct fault_shot *shot);

/* The value of a parameter: what was given, or its default. The key is one of fault->params. */
const char *fault_value(const struct fault_values *values, const char *key);
double fault_number(const struct fault_values *values, const char *key);

/* For struct fault_param: a finite number that is not negative; a whole one. */
bool fault_param_number(const char *value);
bool fault_param_count(const char *value);

/*
 * Values for @fault out of @n "key=value" strings, borrowed; to be freed with fault_values_free().
 * -EINVAL with *@why if there is no such parameter or the value will not do.
 */
int fault_values_new(struct fault_values **values, const struct fault *fault,
		     const char *const *pairs, size_t n, char **why);
void fault_values_free(struct fault_values *values);

/*
 * The site of device @device of @sys as it is now. -ENOENT: no such device; -EPIPE: the VM that
 * has its driver is not there.
 */
int fault_site_of(struct fault_site *site, struct loop *loop, struct system *sys,
		  const char *device, struct rng *rng);
/* Is the VM of the site still the one that it was, and alive? */
bool fault_site_alive(const struct fault_site *site);

/* A fault in the list of all; made by FAULT() only. */
struct fault_entry {
	const struct fault *fault;
	struct fault_entry *next;
};

void fault_register(struct fault_entry *entry);

/* Registers a fault, before main() begins. */
#define FAULT(f)                                                    \
	static struct fault_entry f##_entry = { .fault = &(f) };    \
	static void __attribute__((constructor)) f##_register(void) \
	{                                                           \
		fault_register(&f##_entry);                         \
	}

/* The first of all faults, ordered by family and name; NULL ends the list. */
const struct fault_entry *fault_first(void);
/* NULL: no such fault. */
const struct fault *fault_find(const char *name);

#endif
