/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of the shell scripts that plugins have the client run. */
#ifndef DRIVERVM_WORKLOADS_SCRIPT_H
#define DRIVERVM_WORKLOADS_SCRIPT_H

/*
 * For a format of printf(): the function up, which prints how long the client has been up, in
 * hundredths of a second, as /proc/uptime counts it.
 */
#define SCRIPT_UP "up() { read -r u rest </proc/uptime; echo ${u%%.*}${u#*.}; }\n"

#endif
