/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How one change of the host is undone. For the guardian, which runs these in a process of its own.
 */
#ifndef DRIVERVM_HOST_UNDO_H
#define DRIVERVM_HOST_UNDO_H

#include <stdint.h>

#define UNDO_PATH_MAX 512
#define UNDO_VALUE_MAX 64

enum undo_kind {
	UNDO_WRITE, /* value is written to path */
	UNDO_CGROUP, /* the cgroup folder path is removed, once the processes in it are dead */
	UNDO_SWAPOFF, /* path is swap no longer */
};

/* Holds no pointer: it is sent from one process to another. */
struct undo {
	uint32_t kind; /* enum undo_kind */
	char path[UNDO_PATH_MAX];
	char value[UNDO_VALUE_MAX]; /* UNDO_WRITE only */
};

/* -ENAMETOOLONG if it does not fit. @value may be NULL. */
int undo_fill(struct undo *undo, enum undo_kind kind, const char *path, const char *value);
/*
 * Undoes a change, or what was made of it: that there is nothing (left) to undo is well. What is
 * busy is tried again for some seconds. Returns 0 or a negative errno, reported.
 */
int undo_run(const struct undo *undo);

#endif
