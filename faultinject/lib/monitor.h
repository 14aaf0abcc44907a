/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's monitor for humans, for what QMP has no command for. */
#ifndef DRIVERVM_FAULTINJECT_MONITOR_H
#define DRIVERVM_FAULTINJECT_MONITOR_H

#include "fault/fault.h"

/*
 * A command that says nothing if it has done as it was told: 0. Else -EOPNOTSUPP, or the errno of
 * asking, with a line in *@why; the caller frees it.
 */
int monitor_command(const struct fault_site *site, const char *line, char **why);

#endif
