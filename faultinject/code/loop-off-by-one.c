// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A loop runs once too often or once too few: "<" in place of "<=" and the like. Where a compiler
 * has made "!=" of that, its constant is off by one instead.
 */
#include "faultinject/code/code.h"

#define CONDITION 0x0f
#define NOT_EQUAL 0x5

/* What to change of a condition, to have it hold, or not, for equal values; 0: it is no order. */
static unsigned int other_order(unsigned int condition)
{
	switch (condition) {
	case 0x2: /* below */
	case 0x6: /* below or equal */
	case 0x3: /* above or equal */
	case 0x7: /* above */
		return 0x4;
	case 0xc: /* less */
	case 0xe: /* less or equal */
	case 0xd: /* greater or equal */
	case 0xf: /* greater */
		return 0x2;
	default:
		return 0;
	}
}

static unsigned int condition(const struct code_insn *insn)
{
	return insn->bytes[code_condition_at(insn)] & CONDITION;
}

/* A comparison with a constant, upon which a loop goes on until they are equal? */
static bool is_end_of_count(const struct code_insn *insn)
{
	return insn->raw.mnemonic == ZYDIS_MNEMONIC_CMP && insn->raw.raw.imm[0].size &&
	       !insn->symbol && insn[1].len && code_is_loop(&insn[1]) &&
	       condition(&insn[1]) == NOT_EQUAL;
}

static bool fits(const struct code_insn *insn)
{
	return is_end_of_count(insn) || (code_is_loop(insn) && other_order(condition(insn)));
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	if (is_end_of_count(insn))
		code_add(bytes + insn->raw.raw.imm[0].offset, insn->raw.raw.imm[0].size,
			 rng_below(rng, 2) ? 1 : -1);
	else
		bytes[code_condition_at(insn)] ^= (uint8_t)other_order(condition(insn));
}

const struct code_model loop_off_by_one_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(loop_off_by_one, .name = "loop-off-by-one",
	   .summary = "a loop runs once too often or once too few",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
