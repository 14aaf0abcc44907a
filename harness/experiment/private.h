/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of experiment/ share with one another only. */
#ifndef DRIVERVM_EXPERIMENT_PRIVATE_H
#define DRIVERVM_EXPERIMENT_PRIVATE_H

#include "experiment/desc.h"
#include "experiment/plan.h"

/*
 * Do they measure one and the same system in turn, one after the other? In the quick pass those of
 * an invocation do that bring up the same, and of which none relies on a setting that the other
 * changes. False also if a workload is not found.
 */
bool boots_share(const struct plan *plan, const struct boot *a, const struct boot *b);
/* Does the boot at @i share the system of the one before it? */
bool boot_is_shared(const struct plan *plan, size_t i);
/* Puts those that share a system one after the other, and takes what that saves off the estimate.
 */
void plan_share(struct plan *plan);
/* How many systems are brought up. */
size_t plan_count_systems(const struct plan *plan);

/* Is it right in itself, and called @stem? 0, or -EINVAL, reported with its line. */
int desc_check(const struct experiment *exp, const char *stem);
/* The line of @text at or after the line of @anchor (NULL: the start), for messages. */
unsigned int desc_line(const struct experiment *exp, const char *anchor, const char *text);
/* What is set when @axis has @value; NULL: that is measured when the run starts. */
const char *axis_value_as(const struct experiment *exp, const char *axis, const char *value);
/* The strategy by which the boot's driver VMs are replaced, or RECOVER_NONE. */
const char *boot_recover(const struct boot *b);
/* Is a value of the matrix still to be found by @c? */
bool calibration_needed(const struct experiment *exp, const struct experiment_calibration *c);
/* Have they the same values of the same axes, in the same order? */
bool cell_equals(const struct cell *a, const struct cell *b);
/* "direction=send, mtu=1500" if @separator is ", "; the caller frees. */
char *cell_text(const struct cell *cell, const char *separator);
/* "direction=send,mtu=1500", fit for a file's name; the caller frees. */
char *cell_file_name(const struct cell *cell);
/* Does the cell meet those conditions of @set that are about axes? */
bool cell_meets(const struct cell *cell, const struct dimset *set);

/* Is @cell of @b one of those that @w is about? */
bool when_holds(const struct experiment_when *w, const struct boot *b, const struct cell *cell);

#endif
