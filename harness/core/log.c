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

void log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

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
