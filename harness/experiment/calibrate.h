/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the axis values that an experiment derives from a measurement. */
#ifndef DRIVERVM_EXPERIMENT_CALIBRATE_H
#define DRIVERVM_EXPERIMENT_CALIBRATE_H

#include "experiment/runner.h"

/*
 * Measures what is still to be found and defines it (experiment_define()). Returns 0, -EINTR, or
 * another negative errno with @why filled.
 */
int calibrate_experiment(struct runner *r, struct experiment *exp, char *why, size_t size);
/* Is there anything left to be measured? */
bool calibration_missing(const struct experiment *exp);
/* The value, as text, that a measurement of @measured gives. 0 or -EDOM. */
int calibration_value(const struct experiment_calibration *c, double measured, char *text,
		      size_t size);

#endif
