/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps in guests, and arguments of QEMU, that classes have in common. */
#ifndef DRIVERVM_CLASSES_STEPS_H
#define DRIVERVM_CLASSES_STEPS_H

#include "classes/class.h"

/* For one step in a guest. TCG on a loaded host is slow; a hang is found out all the same. */
#define STEP_US (30 * USEC_PER_SEC)

/* backend_up() of hardware that needs nothing of the host. */
int step_no_backend(struct device *dev, int *fd);
/*
 * The hardware as QEMU's -device, with the id "NAME-dev", and what is plugged into it. The last of
 * these is told what is behind it on the host's side, as "@property=NAME@suffix"; @property NULL:
 * nothing is. Nothing at all of hardware that is in every machine.
 */
void step_hardware_args(const struct device *dev, struct argv *args, const char *property,
			const char *suffix);
/* qemu_args() of hardware that has nothing behind it. */
void step_device_args(const struct device *dev, struct argv *args, int fd);
/*
 * What is plugged into the hardware (drivers.yaml's medium) as the value of a -device, with "$dev"
 * replaced by the hardware's id; the caller frees it.
 */
char *step_medium(const struct device *dev);

/* Loads the stock modules of the device's driver; sets dev->loaded_us. */
int step_load_driver(struct device *dev, struct vm *vm);
/* Waits as long after that as the driver's settle_ms says. */
int step_settle(struct device *dev);
/* Loads one half of a translation module, and the link that it stands on. */
int step_load_half(struct vm *vm, const char *module);
/*
 * Waits until @look() has found in a guest what a driver makes. It returns 1, 0 (not there yet) or
 * a negative errno. 0; -ETIMEDOUT, -EINTR or what @look() returned, all unreported.
 */
int step_wait_found(const struct device *dev, int (*look)(void *arg), void *arg);
/* /dev/@name is what the client uses of the device. */
void step_set_path(struct device *dev, const char *name);
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
/* The same, until it says @wanted. */
int step_wait_text(struct device *dev, struct vm *vm, const char *what, const char *path,
		   const char *wanted);
/* Waits until the session of the device's link is up, as its client sees it. */
int step_wait_session(struct device *dev);
/* Gives the server half of the translation module the driver's device, by its name in dev->vm. */
int step_bind(struct device *dev, const char *name);
/* Emits lines "name value" of a guest file, with @prefix before each name. 0 or errno, silently. */
int step_counters(struct vm *vm, const char *path, const char *prefix, counter_fn fn, void *arg);
/* What both ends of the device's link have counted; nothing if it has none. */
int step_link_counters(struct device *dev, counter_fn fn, void *arg);

/* -- and what they read and are told -- */

/*
 * Do the first @len characters of @name name the module @module? "sd_mod" is called "sd-mod" as
 * well.
 */
bool step_same_module(const char *name, size_t len, const char *module);
/* Parses a setting that is a rate: 0, or 0.1 to @max. */
bool step_parse_rate(const char *value, double max, double *rate);

#endif
