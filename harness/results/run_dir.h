/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's folder below results/: made, found, filled. docs/result-format.md says what is in it. */
#ifndef DRIVERVM_RESULTS_RUN_DIR_H
#define DRIVERVM_RESULTS_RUN_DIR_H

#include <jansson.h>
#include <stdbool.h>

#include "core/util.h"

#define RESULT_VERSION 1

/* Could run_dir_create() make NAME (NULL is good)? 0, -EINVAL or -EEXIST, reported. */
int run_dir_check_name(const char *name);
/*
 * Makes results/NAME (NULL: the date and time), with logs/ and experiments/ in it. *@dir receives
 * its path, which the caller frees. -EEXIST: there is one; -EINVAL: no name for a folder. Reported.
 */
int run_dir_create(char **dir, const char *name);
/* Points results/latest to it. */
int run_dir_set_latest(const char *dir);
/*
 * Finds a run: a name in results/ or results/reference/, a path (with a '/'), or "latest". Returns
 * 0 or -ENOENT, reported. The caller frees *@dir, an absolute path.
 */
int run_dir_find(char **dir, const char *name);
/* DIR/..., which the caller frees. */
char *run_dir_path(const char *dir, const char *fmt, ...) __printf(2, 3);
/* Reads or writes DIR/NAME. Returns 0 or a negative errno, reported. Write steals nothing. */
int run_dir_read_json(const char *dir, const char *name, json_t **json);
int run_dir_write_json(const char *dir, const char *name, const json_t *json);
/* Copies a file into DIR/NAME. Returns 0 or a negative errno, reported. */
int run_dir_copy(const char *dir, const char *name, const char *from);

#endif
