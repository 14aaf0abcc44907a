// SPDX-License-Identifier: GPL-2.0-or-later
/* Decoding instructions, and the changes to them that several fault models have in common. */
#include "faultinject/code/insn.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "stats/stats.h"

#define NOP 0x90
#define REGISTER_RSP 4

bool code_decode(struct code_insn *insn, const uint8_t *bytes, size_t len, uint64_t address)
{
	ZydisDecoder decoder;

	*insn = (struct code_insn){ .bytes = bytes, .address = address };
	if (ZYAN_FAILED(
		    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) ||
	    ZYAN_FAILED(ZydisDecoderDecodeFull(&decoder, bytes, len, &insn->raw, insn->operands)))
		return false;
	insn->len = insn->raw.length;
	return true;
}

bool code_decodes(const uint8_t *bytes, size_t len)
{
	struct code_insn insn;

	while (len > 0 && code_decode(&insn, bytes, len, 0)) {
		bytes += insn.len;
		len -= insn.len;
	}
	return len == 0;
}

static char *format_one(const struct code_insn *insn)
{
	ZydisFormatter formatter;
	char text[128];

	if (ZYAN_FAILED(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL)) ||
	    ZYAN_FAILED(ZydisFormatterFormatInstruction(&formatter, &insn->raw, insn->operands,
							insn->raw.operand_count_visible, text,
							sizeof(text), insn->address, NULL)))
		return xstrdup("?");
	return xstrdup(text);
}

char *code_format(const uint8_t *bytes, size_t len, uint64_t address)
{
	struct code_insn insn;
	char *text = xstrdup("");

	while (len > 0) {
		bool good = code_decode(&insn, bytes, len, address);
		char *one = good ? format_one(&insn) : xstrdup("...");
		char *longer = xasprintf("%s%s%s", text, *text ? "; " : "", one);

		free(one);
		free(text);
		text = longer;
		if (!good)
			break;
		bytes += insn.len;
		address += insn.len;
		len -= insn.len;
	}
	return text;
}

bool code_is_branch(const struct code_insn *insn)
{
	/* jcxz and loop are of the same category, and have no condition to change. */
	return insn->raw.meta.category == ZYDIS_CATEGORY_COND_BR && insn->raw.raw.imm[0].size &&
	       (insn->raw.opcode_map == ZYDIS_OPCODE_MAP_0F ? insn->raw.opcode >> 4 == 8 :
							      insn->raw.opcode >> 4 == 7);
}

bool code_is_loop(const struct code_insn *insn)
{
	return code_is_branch(insn) && insn->raw.raw.imm[0].value.s < 0;
}

size_t code_condition_at(const struct code_insn *insn)
{
	return insn->raw.raw.imm[0].offset - 1U;
}

static bool is_general(const ZydisDecodedOperand *o)
{
	ZydisRegisterClass class;

	if (o->type != ZYDIS_OPERAND_TYPE_REGISTER ||
	    o->visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
		return false;
	class = ZydisRegisterGetClass(o->reg.value);
	return class == ZYDIS_REGCLASS_GPR64 || class == ZYDIS_REGCLASS_GPR32 ||
	       class == ZYDIS_REGCLASS_GPR16 || class == ZYDIS_REGCLASS_GPR8;
}

/* Is the register's number somewhere in the instruction, where it can be changed? */
static bool is_encoded(const struct code_insn *insn, const ZydisDecodedOperand *o)
{
	if (insn->raw.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY)
		return false;
	return o->encoding == ZYDIS_OPERAND_ENCODING_MODRM_REG ||
	       o->encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM ||
	       o->encoding == ZYDIS_OPERAND_ENCODING_OPCODE;
}

const ZydisDecodedOperand *code_register(const struct code_insn *insn, ZydisOperandActions actions,
					 unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < insn->raw.operand_count_visible; i++) {
		const ZydisDecodedOperand *o = &insn->operands[i];

		if (is_general(o) && is_encoded(insn, o) && (o->actions & actions) && nth-- == 0)
			return o;
	}
	return NULL;
}

/* Where the opcode's last byte is: before what follows it. */
static size_t opcode_at(const struct code_insn *insn)
{
	return insn->raw.raw.imm[0].size ? insn->raw.raw.imm[0].offset - 1U : insn->len - 1;
}

void code_change_register(const struct code_insn *insn, const ZydisDecodedOperand *operand,
			  struct rng *rng, uint8_t *bytes)
{
	bool reg = operand->encoding == ZYDIS_OPERAND_ENCODING_MODRM_REG;
	bool opcode = operand->encoding == ZYDIS_OPERAND_ENCODING_OPCODE;
	uint8_t *at = bytes + (opcode ? opcode_at(insn) : insn->raw.raw.modrm.offset);
	unsigned int shift = reg ? 3 : 0;
	unsigned int old = (*at >> shift) & 7, new;

	do
		new = (unsigned int)rng_below(rng, 8);
	while (new == old || new == REGISTER_RSP);
	*at = (uint8_t)((*at & ~(7u << shift)) | new << shift);
}

void code_add(uint8_t *number, unsigned int bits, int64_t change)
{
	uint64_t value = 0;

	memcpy(&value, number, bits / 8);
	value += (uint64_t)change;
	memcpy(number, &value, bits / 8);
}

void code_flip(uint8_t *bytes, uint64_t bit)
{
	bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

void code_drop(const struct code_insn *insn, uint8_t *bytes)
{
	memset(bytes, NOP, insn->len);
}
