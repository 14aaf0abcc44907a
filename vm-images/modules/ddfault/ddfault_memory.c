// SPDX-License-Identifier: GPL-2.0-or-later
/* Bits that flip in the kernel's memory: of the driver's own data, of a stack, of the heap. */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>

#include "ddfault.h"

/* Random page frames that are looked at until one is of the heap. */
#define TRIES 1000000

static void flip(void *at, unsigned int bit)
{
	unsigned char *byte = at;

	WRITE_ONCE(*byte, READ_ONCE(*byte) ^ (1 << bit));
}

/* Flips bit @chance of @size bytes at @base, modulo their number. Returns the byte's offset. */
static size_t flip_within(void *base, size_t size, u64 chance)
{
	size_t byte = (size_t)((chance >> 3) % size);

	flip(base + byte, chance & 7);
	return byte;
}

/* MODULE CHANCE: in what it may write of itself, beside the kernel's own record of it. */
static int flip_module(char **args, struct ddfault_result *result)
{
	struct module *m = ddfault_find_module(args[0]);
	size_t first, size, at;
	u64 chance;
	void *base;
	int ret = kstrtou64(args[1], 10, &chance);

	if (ret)
		return ret;
	if (!m)
		return -ENODEV;
	first = m->core_layout.ro_after_init_size;
	base = m->core_layout.base + first;
	size = m->core_layout.size - first;
	at = (size_t)((chance >> 3) % size);
	if (base + at >= (void *)m && base + at < (void *)(m + 1))
		at = (at + sizeof(*m)) % size;
	flip(base + at, chance & 7);
	ddfault_say(result, "module=%s offset=%zu bit=%u size=%u", m->name, first + at,
		    (unsigned int)(chance & 7), m->core_layout.size);
	return 0;
}

static struct task_struct *thread_number(unsigned int n)
{
	struct task_struct *p, *t;

	for_each_process_thread(p, t) if (t != current && !n--) return t;
	return NULL;
}

static unsigned int count_threads(void)
{
	struct task_struct *p, *t;
	unsigned int n = 0;

	for_each_process_thread(p, t) n += t != current;
	return n;
}

/* What a thread has on its stack, if it has one and does not run: 0, or -EAGAIN. Under RCU. */
static int flip_stack_of(struct task_struct *t, u64 chance, struct ddfault_result *result)
{
	/* One that has ended meanwhile has none, or one that is freed after a grace period. */
	void *stack = t ? READ_ONCE(t->stack) : NULL, *sp, *top;
	size_t at;

	if (!stack)
		return -EAGAIN;
	sp = (void *)READ_ONCE(t->thread.sp);
	top = stack + THREAD_SIZE;
	if (sp < stack || sp >= top)
		return -EAGAIN;
	at = flip_within(sp, top - sp, chance);
	ddfault_say(result, "thread=%s below_top=%zu bit=%u", t->comm, (size_t)(top - sp) - at,
		    (unsigned int)(chance & 7));
	return 0;
}

/* THREAD CHANCE: in what a thread, one of all others, has on its stack in the kernel. */
static int flip_stack(char **args, struct ddfault_result *result)
{
	u64 number, chance;
	int ret = kstrtou64(args[0], 10, &number);

	if (!ret)
		ret = kstrtou64(args[1], 10, &chance);
	if (ret)
		return ret;
	rcu_read_lock();
	number %= max(count_threads(), 1u);
	ret = flip_stack_of(thread_number(number), chance, result);
	rcu_read_unlock();
	return ret;
}

/* SEED: in a page of the heap (slab). */
static int flip_heap(char **args, struct ddfault_result *result)
{
	unsigned long pfn, first = node_start_pfn(0), n = node_spanned_pages(0);
	struct rnd_state rnd;
	unsigned int i;
	u64 seed;
	int ret = kstrtou64(args[0], 10, &seed);

	if (ret)
		return ret;
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < TRIES; i++) {
		pfn = first + prandom_u32_state(&rnd) % n;
		if (!pfn_valid(pfn) || !PageSlab(pfn_to_page(pfn)))
			continue;
		seed = prandom_u32_state(&rnd);
		ddfault_say(result, "page=%lu offset=%zu bit=%u", pfn,
			    flip_within(page_address(pfn_to_page(pfn)), PAGE_SIZE, seed),
			    (unsigned int)(seed & 7));
		return 0;
	}
	return -EAGAIN;
}

const struct ddfault_command ddfault_memory_commands[] = {
	{ "flip-module", 2, flip_module },
	{ "flip-stack", 2, flip_stack },
	{ "flip-heap", 1, flip_heap },
	{ NULL },
};
