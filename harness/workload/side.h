/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A side: a place in which a workload's commands run. The client is a VM, the peer a network
 * namespace of the host or a VM too; the rest of the harness sees no difference. Internal to
 * workload/.
 */
#ifndef DRIVERVM_WORKLOAD_SIDE_H
#define DRIVERVM_WORKLOAD_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "vm/vm.h"

struct workload_side;

struct workload_side_ops {
	/* As drivervm_host_ops.client_exec, in microseconds. *@output is set, NULL on failure. */
	int (*exec)(struct workload_side *side, const char *const *argv, uint64_t timeout_us,
		    char **output);
	/* Leaves a command running: a handle > 0, or a negative errno. */
	int (*start)(struct workload_side *side, const char *const *argv);
	/*
	 * Kills it with all its children and forgets it. *@output receives what it printed, to be
	 * freed; NULL if that is not known.
	 */
	void (*stop)(struct workload_side *side, int handle, char **output);
	/* False if it is known to have ended. */
	bool (*running)(struct workload_side *side, int handle);
	/* A small file as that side sees it, to be freed. */
	int (*read)(struct workload_side *side, const char *path, char **text);
	/* Is a command there? 0 or -ENOENT, or why it cannot be told. */
	int (*has_tool)(struct workload_side *side, const char *tool);
	void (*free)(struct workload_side *side);
};

struct workload_side {
	const struct workload_side_ops *ops;
	const char *name; /* "client", "peer" */
};

/* Processes of the host in a network namespace; @netns_fd is borrowed, -1: the own one. */
struct workload_side *workload_side_ns(const char *name, struct loop *loop, int netns_fd);
/* Commands in a guest; @vm is borrowed. */
struct workload_side *workload_side_vm(const char *name, struct vm *vm);

#endif
