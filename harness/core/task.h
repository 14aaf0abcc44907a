/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks: functions that run beside whoever waits on the loop. While a task waits (loop_wait(),
 * loop_sleep(), and so everything that has a deadline), the others and the main program go on;
 * between two waits nothing else runs, so nothing is locked. What recovers a driver VM, or breaks
 * one, while a workload runs, is so as straight-line as bring-up is.
 *
 * A task is a coroutine with a stack of its own, not a thread: child processes die with the
 * *thread* that started them (see proc.h). Tasks proceed only while the main program waits on the
 * loop.
 */
#ifndef DRIVERVM_CORE_TASK_H
#define DRIVERVM_CORE_TASK_H

#include <stdbool.h>

#include "core/loop.h"

struct task;

/*
 * Runs @fn(@arg) as a task: at once, up to its first wait. To be freed with task_free() also when
 * it has ended. Returns 0 or a negative errno.
 */
int task_start(struct task **task, struct loop *loop, void (*fn)(void *arg), void *arg);
/* Has it returned? */
bool task_done(const struct task *task);
/*
 * Ends it: from now on its waits return -EINTR at once (loop_wait_teardown() excepted), until it
 * returns. Waits for that, so it is not for the task itself. NULL is allowed.
 */
void task_free(struct task *task);

/* -- for loop.c only -- */

/* Are we in a task of @loop? */
bool task_running(const struct loop *loop);
/* loop_wait() of the task that runs: leaves to the main program until it is over. */
int task_wait(struct loop *loop, bool (*ready)(void *arg), void *arg, uint64_t deadline_us,
	      bool interruptible);
/* Lets each task run that has nothing more to wait for. Was there one? */
bool task_run_ready(struct loop *loop);
/* CLOCK_MONOTONIC, microseconds, of the first deadline of all tasks; UINT64_MAX: none. */
uint64_t task_next_deadline(const struct loop *loop);

#endif
