/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing, NULL-terminated argument vector, for the command lines of QEMU and of tools. */
#ifndef DRIVERVM_CORE_ARGV_H
#define DRIVERVM_CORE_ARGV_H

#include <stddef.h>

#include "core/util.h"

/* All zeroes is a valid, empty vector. Owns its strings. */
struct argv {
	char **v; /* NULL until the first argument; NULL-terminated after */
	size_t n;
};

void argv_add(struct argv *a, const char *fmt, ...) __printf(2, 3);
/* Adds a copy of each string up to NULL. */
void argv_add_all(struct argv *a, const char *const *strings);
/* The whole as one shell-quoted line, which the caller frees. */
char *argv_quote(const struct argv *a);
void argv_free(struct argv *a);

#endif
