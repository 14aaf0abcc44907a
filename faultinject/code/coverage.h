/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which code of a driver runs under a load. Most of it never does (there are settings, other
 * models of the device, errors), and a fault there shows nothing; so campaigns look once, and then
 * choose among the instructions that do run.
 */
#ifndef DRIVERVM_CODE_COVERAGE_H
#define DRIVERVM_CODE_COVERAGE_H

#include "faultinject/code/module.h"

/* Instructions that always run one after another, of which the first ran. */
struct code_block {
	char *function;
	uint64_t offset; /* in the function */
	uint64_t size; /* bytes */
};

/* What is known of a module; belongs to the process. */
struct code_coverage {
	struct code_coverage *next;
	char *module;
	struct code_block *blocks; /* those that ran, in the module's order */
	size_t n_blocks;
};

/*
 * Watches the module for twice @us microseconds, which the caller's load should fill: first all
 * functions, then each block of those that ran. What is watched has a breakpoint until it is
 * reached; the VM is slower meanwhile. 0, -EINTR or a negative errno with *@why. The result is
 * known from then on; it takes the place of what was known of that module before.
 */
int code_coverage_measure(const struct code_coverage **coverage, const struct fault_site *site,
			  struct code_module *m, uint64_t us, char **why);
/* What is known of module @name; NULL: nothing. */
const struct code_coverage *code_coverage_known(const char *name);
/* Did anything of the function run? */
bool code_coverage_has(const struct code_coverage *c, const char *function);
/* Did the instruction at @offset in it? */
bool code_coverage_has_insn(const struct code_coverage *c, const char *function, uint64_t offset);

/*
 * To a file and back: a block a line, as "function offset size". What was read is known of module
 * @name from then on. 0, -EINVAL (no such file's content) or another negative errno, silent.
 */
int code_coverage_store(const struct code_coverage *c, const char *path);
int code_coverage_load(const struct code_coverage **c, const char *name, const char *path);

/* -- for coverage_measure.c -- */

struct code_coverage *code_coverage_new(const char *module);
void code_coverage_add(struct code_coverage *c, const char *function, uint64_t offset,
		       uint64_t size);
/* Takes it over. */
void code_coverage_make_known(struct code_coverage *c);

#endif
