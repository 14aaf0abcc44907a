/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory budget: what all driver VMs together may take of the host's memory, QEMU included, and
 * the techniques that help them to keep it. Knows VMs, but not what they are for.
 *
 *	budget_new()			before any driver VM
 *	budget_join()			for each, right after vm_spawn()
 *	budget_set(), budget_stats()	any number of times
 *	budget_free()			after all driver VMs are gone
 */
#ifndef DRIVERVM_TECHNIQUES_BUDGET_H
#define DRIVERVM_TECHNIQUES_BUDGET_H

#include "techniques/set.h"

struct budget;

/*
 * Makes the cgroup and starts the techniques of @set, which is borrowed. The context's guardian is
 * the budget's own. Returns 0 or a negative errno, reported; -EOPNOTSUPP: not on this host, or not
 * by this user.
 */
int budget_new(struct budget **b, struct technique_set *set, struct loop *loop, unsigned int n_vms,
	       unsigned int memory_mib);
/*
 * Puts a driver VM under the budget. What it has taken before does not count, so this must follow
 * vm_spawn() at once. Returns 0 or a negative errno, reported.
 */
int budget_join(struct budget *b, const struct vm *vm);
/*
 * The file at @path is memory that driver VMs share and that counts for none of them: it is added
 * to budget.total as far as it is in the page cache.
 */
void budget_add_file(struct budget *b, const char *path);
/*
 * Limits all driver VMs together to @mib_per_vm MiB times @n; 0: no limit. @vms: those there are,
 * in any order; one that is dead, or NULL, counts like the others, whose memory it leaves to them.
 * Returns when the limit holds: what does not fit was given up, swapped out, or killed for it.
 * 0, -EINTR, or a negative errno, reported. That VMs were killed is no error.
 */
int budget_set(struct budget *b, unsigned int mib_per_vm, struct vm *const *vms, size_t n);
/*
 * What it has come to; @vm is "host", and what this kernel does not say is left out:
 *
 *	budget.limit	B	what budget_set() asked for; 0: none
 *	budget.settle	s	how long budget_set() took
 *	budget.usage	B	what the driver VMs take, but for what techniques keep elsewhere
 *	budget.total	B	usage, with what techniques keep, and files that are shared
 *	budget.peak	B	the most that they took so far
 *	budget.swapped	B	what of theirs is swapped out
 *	budget.kills	1	how many were killed so far because memory was short
 *
 * and what the techniques report.
 */
void budget_stats(const struct budget *b, meter_emit_fn emit, void *arg);
/* Puts the host back as it was, and waits for that. NULL is allowed. */
void budget_free(struct budget *b);

#endif
