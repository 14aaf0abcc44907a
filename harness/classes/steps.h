/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps in guests that classes have in common. */
#ifndef DRIVERVM_CLASSES_STEPS_H
#define DRIVERVM_CLASSES_STEPS_H

#include "classes/class.h"

/* For one step in a guest. TCG on a loaded host is slow; a hang is found out all the same. */
#define STEP_US (30 * USEC_PER_SEC)

/* Loads the stock modules of the device's driver; sets dev->loaded_us. */
int step_load_driver(struct device *dev, struct vm *vm);
/* Waits as long after that as the driver's settle_ms says. */
int step_settle(struct device *dev);
/*
 * Runs a shell script in a guest that has a shell; reports a failure as "DEVICE: cannot @what",
 * with what the script printed.
 */
int step_script(struct device *dev, struct vm *vm, const char *what, const char *script);
/*
 * Waits until @path can be read in the guest, and returns its text without the final newline,
 * which the caller frees. Reports what was waited for: "DEVICE: no @what in VM ...".
 */
int step_wait_file(struct device *dev, struct vm *vm, const char *what, const char *path,
		   char **text);
/* Emits lines "name value" of a guest file, with @prefix before each name. */
int step_counters(struct vm *vm, const char *path, const char *prefix, counter_fn fn, void *arg);

#endif
