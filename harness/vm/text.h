/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guests and QEMU wrote, made fit to be shown in a message. */
#ifndef DRIVERVM_VM_TEXT_H
#define DRIVERVM_VM_TEXT_H

#include <stddef.h>

/* Replaces every byte that could steer a terminal, except newline and tab, by '?'. */
void text_defuse(char *text);
/* The last line of @text that is not empty, defused, at most 200 bytes; "" if none. Free it. */
char *text_last_line(const char *text);
/* The same of the end of a file; "" if it cannot be read. */
char *text_file_last_line(const char *path);

#endif
