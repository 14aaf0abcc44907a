/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands for ddfault, the module that breaks a guest from within (see
 * vm-images/modules/ddfault/ddfault.h). It is loaded with the first one. All return 0 or a negative
 * errno, with a line in *@why, which the caller frees.
 */
#ifndef DRIVERVM_FAULTINJECT_GUEST_H
#define DRIVERVM_FAULTINJECT_GUEST_H

#include "fault/fault.h"

/*
 * A command, waited for. *@result is a new object of what it says, its numbers as numbers; NULL:
 * not wanted. -EOPNOTSUPP: it found nothing to break.
 */
int guest_command(const struct fault_site *site, json_t **result, char **why, const char *fmt, ...)
	__printf(4, 5);
/* A command that the guest does not live to answer: returns as soon as it is sent. */
int guest_last_command(const struct fault_site *site, char **why, const char *command);
/* A command that ends what an earlier one began; silent. */
int guest_undo(const struct fault_site *site, const char *command);

/*
 * For fault->end: a command that ends what an earlier one began, and says how long ago that struck
 * (age_us), if it did, and more, which is added to @shot->what. Nothing if the VM is gone.
 */
void guest_end(const struct fault_site *site, const char *command, struct fault_shot *shot);

/* For fault->applies: only of drivers of PCI devices. */
int guest_pci_applies(const struct fault_site *site, char **why);
/*
 * For inject(): a command that takes the driver's PCI device something for as long as parameter
 * "ms" says (see lasting.h), after which it is given all back.
 */
int guest_pci_take(const struct fault_site *site, const struct fault_values *values,
		   const char *command, struct fault_shot *shot, char **why);
/* The driver's module, as the kernel writes its name; the caller frees. */
char *guest_module(const struct fault_site *site);

#endif
