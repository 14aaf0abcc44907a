// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of a workload in a guest, by its agent: the client, or a peer that is a VM. */
#include "workload/side.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "core/util.h"

#define STOP_TIMEOUT_US (5 * USEC_PER_SEC)
#define TOOL_TIMEOUT_US (10 * USEC_PER_SEC)

struct side_vm {
	struct workload_side side;
	struct vm *vm;
};

static struct vm *to_vm(struct workload_side *side)
{
	return ((struct side_vm *)side)->vm;
}

static int guest_exec(struct workload_side *side, const char *const *argv, uint64_t timeout_us,
		      char **output)
{
	struct vm_exec_result result;
	int err;

	*output = NULL;
	err = vm_exec(to_vm(side), argv, timeout_us, &result);
	if (err < 0)
		return err;
	*output = result.output;
	return result.status;
}

static int guest_start(struct workload_side *side, const char *const *argv)
{
	return vm_exec_start(to_vm(side), argv);
}

static void guest_stop(struct workload_side *side, int handle, char **output)
{
	struct vm_exec_result result;

	*output = NULL;
	if (vm_exec_kill(to_vm(side), handle, SIGKILL) < 0 && !vm_alive(to_vm(side)))
		return;
	if (vm_exec_wait(to_vm(side), handle, STOP_TIMEOUT_US, &result) == 0)
		*output = result.output;
}

/* The agent tells of an end only to who waits for it. */
static bool guest_running(struct workload_side *side, int handle)
{
	(void)handle;
	return vm_alive(to_vm(side));
}

static int guest_read(struct workload_side *side, const char *path, char **text)
{
	return vm_read_file(to_vm(side), path, text);
}

/* By trying: a minimal image has no shell to ask. Whatever a tool answers, it is there. */
static int guest_has_tool(struct workload_side *side, const char *tool)
{
	const char *const argv[] = { tool, "--version", NULL };
	int err;

	err = vm_exec(to_vm(side), argv, TOOL_TIMEOUT_US, NULL);
	return err == -ETIMEDOUT ? 0 : err;
}

static void guest_free(struct workload_side *side)
{
	free(side);
}

static const struct workload_side_ops ops = {
	.exec = guest_exec,
	.start = guest_start,
	.stop = guest_stop,
	.running = guest_running,
	.read = guest_read,
	.has_tool = guest_has_tool,
	.free = guest_free,
};

struct workload_side *workload_side_vm(const char *name, struct vm *vm)
{
	struct side_vm *side = xcalloc(1, sizeof(*side));

	side->side.ops = &ops;
	side->side.name = name;
	side->vm = vm;
	return &side->side;
}
