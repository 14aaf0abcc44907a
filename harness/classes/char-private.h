/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the class of device files share: char.c, and for hardware that needs something
 * at its other end, outside its VM, one file for each kind of end.
 */
#ifndef DRIVERVM_CLASSES_CHAR_PRIVATE_H
#define DRIVERVM_CLASSES_CHAR_PRIVATE_H

#include "classes/class.h"
#include "core/proc.h"

/* Of one device. It stays as it is while the device's VM goes and comes back. */
struct char_end {
	int fd; /* what is kept open of it, -1: nothing yet */
	int far_fd; /* and of its far side; -1: nothing */
	struct proc *proc; /* that works there; NULL: none */
};

/* A kind of end, and the arguments of QEMU that lead to it. */
struct char_end_kind {
	const char *const *types; /* of ddchar_types.h that have it, NULL-terminated */
	const char *property; /* of QEMU's device, by which it is told of it: "chardev" */
	/*
	 * Makes the end, or what is missing of it; *@fd goes to the QEMU of dev->vm. May set
	 * dev->peer_path. 0 or a negative errno, reported. Called again when that VM is started
	 * again.
	 */
	int (*up)(struct device *dev, struct char_end *end, int *fd);
	/* What makes char_end_name() known to QEMU. In a dry run @fd is only a number. */
	void (*args)(const struct device *dev, struct argv *args, int fd);
};

/* A line with a terminal of the host at its end (char_line.c). */
extern const struct char_end_kind char_line;
/* A TPM, which swtpm is (char_tpm.c). */
extern const struct char_end_kind char_tpm;

#endif
