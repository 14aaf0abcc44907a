/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory cgroup, of version 2 or 1: what a set of processes may take of the host's memory, what
 * it takes, and which of them the kernel killed because it was too much.
 *
 * Memory counts for the cgroup that its process was in when it was first touched, and stays there:
 * a process has to be added before it grows, and shared files count for whoever read them first.
 */
#ifndef DRIVERVM_HOST_CGROUP_H
#define DRIVERVM_HOST_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/guardian.h"

/* Where a cgroup can be made. */
struct cgroup_place {
	unsigned int version; /* 1 or 2 */
	char *parent; /* the folder to make it in, owned */
	bool enable; /* version 2: the parent has to be told first to control memory */
};

/*
 * Finds it from the texts of /proc/self/mountinfo and /proc/self/cgroup: below our own cgroup where
 * that may have processes and children (version 1), else below the nearest folder above it that
 * controls memory. 0, or -EOPNOTSUPP, silently: memory is controlled nowhere.
 */
int cgroup_place_find(struct cgroup_place *place, const char *mountinfo, const char *self);
void cgroup_place_clear(struct cgroup_place *place);

struct cgroup;

/* Can one be made here? 0 or a negative errno, reported; see host_refused(). */
int cgroup_check(void);
/* Makes one, without any limit. @name: for its folder. @g is borrowed. Errors as cgroup_check(). */
int cgroup_new(struct cgroup **cg, struct guardian *g, const char *name);
/* The same at a place that the caller knows. For tests. */
int cgroup_new_at(struct cgroup **cg, struct guardian *g, const struct cgroup_place *place,
		  const char *name);
/* Adds a process, with all its threads. Returns 0 or a negative errno, reported. */
int cgroup_add(struct cgroup *cg, pid_t pid);
/*
 * May the processes' memory be swapped out? Until asked, as the host has it. Returns 0 or a
 * negative errno, reported.
 */
int cgroup_allow_swap(struct cgroup *cg, bool allow);
/*
 * Limits memory to @bytes; 0: no limit. Where more is used already the kernel takes back what it
 * can, and that can take seconds, in which this does not return. What happens if that is not
 * enough:
 * @kill: processes are killed until it is (version 2 knows nothing else); else, or if there are no
 * more to kill, the limit stays what it was. Returns 0; -EBUSY, silently: the latter; or another
 * negative errno, reported.
 */
int cgroup_set_limit(struct cgroup *cg, uint64_t bytes, bool kill);
/* Bytes; UINT64_MAX: there is none. */
uint64_t cgroup_limit(const struct cgroup *cg);

/* Bytes. 0 or a negative errno, silently: -ENODATA if the kernel does not say. */
int cgroup_usage(const struct cgroup *cg, uint64_t *bytes);
int cgroup_peak(const struct cgroup *cg, uint64_t *bytes);
int cgroup_swapped(const struct cgroup *cg, uint64_t *bytes);
/* How many processes were killed because memory was short. Errors as above. */
int cgroup_kills(const struct cgroup *cg, uint64_t *n);
/* Its folder, owned by it. */
const char *cgroup_folder(const struct cgroup *cg);
/*
 * Removes it, with what the guardian was told since it was made. All its processes should be dead,
 * or they will be soon. NULL is allowed.
 */
void cgroup_free(struct cgroup *cg);

#endif
