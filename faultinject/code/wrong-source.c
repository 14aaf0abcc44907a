// SPDX-License-Identifier: GPL-2.0-or-later
/* An instruction reads another register than it should, as if a wrong variable had been named. */
#include "faultinject/code/code.h"

static const ZydisDecodedOperand *source(const struct code_insn *insn)
{
	const ZydisDecodedOperand *o;
	unsigned int i;

	/* One that is written too is a destination; see wrong-destination. */
	for (i = 0; (o = code_register(insn, ZYDIS_OPERAND_ACTION_MASK_READ, i)); i++)
		if (!(o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
			return o;
	return NULL;
}

static bool fits(const struct code_insn *insn)
{
	return source(insn) != NULL;
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	code_change_register(insn, source(insn), rng, bytes);
}

const struct code_model wrong_source_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(wrong_source, .name = "wrong-source",
	   .summary = "an instruction reads another register than it should",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
