/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of experiment/ share with one another only. */
#ifndef DRIVERVM_EXPERIMENT_PRIVATE_H
#define DRIVERVM_EXPERIMENT_PRIVATE_H

#include "experiment/desc.h"
#include "experiment/plan.h"

/* The line of @text at or after the line of @anchor (NULL: the start), for messages. */
unsigned int desc_line(const struct experiment *exp, const char *anchor, const char *text);
/* What is set when @axis has @value; NULL: that is measured when the run starts. */
const char *axis_value_as(const struct experiment *exp, const char *axis, const char *value);
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

#endif
