// SPDX-License-Identifier: GPL-2.0-or-later
/* A constant is wrong: by one, or by a bit. */
#include "faultinject/code/code.h"

/* Neither where a branch goes to, nor an address that the module's loader has put there. */
static bool fits(const struct code_insn *insn)
{
	return insn->raw.raw.imm[0].size && !insn->raw.raw.imm[0].is_relative && !insn->symbol;
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	uint8_t *at = bytes + insn->raw.raw.imm[0].offset;
	unsigned int bits = insn->raw.raw.imm[0].size;

	switch (rng_below(rng, 3)) {
	case 0:
		code_add(at, bits, 1);
		break;
	case 1:
		code_add(at, bits, -1);
		break;
	default:
		code_flip(at, rng_below(rng, bits));
	}
}

const struct code_model changed_constant_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(changed_constant, .name = "changed-constant",
	   .summary = "a constant is wrong, by one or by a bit")
