/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few helpers every part of the harness needs: allocation that cannot fail (a host tool that
 * is out of memory has nothing better to do than say so and exit 3), clocks, small files.
 */
#ifndef DRIVERVM_CORE_UTIL_H
#define DRIVERVM_CORE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __printf(f, a) __attribute__((format(printf, f, a)))

#define USEC_PER_SEC 1000000ULL
#define USEC_PER_MSEC 1000ULL
#define NSEC_PER_SEC 1000000000ULL

/* Zeroed memory for @n elements; exits the program with status 3 if there is none. */
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
/* realloc() to @n elements of @size bytes; exits with status 3 if there is none. */
void *xreallocarray(void *p, size_t n, size_t size);
/* @p, an array of *@n elements, with room for element @i: what is new is a copy of @fresh. */
void *xgrow(void *p, size_t *n, size_t i, size_t size, const void *fresh);
char *xstrdup(const char *s) __attribute__((malloc));
char *xasprintf(const char *fmt, ...) __printf(1, 2);

/* CLOCK_MONOTONIC in microseconds and nanoseconds. */
uint64_t now_us(void);
uint64_t now_ns(void);

static inline bool streq(const char *a, const char *b)
{
	return a && b && __builtin_strcmp(a, b) == 0;
}

/* Parses a finite decimal number, which is all of @s. 0 or -EINVAL. */
int parse_number(const char *s, double *value);

/* Parses a whole number from @min to @max, which is all of @s. 0 or -EINVAL. */
int parse_uint(const char *s, unsigned int min, unsigned int max, unsigned int *value);

/* Is @word one of @list, which a NULL ends? */
bool str_listed(const char *const *list, const char *word);

/* Splits "key=value": is @s's key @key? Then its value, else NULL. */
const char *pair_value(const char *s, const char *key);

/* close() unless negative; sets *@fd to -1. */
void fd_close(int *fd);
/* The same for what takes long to close: a thread does it, and may not be done when we end. */
void fd_close_behind(int *fd);

/*
 * Reads a whole small file (at most 64 MiB), NUL-terminated, into a buffer that the caller frees.
 * @len may be NULL. Returns 0 or a negative errno, silently: the caller knows what a lack means.
 */
int file_read(const char *path, char **data, size_t *len);
/* Writes a small file, replacing it at once (rename). Returns 0 or a negative errno. */
int file_write(const char *path, const void *data, size_t len);
/* Writes all of it to @fd, whatever it takes. Returns 0 or a negative errno, silently. */
int fd_write(int fd, const void *data, size_t len);
/*
 * A file of lines that only grows: cuts off a last line that was not written whole, which would
 * spoil it for its readers. @fd is open for reading and writing. Returns 0 or a negative errno.
 */
int fd_drop_cut_line(int fd);
/* mkdir -p. Returns 0 or a negative errno. */
int mkdir_p(const char *path);

#endif
