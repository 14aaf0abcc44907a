/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies behind a disk of class "blk" in QEMU, for the faults of disks: node NAME, a throttle in
 * group NAME-rate, above node NAME-file, the backing store (see harness/classes/blk.c). All return
 * 0 or a negative errno.
 */
#ifndef DRIVERVM_FAULTINJECT_DISK_H
#define DRIVERVM_FAULTINJECT_DISK_H

#include "fault/fault.h"

/* For fault->applies: only of disks. */
int disk_applies(const struct fault_site *site, char **why);

/*
 * Adds a node called NAME-fault, @args being the rest of what blockdev-add takes (stolen) beside
 * "image", which is the backing store, and puts it between that and the throttle. If @args has a
 * "file", that is what lies on the image.
 */
int disk_insert(const struct fault_site *site, json_t *args);
/* Takes it away. */
int disk_remove(const struct fault_site *site);
/* Lets go of what waits in the throttle. */
int disk_flush(const struct fault_site *site);

/*
 * For inject(): limits the disk to @iops requests and @bps bytes a second (0: no such limit), as
 * long as parameter "ms" says: see lasting_start(). Then what was held back is let go.
 */
int disk_limit(const struct fault_site *site, const struct fault_values *values, json_int_t iops,
	       json_int_t bps, struct fault_shot *shot, char **why);

#endif
