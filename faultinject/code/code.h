/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults in a driver's code, as its programmer could have made them or a bit of memory could have
 * flipped: one instruction of the driver's module is changed in the memory of the guest that runs
 * it. A model of this folder, one file each, says which instructions it fits and what becomes of
 * them; choosing one, changing it in the guest and seeing it executed is the same for all.
 */
#ifndef DRIVERVM_CODE_CODE_H
#define DRIVERVM_CODE_CODE_H

#include "faultinject/code/coverage.h"
#include "faultinject/code/insn.h"
#include "faultinject/code/module.h"
#include "fault/fault.h"

/* What makes a model. */
struct code_model {
	/* Can it be made of this instruction? Those that follow may be looked at, up to the end. */
	bool (*fits)(const struct code_insn *insn);
	/*
	 * Changes @bytes, which are insn->len bytes of room and hold the instruction. By chance, it
	 * may be called again if what it made is no other instruction.
	 */
	void (*mutate)(const struct code_insn *insn, struct rng *rng, uint8_t *bytes);
	bool any_bytes; /* what it makes need not be an instruction at all */
};

/* The instruction that was chosen. */
struct code_choice {
	const struct code_function *function; /* of the module */
	uint64_t address; /* in the guest */
	uint64_t offset; /* in the function */
	size_t len;
	const char *symbol; /* see struct code_insn; of the module */
	uint8_t before[CODE_INSN_MAX];
	uint8_t after[CODE_INSN_MAX];
	size_t n_functions; /* of so many that it could have been in */
};

/*
 * choose.c: first a function by chance, of those that have an instruction that fits, then the
 * instruction. @name: of the only function to look at, or NULL; @ran: only what ran counts, or NULL
 * for all. -EOPNOTSUPP: there is none.
 */
int code_choose(struct code_choice *choice, const struct code_module *m,
		const struct code_model *model, const char *name, const struct code_coverage *ran,
		struct rng *rng);

/* inject.c: what all models share of struct fault. */
extern const struct fault_param code_params[];
int code_applies(const struct fault_site *site, char **why);
int code_inject(const struct code_model *model, const struct fault_site *site,
		const struct fault_values *values, struct fault_shot *shot, char **why);
void code_end(const struct fault_site *site, struct fault_shot *shot);

/*
 * The fault of a model, a global called @id_model (tests look at it by itself); what follows are
 * fields of struct fault, at least name and summary.
 */
#define CODE_FAULT(id, ...)                                                                      \
	static int id##_inject(const struct fault_site *site, const struct fault_values *values, \
			       struct fault_shot *shot, char **why)                              \
	{                                                                                        \
		return code_inject(&id##_model, site, values, shot, why);                        \
	}                                                                                        \
	static const struct fault id##_fault = {                                                 \
		.family = "code",                                                                \
		.activation = "the changed instruction is about to be executed (a breakpoint)",  \
		.params = code_params,                                                           \
		.applies = code_applies,                                                         \
		.inject = id##_inject,                                                           \
		.end = code_end,                                                                 \
		__VA_ARGS__                                                                      \
	};                                                                                       \
	FAULT(id##_fault)

#endif
