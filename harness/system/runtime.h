/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The private folder of a running `drivervm up`, in which its attach sockets lie:
 * $XDG_RUNTIME_DIR/drivervm-PID or /tmp/drivervm-PID, mode 0700. Removed on exit; one that a killed
 * process left behind is removed by the next.
 */
#ifndef DRIVERVM_SYSTEM_RUNTIME_H
#define DRIVERVM_SYSTEM_RUNTIME_H

#include <sys/types.h>

/* Makes this process's folder, and removes stale ones. *@path is the caller's. 0 or errno,
 * reported. */
int runtime_create(char **path);
/* Removes the folder and the sockets in it; frees @path. NULL is allowed. */
void runtime_remove(char *path);
/*
 * The folder of a running process of this user: @pid's, or with 0 the only one there is. Reports
 * if there is none, or several (-ENOENT, -EINVAL).
 */
int runtime_find(pid_t pid, char **path);

#endif
