/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands for ddfault, the module that breaks a guest from within (see
 * vm-images/modules/ddfault/ddfault.h). It is loaded with the first one.
 */
#ifndef DRIVERVM_FAULTINJECT_GUEST_H
#define DRIVERVM_FAULTINJECT_GUEST_H

#include "fault/fault.h"

/* Loads it. 0 or a negative errno, with a line in *@why, which the caller frees. */
int guest_load(const struct fault_site *site, char **why);
/* A command, waited for. *@result, which the caller frees, is what it says; NULL: not wanted. */
int guest_command(const struct fault_site *site, char **result, char **why, const char *fmt, ...)
	__printf(4, 5);
/* One for the end of what an earlier one began; no message of what fails then. */
int guest_undo(const struct fault_site *site, const char *command);
/* A command that the guest does not live to answer: returns as soon as it is sent. */
int guest_last_command(const struct fault_site *site, char **why, const char *command);

#endif
