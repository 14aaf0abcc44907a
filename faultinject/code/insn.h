/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of a driver, decoded, as fault models look at them. */
#ifndef DRIVERVM_CODE_INSN_H
#define DRIVERVM_CODE_INSN_H

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng;

/* The longest that there is. */
#define CODE_INSN_MAX ZYDIS_MAX_INSTRUCTION_LENGTH

/* One instruction of a function. They come as arrays, which an instruction with len 0 ends. */
struct code_insn {
	const uint8_t *bytes; /* as they are in the guest's memory; borrowed */
	size_t len; /* 0: the function ends here */
	uint64_t address; /* in the guest */
	/*
	 * A relocation is in it: it holds an address that the module's loader put there. Then the
	 * symbol, "" if it has no name; else NULL. Borrowed.
	 */
	const char *symbol;
	ZydisDecodedInstruction raw;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/* Decodes one instruction out of at most @len bytes, which stay borrowed. False: it is none. */
bool code_decode(struct code_insn *insn, const uint8_t *bytes, size_t len, uint64_t address);
/* Are the @len bytes whole instructions? */
bool code_decodes(const uint8_t *bytes, size_t len);
/*
 * The @len bytes in words, "; " between instructions, "..." where they do not end as one; the
 * caller frees it.
 */
char *code_format(const uint8_t *bytes, size_t len, uint64_t address);

/* -- what several models ask and do -- */

/* A conditional branch? */
bool code_is_branch(const struct code_insn *insn);
/* One that goes back? */
bool code_is_loop(const struct code_insn *insn);
/* Where in it the byte is whose low 4 bits are the condition. */
size_t code_condition_at(const struct code_insn *insn);
/*
 * An operand that is a general register, written in the instruction's text, and read or written as
 * @actions says; of those, the one with number @nth. NULL: there are not so many.
 */
const ZydisDecodedOperand *code_register(const struct code_insn *insn, ZydisOperandActions actions,
					 unsigned int nth);
/* Makes another register, by chance, of that operand; never the stack pointer. */
void code_change_register(const struct code_insn *insn, const ZydisDecodedOperand *operand,
			  struct rng *rng, uint8_t *bytes);
/* Adds @change to a number of @bits bits, up to 64. */
void code_add(uint8_t *number, unsigned int bits, int64_t change);
/* Inverts the bit with number @bit. */
void code_flip(uint8_t *bytes, uint64_t bit);
/* NOPs instead of the instruction. */
void code_drop(const struct code_insn *insn, uint8_t *bytes);

#endif
