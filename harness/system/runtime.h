/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The private folder of a process that has systems up (`drivervm up`, `run`, `reproduce`), in which
 * its sockets lie: $XDG_RUNTIME_DIR/drivervm-PID or /tmp/drivervm-PID, mode 0700. Removed on exit;
 * one that a killed process left behind is removed by the next.
 */
#ifndef DRIVERVM_SYSTEM_RUNTIME_H
#define DRIVERVM_SYSTEM_RUNTIME_H

#include <sys/types.h>

/* Makes this process's folder, and removes stale ones. *@path is the caller's. 0 or errno,
 * reported. */
int runtime_create(char **path);
/* Removes the folder and the sockets in it; frees @path. NULL is allowed. */
void runtime_remove(char *path);
/* Of @file in the folder of process @pid, whether it is there or not; the caller frees it. */
char *runtime_path(pid_t pid, const char *file);
/* The running processes of this user whose folders hold @file, in no order; free *@pids. */
void runtime_list(const char *file, pid_t **pids, size_t *n);
/*
 * The folder of the only such process, or of @pid, if that is not 0. Reports if there is none, or
 * several (-ENOENT, -EINVAL).
 */
int runtime_find(pid_t pid, const char *file, char **path);

#endif
