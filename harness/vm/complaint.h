/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's kernel complains of itself: oopses, warnings, stalls. */
#ifndef DRIVERVM_VM_COMPLAINT_H
#define DRIVERVM_VM_COMPLAINT_H

#include <stddef.h>

/* The length of VM @name's kernel log in @log_dir, bytes: where what it says next begins. */
size_t kernel_log_size(const char *log_dir, const char *name);
/*
 * The first word of complaint in that log from byte @from on, static; NULL: there is none, or the
 * log cannot be read. *@said (may be NULL) receives the line it stands in, to be freed.
 */
const char *kernel_log_complaint(const char *log_dir, const char *name, size_t from, char **said);

#endif
