/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --set of `drivervm up`: options of one device, and settings of all that have them. */
#ifndef DRIVERVM_CLI_UP_SETTINGS_H
#define DRIVERVM_CLI_UP_SETTINGS_H

#include "system/system.h"

/*
 * Takes "DEVICE.KEY=VALUE" into the description; of "KEY=VALUE" only sees whether there is such a
 * setting with such a value. 0, or -EINVAL, reported.
 */
int up_set(struct system_desc *desc, const char *set);
/* Applies those of @sets that up_set() has only seen. 0 or a negative errno, reported. */
int up_settings_apply(struct system *sys, char *const *sets, size_t n);

#endif
