/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions of a driver run under a load. Most of a driver's code never does (there are
 * settings, rare devices, errors), and a fault there shows nothing; so campaigns look once, and
 * then choose among the functions that do run.
 */
#ifndef DRIVERVM_CODE_COVERAGE_H
#define DRIVERVM_CODE_COVERAGE_H

#include "faultinject/code/module.h"

struct code_coverage;

/*
 * Watches the module for @us microseconds, which the caller's load should fill: each function has a
 * breakpoint until it is entered. The VM is slower meanwhile. 0, -EINTR or a negative errno with
 * *@why. The result is known from then on, and belongs to the process; it takes the place of what
 * was known before, pointers to which are void.
 */
int code_coverage_measure(const struct code_coverage **coverage, const struct fault_site *site,
			  const struct code_module *m, uint64_t us, char **why);
/* What is known of module @name; NULL: nothing. */
const struct code_coverage *code_coverage_known(const char *name);
/* Did the function run? */
bool code_coverage_has(const struct code_coverage *coverage, const char *function);
/* How many did? */
size_t code_coverage_count(const struct code_coverage *coverage);

/*
 * To a file and back: one function a line, in order. A file that was read is known as what module
 * @name's. 0 or a negative errno, silent.
 */
int code_coverage_store(const struct code_coverage *coverage, const char *path);
int code_coverage_load(const struct code_coverage **coverage, const char *name, const char *path);

#endif
