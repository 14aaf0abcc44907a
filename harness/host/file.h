/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small files by which a host is told what to do, of /sys, /proc and cgroups. They are written
 * in place, with one write, and are never made: core/util.h's file_write() does the opposite.
 */
#ifndef DRIVERVM_HOST_FILE_H
#define DRIVERVM_HOST_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Writes a value. Returns 0 or a negative errno, silently. */
int host_write(const char *path, const char *value);
/* host_write() of a number. */
int host_write_u64(const char *path, uint64_t value);
/* All of it without the newline at its end; the caller frees it. 0 or a negative errno, silently.
 */
int host_read(const char *path, char **value);
/* A file that holds one number. 0, -EINVAL (it holds none) or another negative errno, silently. */
int host_read_u64(const char *path, uint64_t *value);
/* The number after @key in a file of lines "KEY NUMBER". -ENODATA: it has no such line. */
int host_read_key(const char *path, const char *key, uint64_t *value);

/*
 * For a change of the host that was refused: is it that this user may not, or that this kernel
 * cannot? Then -EOPNOTSUPP, which makes an experiment skip what needs it; else @err. Reports
 * "@what: why" in either case.
 */
int host_refused(int err, const char *what);

#endif
