// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages for the person at the terminal. */
#include "core/log.h"

#include <stdio.h>

enum log_level log_level = LOG_LEVEL_INFO;
void (*log_before)(void);
void (*log_after)(void);

static const char *const log_prefix[] = {
	[LOG_LEVEL_ERR] = "drivervm: ",
	[LOG_LEVEL_WARNING] = "drivervm: warning: ",
	[LOG_LEVEL_INFO] = "",
	[LOG_LEVEL_DEBUG] = "debug: ",
};

static char last_error[512];

const char *log_last_error(void)
{
	return last_error;
}

void log_forget(void)
{
	last_error[0] = '\0';
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level == LOG_LEVEL_ERR) {
		va_start(ap, fmt);
		vsnprintf(last_error, sizeof(last_error), fmt, ap);
		va_end(ap);
	}
	if (level > log_level)
		return;
	if (log_before)
		log_before();
	va_start(ap, fmt);
	fputs(log_prefix[level], stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	if (log_after)
		log_after();
}
