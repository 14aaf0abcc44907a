/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's side of `drivervm attach`: a socket per console and per shell of each VM, in the
 * runtime folder. Who joins first sees what was printed lately. One at a time each.
 */
#ifndef DRIVERVM_SYSTEM_ATTACH_H
#define DRIVERVM_SYSTEM_ATTACH_H

#include "core/loop.h"
#include "system/system.h"

struct attach;

/* A socket that there is in the folder of whoever can be attached to. */
#define ATTACH_SIGN SYSTEM_CLIENT ".shell"

/* Opens VM.console and VM.shell in @dir for each VM of @sys. 0 or errno, reported. */
int attach_open(struct attach **a, struct loop *loop, struct system *sys, const char *dir);
/* Joins the consoles and shells of VMs that were replaced, or started again. */
void attach_renew(struct attach *a);
/* Closes all, hanging up on who is joined. NULL is allowed. Before system_down(). */
void attach_close(struct attach *a);

#endif
