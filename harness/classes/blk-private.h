/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the class of disks share: blk.c, blk_backing.c for files of the user's,
 * blk_settings.c, and blk_stock.c for "via: stock".
 */
#ifndef DRIVERVM_CLASSES_BLK_PRIVATE_H
#define DRIVERVM_CLASSES_BLK_PRIVATE_H

#include "classes/class.h"
#include "classes/joint.h"

#define BLK_NAME_MAX 32

/* A device's part of the host. */
struct blk_store {
	int fd; /* memfd, or the file that the user chose */
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

/* What a description can say of a disk. */
extern const struct device_option blk_options[];
/* The path of the file that the user chose; NULL: none. */
const char *blk_backing(const struct device *dev);
bool blk_read_only(const struct device *dev);
/* QEMU's block driver for the backing store. */
const char *blk_backing_driver(const struct device *dev);
/*
 * The user's file, opened, checked and locked; the lock goes with the last duplicate. Or -EINVAL
 * with a line that says why not in *@why, which the caller frees.
 */
int blk_backing_open(const struct device *dev, char **why);
int blk_check_options(const struct device *dev, char **why);

/* What can be changed of a disk while it is up. */
extern const struct device_setting blk_settings[];
/* Of the link's ends, and of the client's checks. */
int blk_counters(struct device *dev, counter_fn fn, void *arg);

extern const struct device_stock blk_stock;

#endif
