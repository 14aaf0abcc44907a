/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the systems that are up `drivervm top` is to show. */
#ifndef DRIVERVM_CLI_TOP_TARGET_H
#define DRIVERVM_CLI_TOP_TARGET_H

#include <sys/types.h>

/*
 * The process that has up the system called @target; or @target is its number; or NULL: the only
 * one there is. Reports, in one line, if there is none, or several (-ENOENT, -EINVAL).
 */
int top_target(const char *target, pid_t *pid);

#endif
