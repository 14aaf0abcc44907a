// SPDX-License-Identifier: GPL-2.0-or-later
/* Progress of long work on stderr. */
#include "core/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/log.h"

#define BAR 24 /* columns */
/* Before this share is done the pace says little, and the estimate is taken as it is. */
#define PACE_KNOWN 0.03

static struct {
	bool active;
	bool terminal;
	double total, done; /* seconds of the estimate */
	uint64_t start_us;
	char text[160];
} progress;

const char *duration_text(uint64_t us, char *buf, size_t size)
{
	uint64_t s = (us + USEC_PER_SEC / 2) / USEC_PER_SEC;

	if (s < 60)
		snprintf(buf, size, "%u s", (unsigned int)s);
	else if (s < 600)
		snprintf(buf, size, "%u min %u s", (unsigned int)(s / 60), (unsigned int)(s % 60));
	else if (s < 7200)
		snprintf(buf, size, "%u min", (unsigned int)((s + 30) / 60));
	else
		snprintf(buf, size, "%u h %u min", (unsigned int)(s / 3600),
			 (unsigned int)(s % 3600 / 60));
	return buf;
}

uint64_t progress_left_us(double done, double total, uint64_t elapsed_us)
{
	double left = total - done;

	if (!(left > 0))
		return 0;
	if (done < PACE_KNOWN * total)
		return (uint64_t)(left * (double)USEC_PER_SEC);
	return (uint64_t)(left / done * (double)elapsed_us);
}

static unsigned int percent(void)
{
	double share = progress.total > 0 ? progress.done / progress.total : 0;

	return (unsigned int)(100 * (share < 1 ? share : 1));
}

static int columns(void)
{
	struct winsize ws;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0 ? ws.ws_col : 80;
}

static void clear(void)
{
	fputs("\r\033[K", stderr);
}

static void draw(void)
{
	static const char full[] = "########################";
	unsigned int filled = BAR * percent() / 100;
	char left[32], line[256];

	duration_text(progress_left_us(progress.done, progress.total, now_us() - progress.start_us),
		      left, sizeof(left));
	snprintf(line, sizeof(line), "[%.*s%*s] %3u %%  %s left  %s", (int)filled, full,
		 (int)(BAR - filled), "", percent(), left, progress.text);
	fprintf(stderr, "\r%.*s\033[K", columns() - 1, line);
	fflush(stderr);
}

void progress_begin(double seconds)
{
	progress.active = true;
	progress.terminal = isatty(STDERR_FILENO);
	progress.total = seconds;
	progress.done = 0;
	progress.start_us = now_us();
	progress.text[0] = '\0';
	if (progress.terminal) {
		log_before = clear;
		log_after = draw;
	}
}

void progress_at(double done, const char *fmt, ...)
{
	char left[32];
	va_list ap;

	if (!progress.active)
		return;
	progress.done = done;
	va_start(ap, fmt);
	vsnprintf(progress.text, sizeof(progress.text), fmt, ap);
	va_end(ap);
	if (progress.terminal) {
		draw();
		return;
	}
	duration_text(progress_left_us(done, progress.total, now_us() - progress.start_us), left,
		      sizeof(left));
	fprintf(stderr, "[%3u %%, %s left] %s\n", percent(), left, progress.text);
}

void progress_end(void)
{
	if (progress.active && progress.terminal) {
		clear();
		fflush(stderr);
		log_before = NULL;
		log_after = NULL;
	}
	progress.active = false;
}
