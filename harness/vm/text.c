// SPDX-License-Identifier: GPL-2.0-or-later
/* What guests and QEMU wrote, made fit to be shown in a message. */
#include "vm/text.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/util.h"

#define LINE_SHOWN 200

void text_defuse(char *text)
{
	unsigned char c;

	for (; *text; text++) {
		c = (unsigned char)*text;
		if ((c < ' ' && c != '\n' && c != '\t') || c >= 0x7f)
			*text = '?';
	}
}

char *text_last_line(const char *text)
{
	const char *end = text + strlen(text), *start;
	char *line;

	while (end > text && strchr("\r\n\t ", end[-1]))
		end--;
	for (start = end; start > text && start[-1] != '\n'; start--)
		;
	if (end - start > LINE_SHOWN)
		end = start + LINE_SHOWN;
	line = xasprintf("%.*s", (int)(end - start), start);
	text_defuse(line);
	return line;
}

char *text_file_last_line(const char *path)
{
	char tail[4096] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return xstrdup("");
	if (lseek(fd, -(off_t)(sizeof(tail) - 1), SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	n = read(fd, tail, sizeof(tail) - 1);
	close(fd);
	tail[n > 0 ? n : 0] = '\0';
	return text_last_line(tail);
}
