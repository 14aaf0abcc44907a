/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of a driver, decoded, as fault models look at them. */
#ifndef DRIVERVM_CODE_INSN_H
#define DRIVERVM_CODE_INSN_H

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
/* The @len bytes in words, "; " between instructions; the caller frees it. */
char *code_format(const uint8_t *bytes, size_t len, uint64_t address);

/* -- what several models ask and do -- */

/* A conditional branch? */
bool code_is_branch(const struct code_insn *insn);
/* One that goes back? */
bool code_is_loop(const struct code_insn *insn);
/* The byte of a conditional branch whose low 4 bits are the condition. */
uint8_t *code_condition(const struct code_insn *insn, uint8_t *bytes);
/*
 * An operand that is a general register, written in the instruction's text, and read or written as
 * @actions says; of those, the one with number @nth. NULL: there are not so many.
 */
const ZydisDecodedOperand *code_register(const struct code_insn *insn, ZydisOperandActions actions,
					 unsigned int nth);
/* Makes another register, by chance, of that operand; never the stack pointer. */
struct rng;
void code_change_register(const struct code_insn *insn, const ZydisDecodedOperand *operand,
			  struct rng *rng, uint8_t *bytes);
/* A number of @bits bits, changed by 1 up or down, or one of its bits. */
void code_change_number(uint8_t *at, unsigned int bits, struct rng *rng);
/* NOPs instead of the instruction. */
void code_drop(const struct code_insn *insn, uint8_t *bytes);

#endif
