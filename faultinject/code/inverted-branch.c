// SPDX-License-Identifier: GPL-2.0-or-later
/* A condition is the wrong way round. */
#include "faultinject/code/code.h"

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	(void)rng;
	/* Conditions come in pairs: each and its opposite. */
	bytes[code_condition_at(insn)] ^= 1;
}

const struct code_model inverted_branch_model = { .fits = code_is_branch, .mutate = mutate };

CODE_FAULT(inverted_branch, .name = "inverted-branch", .summary = "a condition is inverted",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
