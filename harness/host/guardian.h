/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guardian: a child process that puts back what the orchestrator changes on the host, however
 * the orchestrator ends. It is told of each change before that is made, keeps them in a stack, and
 * undoes them, last one first: when told to, or all at once when its socket to the orchestrator
 * closes, as it does also when that is killed. It is started by the first change; who changes
 * nothing has none.
 *
 * It cannot help against its own death by SIGKILL together with the orchestrator's, or a host that
 * loses power; nothing that it undoes outlives a reboot, however.
 */
#ifndef DRIVERVM_HOST_GUARDIAN_H
#define DRIVERVM_HOST_GUARDIAN_H

#include <stddef.h>
#include <sys/types.h>

#include "host/undo.h"

struct guardian;

/* Starts no process yet. Cannot fail. */
struct guardian *guardian_new(void);
/*
 * Undoes everything, ends the process and waits for its end. Returns 0 or a negative errno,
 * reported: something could not be put back. NULL is allowed.
 */
int guardian_free(struct guardian *g);

/*
 * Announces a change: what undoes it (see host/undo.h). To be called before the change is made; if
 * that then fails, it may stay announced. Returns 0 or a negative errno, reported.
 */
int guardian_announce(struct guardian *g, enum undo_kind kind, const char *path, const char *value);
/* Writes @value to a file of the host, to be put back to what it holds now. Silent on failure. */
int guardian_write(struct guardian *g, const char *path, const char *value);
/*
 * Has the guardian itself add a zram device, whose number is not known before, and remove it again
 * in the end. Returns its number or a negative errno, silently.
 */
int guardian_add_zram(struct guardian *g);

/* How many changes are announced; with guardian_rewind(), the place to return to. */
size_t guardian_mark(const struct guardian *g);
/*
 * Undoes the changes made since @mark was taken, last one first, and waits for it. Returns 0 or the
 * first failure, reported; all are tried.
 */
int guardian_rewind(struct guardian *g, size_t mark);

/* Its process; 0: not started. For tests. */
pid_t guardian_pid(const struct guardian *g);

#endif
