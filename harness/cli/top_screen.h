/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal of a live `drivervm top`: a screen of its own, and keys as they are pressed. */
#ifndef DRIVERVM_CLI_TOP_SCREEN_H
#define DRIVERVM_CLI_TOP_SCREEN_H

#include <stdbool.h>
#include <termios.h>

struct top_screen {
	struct termios old;
	bool has_keys; /* input is a terminal, too */
};

void top_screen_open(struct top_screen *s);
/* What was on the terminal before is there again. */
void top_screen_close(struct top_screen *s);
/* Its size; 24 lines of 80 columns if it does not say. */
void top_screen_size(unsigned int *rows, unsigned int *columns);
/* Puts a text of several lines in place of what is shown. */
void top_screen_show(const char *text);

#endif
