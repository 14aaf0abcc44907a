/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the class of disks share: blk.c, and blk_stock.c for "via: stock". */
#ifndef DRIVERVM_CLASSES_BLK_PRIVATE_H
#define DRIVERVM_CLASSES_BLK_PRIVATE_H

#include "classes/class.h"
#include "classes/joint.h"

#define BLK_NAME_MAX 32

/* A device's part of the host. */
struct blk_store {
	int fd; /* memfd */
	const struct vm *vm; /* that has the disk, */
	char disk[BLK_NAME_MAX]; /* and what it is called there; "" until found */
};

/* The host's part of a system's disks: dev->host. */
struct blk_host {
	struct blk_store *stores; /* by device index */
	size_t n;
	struct joints joints;
};

/* Loads nothing; waits for the disk of the device's driver in dev->vm: "nvme0n1". Reports. */
int blk_find_disk(struct device *dev, char name[BLK_NAME_MAX]);
/*
 * Waits until there is a disk in @vm for which @is() holds: 1, or 0, or a negative errno, which
 * ends it. Returns 0, -ETIMEDOUT, -EINTR..., silently.
 */
int blk_wait_disk(const struct device *dev, struct vm *vm,
		  int (*is)(const struct device *dev, const char *name), char name[BLK_NAME_MAX]);
/* Disk @name is what the client uses. */
void blk_set_path(struct device *dev, const char *name);

extern const struct device_stock blk_stock;

#endif
