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

/* A kind of end, and QEMU's arguments that lead to it; a file that ends with CHAR_END_KIND(). */
struct char_end_kind {
	const char *const *types; /* of ddchar_types.h that have it, NULL-terminated */
	const char *property; /* of QEMU's device, by which it is told of it: "chardev" */
	/*
	 * Makes the end, or what is missing of it; *@fd goes to the QEMU of dev->vm. May set
	 * dev->peer_path. 0 or a negative errno, reported. Called again when that VM is started
	 * again.
	 */
	int (*up)(struct device *dev, struct char_end *end, int *fd);
	/* What makes the end known to QEMU, by the id "DEVICE-end". In a dry run @fd is only a
	 * number. */
	void (*args)(const struct device *dev, struct argv *args, int fd);
	struct char_end_kind *next; /* in the list of all; set by CHAR_END_KIND() */
};

void char_end_register(struct char_end_kind *kind);

/* Registers a kind of end, before main() begins. */
#define CHAR_END_KIND(kind)                                            \
	static void __attribute__((constructor)) kind##_register(void) \
	{                                                              \
		char_end_register(&(kind));                            \
	}

#endif
