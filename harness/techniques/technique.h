/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A technique: a way to have many driver VMs take less of the host's memory. A technique is one
 * file in this folder that ends with TECHNIQUE(its ops); nothing else has to be told. Several are
 * combined by a plus sign, "clone+zram": see techniques/set.h.
 */
#ifndef DRIVERVM_TECHNIQUES_TECHNIQUE_H
#define DRIVERVM_TECHNIQUES_TECHNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"
#include "host/guardian.h"
#include "meter/meter.h"
#include "vm/vm.h"

/* What a technique works on. Borrowed; outlives what start() makes. */
struct technique_context {
	struct loop *loop;
	struct guardian *guardian; /* to be told of each change of the host */
	unsigned int n_vms; /* driver VMs that there will be */
	unsigned int memory_mib; /* of the largest, as its guest was promised it */
};

/* Functions return 0 or a negative errno, reported, unless they say otherwise. All are optional. */
struct technique {
	const char *name; /* required: as in settings; no "+" in it */
	const char *help; /* required: one line, for `drivervm list` */
	bool alone; /* it is nothing that could be combined */
	bool swap; /* driver VMs may be swapped out */
	bool merges; /* the host may merge all memory of their QEMUs, not the guests' only */

	/* The only way to bring driver VMs up ("boot") that is one with it; NULL: any. */
	const char *boot;
	/* A way that it does not get on with, and why, as the end of a sentence; NULL: none. */
	const char *not_boot;
	const char *not_boot_why;
	/* More arguments for QEMU, of each driver VM; NULL-terminated. */
	const char *const *qemu_args;
	/* Kernel modules that each driver VM loads before it is used or saved; NULL-terminated. */
	const char *const *modules;

	/* Can it be used on this host, by this user? Asked before anything is started. */
	int (*check)(void);
	/*
	 * The host's side, before there is any driver VM. What the guardian was told of by then is
	 * undone after stop(), which is called when all driver VMs are gone.
	 */
	int (*start)(void **state, const struct technique_context *ctx);
	void (*stop)(void *state);
	/*
	 * Each driver VM is to do with @mib MiB, QEMU included, from now on; 0: with what it likes.
	 * Called before a lower limit is set, and after a higher one is. @vms are those there are;
	 * a NULL or dead one among them is nothing special, nor is one that dies meanwhile.
	 */
	int (*set_budget)(void *state, struct vm *const *vms, size_t n, unsigned int mib);
	/* Bytes that it keeps of what driver VMs gave up, outside their budget; NULL: nothing. */
	uint64_t (*keeps)(void *state);
	/* What it has come to. Names begin with the technique's: "ksm.sharing"; @vm is "host". */
	void (*stats)(void *state, meter_emit_fn emit, void *arg);
};

/* A technique in the list of all; made by TECHNIQUE() only. */
struct technique_entry {
	const struct technique *technique;
	struct technique_entry *next;
};

void technique_register(struct technique_entry *entry);

/* Registers a technique, before main() begins. */
#define TECHNIQUE(ops)                                                       \
	static struct technique_entry ops##_entry = { .technique = &(ops) }; \
	static void __attribute__((constructor)) ops##_register(void)        \
	{                                                                    \
		technique_register(&ops##_entry);                            \
	}

/* The first of all, by name; NULL ends the list. */
const struct technique_entry *technique_first(void);
/* NULL: there is none of that name. */
const struct technique *technique_find(const char *name);

#endif
