// SPDX-License-Identifier: GPL-2.0-or-later
/* A bit of an instruction is the other way round, as after a hit by a particle. */
#include "faultinject/code/code.h"

static bool fits(const struct code_insn *insn)
{
	(void)insn;
	return true;
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	code_flip(bytes, rng_below(rng, 8 * insn->len));
}

/* What results may be no instruction at all, or another with another length. */
const struct code_model bit_flip_model = { .fits = fits, .mutate = mutate, .any_bytes = true };

CODE_FAULT(bit_flip, .name = "bit-flip", .summary = "a bit of an instruction is inverted",
	   .source = "Rio (ASPLOS 1996)")
