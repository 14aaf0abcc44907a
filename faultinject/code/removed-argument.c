// SPDX-License-Identifier: GPL-2.0-or-later
/* A function is called with an argument that was never set, but is what the register held. */
#include "faultinject/code/code.h"

/* So far before a call an argument is looked for. */
#define REACH 8

/* Does it set a register, with nothing else to it? */
static bool is_load(const struct code_insn *insn)
{
	switch (insn->raw.mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
	case ZYDIS_MNEMONIC_MOVZX:
	case ZYDIS_MNEMONIC_MOVSX:
	case ZYDIS_MNEMONIC_MOVSXD:
	case ZYDIS_MNEMONIC_LEA:
		return insn->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER;
	case ZYDIS_MNEMONIC_XOR: /* with itself: zero */
		return insn->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		       insn->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		       insn->operands[0].reg.value == insn->operands[1].reg.value;
	default:
		return false;
	}
}

/* The whole of the register that is set; ZYDIS_REGISTER_NONE: it holds no argument. */
static ZydisRegister argument(const struct code_insn *insn)
{
	ZydisRegister whole;

	if (!is_load(insn))
		return ZYDIS_REGISTER_NONE;
	whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						 insn->operands[0].reg.value);
	switch (whole) {
	case ZYDIS_REGISTER_RDI:
	case ZYDIS_REGISTER_RSI:
	case ZYDIS_REGISTER_RDX:
	case ZYDIS_REGISTER_RCX:
	case ZYDIS_REGISTER_R8:
	case ZYDIS_REGISTER_R9:
		return whole;
	default:
		return ZYDIS_REGISTER_NONE;
	}
}

/* Does it use that register, in whatever way? */
static bool touches(const struct code_insn *insn, ZydisRegister whole)
{
	unsigned int i;

	for (i = 0; i < insn->raw.operand_count; i++) {
		const ZydisDecodedOperand *o = &insn->operands[i];
		ZydisRegister used[2] = { ZYDIS_REGISTER_NONE, ZYDIS_REGISTER_NONE };

		if (o->type == ZYDIS_OPERAND_TYPE_REGISTER)
			used[0] = o->reg.value;
		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY) {
			used[0] = o->mem.base;
			used[1] = o->mem.index;
		}
		if (ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, used[0]) ==
			    whole ||
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, used[1]) == whole)
			return true;
	}
	return false;
}

/* Nothing but the call, which follows without a branch, uses it. */
static bool fits(const struct code_insn *insn)
{
	ZydisRegister whole = argument(insn);
	unsigned int i;

	if (whole == ZYDIS_REGISTER_NONE)
		return false;
	for (i = 1; i <= REACH && insn[i].len; i++) {
		if (insn[i].raw.meta.category == ZYDIS_CATEGORY_CALL)
			return true;
		if (insn[i].raw.meta.category == ZYDIS_CATEGORY_COND_BR ||
		    insn[i].raw.meta.category == ZYDIS_CATEGORY_UNCOND_BR ||
		    insn[i].raw.meta.category == ZYDIS_CATEGORY_RET || touches(&insn[i], whole))
			return false;
	}
	return false;
}

static void mutate(const struct code_insn *insn, struct rng *rng, uint8_t *bytes)
{
	(void)rng;
	code_drop(insn, bytes);
}

const struct code_model removed_argument_model = { .fits = fits, .mutate = mutate };

CODE_FAULT(removed_argument, .name = "removed-argument",
	   .summary = "a function is called with an argument that was not set",
	   .source = "Rio (ASPLOS 1996), Nooks (SOSP 2003)")
