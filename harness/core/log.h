/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for the person at the terminal, all on stderr; stdout is for what a verb was asked
 * to print. An error is reported once, where its context is known, and then passed up as a
 * negative errno. Not for results: those go through results/.
 */
#ifndef DRIVERVM_CORE_LOG_H
#define DRIVERVM_CORE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Messages above this level are dropped. Default LOG_LEVEL_INFO; --verbose raises it. */
extern enum log_level log_level;

/*
 * Called before and after each message, so that a progress bar can leave the line and return to
 * it. NULL (the default) for none. Owned by core/progress.c.
 */
extern void (*log_before)(void);
extern void (*log_after)(void);

/* One line; no trailing newline in @fmt. */
void log_msg(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The last error that was reported, "" if none since log_forget(). Valid until the next. */
const char *log_last_error(void);
void log_forget(void);

#define pr_err(...) log_msg(LOG_LEVEL_ERR, __VA_ARGS__)
#define pr_warning(...) log_msg(LOG_LEVEL_WARNING, __VA_ARGS__)
#define pr_info(...) log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define pr_debug(...) log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
