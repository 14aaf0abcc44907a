// SPDX-License-Identifier: GPL-2.0-or-later
/* A check is missing: a conditional branch is never taken. */
#include "faultinject/code/code.h"

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	(void)rng;
	code_drop(insn, bytes);
}

const struct code_model removed_branch_model = { .fits = code_is_branch, .mutate = mutate };

CODE_FAULT(removed_branch, .name = "removed-branch", .summary = "a conditional branch is missing",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
