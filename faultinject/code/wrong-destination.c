// SPDX-License-Identifier: GPL-2.0-or-later
/* An instruction's result goes to another register, as if assigned to a wrong variable. */
#include "faultinject/code/code.h"

static bool fits(const struct code_insn *insn)
{
	return code_register(insn, ZYDIS_OPERAND_ACTION_MASK_WRITE, 0) != NULL;
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	code_change_register(insn, code_register(insn, ZYDIS_OPERAND_ACTION_MASK_WRITE, 0), rng,
			     bytes);
}

const struct code_model wrong_destination_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(wrong_destination, .name = "wrong-destination",
	   .summary = "an instruction's result goes to another register than it should",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
