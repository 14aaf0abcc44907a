// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory is read or written at a wrong address: a pointer that is another variable, or a wrong
 * field of a structure or element of an array.
 */
#include "faultinject/code/code.h"

/* The displacement changes by one of 1, 2, 4, ... bytes: 64 is as far as a field is from another.
 */
#define DISTANCES 7

static bool has_memory(const struct code_insn *insn)
{
	unsigned int i;

	for (i = 0; i < insn->raw.operand_count_visible; i++)
		if (insn->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    insn->operands[i].mem.type == ZYDIS_MEMOP_TYPE_MEM)
			return true;
	return false;
}

/* What the module's loader has put there is a symbol's address, of which nobody miscounts bytes. */
static bool has_displacement(const struct code_insn *insn)
{
	return insn->raw.raw.disp.size != 0 && !insn->symbol;
}

/* [register], and no more to it. */
static bool has_pointer(const struct code_insn *insn)
{
	return insn->raw.raw.disp.size == 0 && insn->raw.raw.modrm.offset &&
	       insn->raw.raw.modrm.rm != 4;
}

static bool fits(const struct code_insn *insn)
{
	return has_memory(insn) && (has_displacement(insn) || has_pointer(insn));
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	uint8_t *modrm = bytes + insn->raw.raw.modrm.offset;
	uint64_t number;
	int64_t change;

	if (!has_displacement(insn)) {
		/* Which of the 8 registers; 4 and 5 would stand for other ways of addressing. */
		number = rng_below(rng, 6);
		*modrm = (uint8_t)((*modrm & ~7u) | (number < 4 ? number : number + 2));
		return;
	}
	change = 1 << rng_below(rng, DISTANCES);
	code_add(bytes + insn->raw.raw.disp.offset, insn->raw.raw.disp.size,
		 rng_below(rng, 2) ? change : -change);
}

const struct code_model wrong_address_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(wrong_address, .name = "wrong-address",
	   .summary = "memory is read or written at a wrong address",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
