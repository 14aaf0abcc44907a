/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which accelerator runs guests here: KVM only if a guest was seen to come up under it. That
 * /dev/kvm opens, or that a VM can be created, proves nothing: on some nested hosts stock guests
 * then hang for ever. The verdict is remembered per boot of the host and version of QEMU, in
 * $XDG_CACHE_HOME/drivervm/accel.json or, where that is not set, build/cache/accel.json.
 */
#ifndef DRIVERVM_VM_ACCEL_H
#define DRIVERVM_VM_ACCEL_H

#include "core/loop.h"
#include "core/util.h"

/* How long the probe guest may take. A KVM that works takes well under a second. */
#define ACCEL_PROBE_US (6 * USEC_PER_SEC)

/*
 * The accelerator to use: *@accel is "kvm" or "tcg" (static), *@reason one line saying why (the
 * caller frees it; it may be asked for with NULL). The probe's logs go to @log_dir (NULL:
 * beside the remembered verdict). Takes at most ACCEL_PROBE_US and a bit, once per boot of the
 * host. Returns 0, or a negative errno, reported: -ENOENT (no image to probe with), -ENODEV (no
 * QEMU), -EINTR.
 */
int accel_probe(struct loop *loop, const char *log_dir, const char **accel, char **reason);
/* The same, but boots the probe guest again whatever is remembered. */
int accel_probe_anew(struct loop *loop, const char *log_dir, const char **accel, char **reason);
/*
 * What a user asked for ("kvm", "tcg", "auto" or NULL for the same) made into one of "kvm", "tcg".
 * Errors, reported: -EINVAL (no such accelerator), -ENODEV ("kvm", but KVM runs no guest here).
 */
int accel_choose(struct loop *loop, const char *wanted, const char *log_dir, const char **accel,
		 char **reason);

#endif
