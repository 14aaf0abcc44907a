// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of a workload as processes of the host in a network namespace: the peer. */
#include "workload/side.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/proc.h"
#include "core/util.h"

#define READ_TIMEOUT_US (5 * USEC_PER_SEC)

struct side_ns {
	struct workload_side side;
	struct loop *loop;
	int netns_fd;
	struct proc **procs; /* by handle - 1; NULL: stopped */
	size_t n_procs;
};

static struct side_ns *to_ns(struct workload_side *side)
{
	return (struct side_ns *)side;
}

static int spawn(struct side_ns *ns, const char *const *argv, struct proc **proc)
{
	struct proc_spec spec = { .argv = argv, .netns_fd = ns->netns_fd, .capture = true };

	return proc_spawn(proc, ns->loop, &spec);
}

static char *take_output(struct proc *proc)
{
	char *output = proc->output;

	proc->output = NULL;
	proc->output_len = 0;
	proc->output_size = 0;
	return output;
}

/*
 * proc_free() kills the group of a command that still runs. One that has ended may have left
 * children behind: they are in its group.
 */
static void end(struct proc *proc)
{
	if (proc->exited)
		kill(-proc->pid, SIGKILL);
	proc_free(proc);
}

static int ns_exec(struct workload_side *side, const char *const *argv, uint64_t timeout_us,
		   char **output)
{
	struct proc *proc;
	int err;

	*output = NULL;
	err = spawn(to_ns(side), argv, &proc);
	if (err < 0)
		return err;
	err = proc_wait(proc, timeout_us);
	if (err == 0)
		err = proc_exit_code(proc);
	*output = take_output(proc);
	end(proc);
	return err;
}

static int ns_start(struct workload_side *side, const char *const *argv)
{
	struct side_ns *ns = to_ns(side);
	struct proc *proc;
	int err;

	err = spawn(ns, argv, &proc);
	if (err < 0)
		return err;
	ns->procs = xreallocarray(ns->procs, ns->n_procs + 1, sizeof(*ns->procs));
	ns->procs[ns->n_procs++] = proc;
	return (int)ns->n_procs;
}

static struct proc **find(struct workload_side *side, int handle)
{
	struct side_ns *ns = to_ns(side);

	if (handle < 1 || (size_t)handle > ns->n_procs)
		return NULL;
	return &ns->procs[handle - 1];
}

static bool drained(void *arg)
{
	return ((struct proc *)arg)->output_fd < 0;
}

static void ns_stop(struct workload_side *side, int handle, char **output)
{
	struct proc **slot = find(side, handle);

	*output = NULL;
	if (!slot || !*slot)
		return;
	/* Its last words may still be in the pipe. */
	kill(-(*slot)->pid, SIGKILL);
	loop_wait_teardown(to_ns(side)->loop, drained, *slot, USEC_PER_SEC);
	*output = take_output(*slot);
	end(*slot);
	*slot = NULL;
}

static bool ns_running(struct workload_side *side, int handle)
{
	struct proc **slot = find(side, handle);

	return slot && *slot && !(*slot)->exited;
}

/* By a process there, since what /proc/net shows depends on the reader's namespace. */
static int ns_read(struct workload_side *side, const char *path, char **text)
{
	const char *const argv[] = { "cat", path, NULL };
	int err;

	err = ns_exec(side, argv, READ_TIMEOUT_US, text);
	if (err == 0)
		return 0;
	free(*text);
	*text = NULL;
	return err < 0 ? err : -EIO;
}

static int ns_has_tool(struct workload_side *side, const char *tool)
{
	const char *env = getenv("PATH");
	char *dirs = xstrdup(env ? env : "/usr/bin:/bin");
	char *save = NULL, *dir;
	char path[PATH_MAX];
	int err = -ENOENT;

	(void)side;
	for (dir = strtok_r(dirs, ":", &save); dir && err; dir = strtok_r(NULL, ":", &save)) {
		snprintf(path, sizeof(path), "%s/%s", dir, tool);
		if (access(path, X_OK) == 0)
			err = 0;
	}
	free(dirs);
	return err;
}

static void ns_free(struct workload_side *side)
{
	struct side_ns *ns = to_ns(side);
	size_t i;

	for (i = 0; i < ns->n_procs; i++)
		if (ns->procs[i])
			end(ns->procs[i]);
	free(ns->procs);
	free(ns);
}

static const struct workload_side_ops ops = {
	.exec = ns_exec,
	.start = ns_start,
	.stop = ns_stop,
	.running = ns_running,
	.read = ns_read,
	.has_tool = ns_has_tool,
	.free = ns_free,
};

struct workload_side *workload_side_ns(const char *name, struct loop *loop, int netns_fd)
{
	struct side_ns *ns = xcalloc(1, sizeof(*ns));

	ns->side.ops = &ops;
	ns->side.name = name;
	ns->loop = loop;
	ns->netns_fd = netns_fd;
	return &ns->side;
}
