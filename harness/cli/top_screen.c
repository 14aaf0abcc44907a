// SPDX-License-Identifier: GPL-2.0-or-later
/* The few things that a live table wants of a terminal, by escape sequences that all of them know.
 */
#include "cli/top_screen.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define OTHER_SCREEN "\033[?1049h\033[?25l" /* and no cursor */
#define FIRST_SCREEN "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

void top_screen_open(struct top_screen *s)
{
	struct termios raw;

	s->has_keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &s->old) == 0;
	if (s->has_keys) {
		raw = s->old;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		/* Stopped, it would leave the terminal as it is now. */
		raw.c_cc[VSUSP] = _POSIX_VDISABLE;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(OTHER_SCREEN, stdout);
	fflush(stdout);
}

void top_screen_close(struct top_screen *s)
{
	fputs(FIRST_SCREEN, stdout);
	fflush(stdout);
	if (s->has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->old);
}

void top_screen_size(unsigned int *rows, unsigned int *columns)
{
	struct winsize size = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*rows = size.ws_row ? size.ws_row : 24;
	*columns = size.ws_col ? size.ws_col : 80;
}

/* Overwritten line by line: clearing it all first would flicker. The last line has no newline. */
void top_screen_show(const char *text)
{
	const char *end;

	fputs(HOME, stdout);
	for (; *text; text = end + 1) {
		end = strchrnul(text, '\n');
		printf("%.*s" CLEAR_LINE, (int)(end - text), text);
		if (!*end || !end[1])
			break;
		fputs("\r\n", stdout);
	}
	fputs(CLEAR_BELOW, stdout);
	fflush(stdout);
}
