// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A lock is not taken, or not released. What the caller gets is what the function would have
 * returned, so that nothing but the lock is missing.
 */
#include "faultinject/code/code.h"

#include <string.h>

#include "core/util.h"

/* A direct call is as long, and so is each of these. */
#define CALL_LEN 5
#define NOTHING "\x0f\x1f\x44\x00\x00" /* nop */
#define ZERO "\x31\xc0\x0f\x1f\x00" /* xor eax, eax; nop */
#define ONE "\xb8\x01\x00\x00\x00" /* mov eax, 1 */
#define FLAGS "\x9c\x58\x0f\x1f\x00" /* pushfq; pop rax; nop: interrupts as they are */

/* Functions of the kernel, and what the driver gets in their place. */
static const struct lock_function {
	const char *name;
	const char *code;
} functions[] = {
	{ "_raw_spin_lock", NOTHING },
	{ "_raw_spin_lock_bh", NOTHING },
	{ "_raw_spin_lock_irq", NOTHING },
	{ "_raw_spin_lock_irqsave", FLAGS },
	{ "_raw_spin_trylock", ONE },
	{ "_raw_spin_trylock_bh", ONE },
	{ "_raw_spin_unlock", NOTHING },
	{ "_raw_spin_unlock_bh", NOTHING },
	{ "_raw_spin_unlock_irq", NOTHING },
	{ "_raw_spin_unlock_irqrestore", NOTHING },
	{ "_raw_read_lock", NOTHING },
	{ "_raw_read_lock_irqsave", FLAGS },
	{ "_raw_read_unlock", NOTHING },
	{ "_raw_read_unlock_irqrestore", NOTHING },
	{ "_raw_write_lock", NOTHING },
	{ "_raw_write_lock_irq", NOTHING },
	{ "_raw_write_lock_irqsave", FLAGS },
	{ "_raw_write_unlock", NOTHING },
	{ "_raw_write_unlock_irq", NOTHING },
	{ "_raw_write_unlock_irqrestore", NOTHING },
	{ "mutex_lock", NOTHING },
	{ "mutex_lock_interruptible", ZERO },
	{ "mutex_lock_killable", ZERO },
	{ "mutex_trylock", ONE },
	{ "mutex_unlock", NOTHING },
	{ "down", NOTHING },
	{ "down_interruptible", ZERO },
	{ "down_trylock", ZERO },
	{ "up", NOTHING },
	{ "down_read", NOTHING },
	{ "up_read", NOTHING },
	{ "down_write", NOTHING },
	{ "up_write", NOTHING },
	{ "rtnl_lock", NOTHING },
	{ "rtnl_unlock", NOTHING },
};

static const struct lock_function *find(const struct code_insn *insn)
{
	size_t i;

	if (insn->raw.meta.category != ZYDIS_CATEGORY_CALL || insn->len != CALL_LEN)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (streq(functions[i].name, insn->symbol))
			return &functions[i];
	return NULL;
}

static bool fits(const struct code_insn *insn)
{
	return find(insn) != NULL;
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	(void)rng;
	memcpy(bytes, find(insn)->code, CALL_LEN);
}

const struct code_model removed_lock_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(removed_lock, .name = "removed-lock", .summary = "a lock is not taken, or not released")
