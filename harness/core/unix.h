/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stream sockets at paths of the file system. */
#ifndef DRIVERVM_CORE_UNIX_H
#define DRIVERVM_CORE_UNIX_H

/* Both: a descriptor, closed on exec, or a negative errno, silently. */

/* Joins whoever listens at @path. The descriptor blocks. */
int unix_connect(const char *path);
/* Makes @path and listens there; it is the caller's to remove. The descriptor does not block. */
int unix_listen(const char *path);

#endif
