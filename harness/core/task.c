// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks, by ucontext: each switches to the main program when it waits, and back. */
#include "core/task.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "core/util.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_start_switch_fiber(save, bottom, size) ((void)(save))
#define __sanitizer_finish_switch_fiber(save, bottom, size) ((void)(save))
#endif

/* Of a task's stack, besides a page that faults if it overflows. Only what is touched is there. */
#define STACK_SIZE (512u << 10)
#define GUARD_SIZE 4096u

struct task {
	struct loop *loop;
	struct task *next;
	void (*fn)(void *arg);
	void *fn_arg;
	ucontext_t context;
	ucontext_t main; /* where to go when it waits */
	char *stack;
	bool (*ready)(void *arg); /* what it waits for */
	void *ready_arg;
	uint64_t deadline_us;
	bool interruptible;
	bool ending;
	bool done;
	int result; /* of its wait */
	void *fake_stack; /* AddressSanitizer's, of whoever is not running */
	void *main_fake_stack;
	const void *main_bottom;
	size_t main_size;
};

bool task_running(const struct loop *loop)
{
	return loop->task != NULL;
}

/* From the task to the main program; returns when it is resumed. */
static void leave(struct task *t)
{
	/* One that will not come back gives its fake stack up. */
	__sanitizer_start_switch_fiber(t->done ? NULL : &t->fake_stack, t->main_bottom,
				       t->main_size);
	swapcontext(&t->context, &t->main);
	__sanitizer_finish_switch_fiber(t->fake_stack, &t->main_bottom, &t->main_size);
}

/* From the main program to the task; returns when it waits or has ended. */
static void enter(struct task *t)
{
	t->loop->task = t;
	__sanitizer_start_switch_fiber(&t->main_fake_stack, t->stack + GUARD_SIZE, STACK_SIZE);
	swapcontext(&t->main, &t->context);
	__sanitizer_finish_switch_fiber(t->main_fake_stack, NULL, NULL);
	t->loop->task = NULL;
}

/* makecontext() passes ints only. */
static void begin(unsigned int high, unsigned int low)
{
	struct task *t = (struct task *)(((uintptr_t)high << 32) | low);

	__sanitizer_finish_switch_fiber(NULL, &t->main_bottom, &t->main_size);
	t->fn(t->fn_arg);
	t->done = true;
	leave(t);
}

int task_start(struct task **out, struct loop *loop, void (*fn)(void *arg), void *arg)
{
	struct task *t = xcalloc(1, sizeof(*t));
	uintptr_t self = (uintptr_t)t;

	t->loop = loop;
	t->fn = fn;
	t->fn_arg = arg;
	t->stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (t->stack == MAP_FAILED || mprotect(t->stack, GUARD_SIZE, PROT_NONE) < 0) {
		int err = -errno;

		if (t->stack != MAP_FAILED)
			munmap(t->stack, GUARD_SIZE + STACK_SIZE);
		free(t);
		return err;
	}
	getcontext(&t->context);
	t->context.uc_stack.ss_sp = t->stack + GUARD_SIZE;
	t->context.uc_stack.ss_size = STACK_SIZE;
	makecontext(&t->context, (void (*)(void))begin, 2, (unsigned int)(self >> 32),
		    (unsigned int)self);
	t->next = loop->tasks;
	loop->tasks = t;
	*out = t;
	/* One that is started by another begins when the main program is reached. */
	t->deadline_us = 0;
	if (!task_running(loop))
		enter(t);
	return 0;
}

bool task_done(const struct task *t)
{
	return t->done;
}

static bool is_done(void *arg)
{
	return task_done(arg);
}

void task_free(struct task *t)
{
	struct task **at;

	if (!t)
		return;
	t->ending = true;
	loop_wait_teardown(t->loop, is_done, t, 0);
	for (at = &t->loop->tasks; *at != t; at = &(*at)->next)
		;
	*at = t->next;
	munmap(t->stack, GUARD_SIZE + STACK_SIZE);
	free(t);
}

int task_wait(struct loop *loop, bool (*ready)(void *arg), void *arg, uint64_t deadline_us,
	      bool interruptible)
{
	struct task *t = loop->task;

	if (ready(arg))
		return 0;
	if (interruptible && (t->ending || loop->interrupted))
		return -EINTR;
	t->ready = ready;
	t->ready_arg = arg;
	t->deadline_us = deadline_us;
	t->interruptible = interruptible;
	leave(t);
	return t->result;
}

/* Is there nothing more to wait for? Then its wait has a result. */
static bool may_run(struct task *t)
{
	if (t->done)
		return false;
	t->result = 0;
	if (!t->ready || t->ready(t->ready_arg))
		return true;
	t->result = -EINTR;
	if (t->interruptible && (t->ending || t->loop->interrupted))
		return true;
	t->result = -ETIMEDOUT;
	return now_us() >= t->deadline_us;
}

bool task_run_ready(struct loop *loop)
{
	struct task *t;
	bool any = false;

	/* One that runs may start others, which come before it, and free others, never itself. */
	for (t = loop->tasks; t; t = t->next) {
		if (!may_run(t))
			continue;
		enter(t);
		any = true;
	}
	return any;
}

uint64_t task_next_deadline(const struct loop *loop)
{
	uint64_t first = UINT64_MAX;
	const struct task *t;

	for (t = loop->tasks; t; t = t->next)
		if (!t->done && t->deadline_us < first)
			first = t->deadline_us;
	return first;
}
