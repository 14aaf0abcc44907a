/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one event loop. Everything the orchestrator supervises (process exits, QMP, agents, timers,
 * signals) is an sd-event source on it. A blocking step with a deadline is this loop, run until a
 * condition holds: bring-up then reads as straight-line code while supervision goes on beneath.
 *
 * The orchestrator has one thread; nothing here is locked. What has to go on while the program
 * waits for something else is a task (core/task.h), or an event's handler, which must not wait.
 */
#ifndef DRIVERVM_CORE_LOOP_H
#define DRIVERVM_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct task;

struct loop {
	sd_event *event; /* owned; add sources to it directly */
	bool interrupted; /* SIGINT, SIGTERM or SIGHUP came; never reset */
	struct task *tasks; /* all there are; see core/task.h */
	struct task *task; /* the one that runs now, or NULL */
};

/*
 * A new loop, with SIGINT, SIGTERM, SIGHUP and SIGCHLD blocked and turned into events, SIGPIPE
 * ignored. Returns 0 or a negative errno.
 */
int loop_new(struct loop **loop);
void loop_free(struct loop *loop);

/*
 * Runs the loop until @done(@arg) is true. Returns 0 then, -ETIMEDOUT after @timeout_us
 * microseconds (0: forever), -EINTR once the user interrupted, or another negative errno.
 */
int loop_wait(struct loop *loop, bool (*done)(void *arg), void *arg, uint64_t timeout_us);
/* The same, but not cut short by an interruption: for teardown. */
int loop_wait_teardown(struct loop *loop, bool (*done)(void *arg), void *arg, uint64_t timeout_us);
/* Runs the loop for a time. Returns 0 when it has passed, -EINTR if interrupted. */
int loop_sleep(struct loop *loop, uint64_t us);

#endif
