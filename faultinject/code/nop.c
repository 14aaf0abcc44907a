// SPDX-License-Identifier: GPL-2.0-or-later
/* An instruction is missing: NOPs stand for it. */
#include "faultinject/code/code.h"

static bool fits(const struct code_insn *insn)
{
	(void)insn;
	return true;
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	(void)rng;
	code_drop(insn, bytes);
}

const struct code_model nop_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(nop, .name = "nop", .summary = "an instruction of the driver is missing",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
