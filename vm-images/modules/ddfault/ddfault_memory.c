// SPDX-License-Identifier: GPL-2.0-or-later
/* Bits that flip in the kernel's memory: of the driver's own data, of a stack, of the heap. */
#include <linux/math64.h>
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
	u64 byte;

	div64_u64_rem(chance >> 3, size, &byte);
	flip(base + byte, chance & 7);
	return byte;
}

/*
 * Is it a variable that the module may write? The kernel's own record of the module is none, nor
 * are the descriptors of its messages.
 */
static bool is_variable(const struct module *m, const struct mod_kallsyms *k, const Elf_Sym *sym)
{
	unsigned long base = (unsigned long)m->core_layout.base;
	const char *name = k->strtab + sym->st_name;

	return sym->st_size && sym->st_value >= base + m->core_layout.ro_after_init_size &&
	       sym->st_value + sym->st_size <= base + m->core_layout.size &&
	       strcmp(name, "__this_module") && !strstarts(name, "__UNIQUE_ID");
}

/* The variable that byte *@at of all variables is in, *@at being of that one then. NULL: none. */
static const Elf_Sym *variable_at(const struct module *m, const struct mod_kallsyms *k, u64 *at)
{
	unsigned int i;

	for (i = 0; i < k->num_symtab; i++) {
		if (!is_variable(m, k, &k->symtab[i]))
			continue;
		if (*at < k->symtab[i].st_size)
			return &k->symtab[i];
		*at -= k->symtab[i].st_size;
	}
	return NULL;
}

/* Bit @chance of all variables, modulo their number. Under RCU. */
static int flip_variable(struct module *m, u64 chance, struct ddfault_result *result)
{
	const struct mod_kallsyms *k = rcu_dereference(m->kallsyms);
	u64 size = U64_MAX, at;
	const Elf_Sym *sym;

	variable_at(m, k, &size);
	size = U64_MAX - size;
	if (!size)
		return -EAGAIN;
	div64_u64_rem(chance >> 3, size, &at);
	sym = variable_at(m, k, &at);
	flip((void *)sym->st_value + at, chance & 7);
	ddfault_say(result, "module=%s variable=%s offset=%llu bit=%u all=%llu", m->name,
		    k->strtab + sym->st_name, at, (unsigned int)(chance & 7), size);
	return 0;
}

/* MODULE CHANCE: in what the module of a driver has of variables. */
static int flip_module(char **args, struct ddfault_result *result)
{
	struct module *m = ddfault_find_module(args[0]);
	u64 chance;
	int ret = kstrtou64(args[1], 10, &chance);

	if (ret)
		return ret;
	if (!m)
		return -ENODEV;
	rcu_read_lock();
	ret = flip_variable(m, chance, result);
	rcu_read_unlock();
	return ret;
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
	div64_u64_rem(number, max(count_threads(), 1u), &number);
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
