/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Techniques that are used together: "clone+zram". */
#ifndef DRIVERVM_TECHNIQUES_SET_H
#define DRIVERVM_TECHNIQUES_SET_H

#include "core/argv.h"
#include "techniques/technique.h"

struct technique_set;

/*
 * Reads names joined by "+". 0; or -EINVAL, unreported, with a line that says why in *@why (may be
 * NULL), which the caller frees: unknown, twice, or nothing to combine.
 */
int technique_set_parse(struct technique_set **set, const char *names, char **why);
/* NULL is allowed. */
void technique_set_free(struct technique_set *set);

/* The way to bring driver VMs up that one of them is about; NULL: none is. */
const char *technique_set_boot(const struct technique_set *set);
/* May driver VMs be swapped out? */
bool technique_set_swap(const struct technique_set *set);
/* May all memory of driver VMs' QEMUs be merged? See struct technique. */
bool technique_set_merges(const struct technique_set *set);
/* Adds their arguments for the QEMU of a driver VM. */
void technique_set_qemu_args(const struct technique_set *set, struct argv *args);
/* Adds the names of the modules that driver VMs load for them. */
void technique_set_modules(const struct technique_set *set, struct argv *modules);
/*
 * Can they be used together, on this host, by this user, by driver VMs that are brought up by way
 * @boot? 0; or -EOPNOTSUPP, reported.
 */
int technique_set_check(const struct technique_set *set, const char *boot);

/*
 * These call the hooks of all techniques, in the order of the names; see struct technique. If one
 * fails to start those before it are stopped.
 */
int technique_set_start(struct technique_set *set, const struct technique_context *ctx);
int technique_set_budget(struct technique_set *set, struct vm *const *vms, size_t n,
			 unsigned int mib);
/* Bytes, all together. */
uint64_t technique_set_keeps(const struct technique_set *set);
void technique_set_stats(struct technique_set *set, meter_emit_fn emit, void *arg);
/* Last one first, each with what it had the guardian told. Only what was started. */
void technique_set_stop(struct technique_set *set);

#endif
