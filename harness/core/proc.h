/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes: QEMU, the peer's tools, gnuplot. Each is killed by the kernel when the
 * orchestrator dies (PR_SET_PDEATHSIG), so that no exit, however abrupt, leaves one behind. That
 * signal follows the forking *thread*, one more reason why the orchestrator has a single thread.
 */
#ifndef DRIVERVM_CORE_PROC_H
#define DRIVERVM_CORE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/loop.h"

struct proc_spec {
	const char *const *argv; /* required, NULL-terminated; found in PATH */
	int netns_fd; /* network namespace to enter, or -1 */
	const int *keep_fds; /* descriptors the child inherits under the same numbers */
	size_t n_keep_fds;
	const char *log_path; /* stdout and stderr are appended here; NULL: see capture */
	bool small_pages; /* its memory is in no huge pages, whatever it asks for */
	/*
	 * All its memory is offered to same-page merging, if the kernel can do so over an exec()
	 * (Linux 6.7), and lies at the addresses where that of all such processes does.
	 */
	bool mergeable;
	bool capture; /* collect stdout (and stderr) in proc.output; log_path unused */
};

struct proc {
	pid_t pid;
	struct loop *loop;
	bool exited;
	uint64_t exited_us; /* when that was seen, CLOCK_MONOTONIC; valid once exited */
	int status; /* as from waitpid(); valid once exited */
	char *output; /* with capture: NUL-terminated, owned, never NULL; at most 16 MiB */
	size_t output_len; /* bytes in output */
	size_t output_size; /* allocated */
	int output_fd; /* read end, or -1 */
	/* Called once, from the loop, when the process has exited. May be NULL. */
	void (*on_exit)(struct proc *proc, void *arg);
	void *on_exit_arg;
	sd_event_source *exit_source;
	sd_event_source *output_source;
};

/* Starts a process. Returns 0 or a negative errno (-ENOENT: no such program). */
int proc_spawn(struct proc **proc, struct loop *loop, const struct proc_spec *spec);
/* Waits for its end (and the end of its output). Returns 0, -ETIMEDOUT, -EINTR. */
int proc_wait(struct proc *proc, uint64_t timeout_us);
/* Exit code; 128 + signal if killed by one; -1 while it runs. */
int proc_exit_code(const struct proc *proc);
/* Kills it if it still runs (SIGKILL), reaps it, frees all. NULL is allowed. */
void proc_free(struct proc *proc);

/*
 * Runs a tool to its end and returns its exit code, or a negative errno. @output may be NULL;
 * else it receives what the tool printed, which the caller frees.
 */
int proc_run(struct loop *loop, const char *const *argv, int netns_fd, uint64_t timeout_us,
	     char **output);

#endif
