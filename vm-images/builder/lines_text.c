// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts lines of C. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/lines.h"

/*
 * Behind the string or character constant that begins here. It ends with its line at the latest:
 * an apostrophe in an #error begins none.
 */
static char *skip_constant(char *s)
{
	const char quote = *s++;

	while (*s && *s != quote && *s != '\n')
		s += *s == '\\' && s[1] ? 2 : 1;
	return *s == quote ? s + 1 : s;
}

/* Makes the comment that begins here white space, and returns what is behind it. */
static char *blank_comment(char *s)
{
	char *end = s[1] == '*' ? strstr(s + 2, "*/") : strchr(s, '\n');

	if (!end)
		end = s + strlen(s);
	else if (s[1] == '*')
		end += 2;
	for (; s < end; s++)
		if (*s != '\n')
			*s = ' ';
	return s;
}

static void blank_comments(char *s)
{
	while (*s) {
		if (*s == '"' || *s == '\'')
			s = skip_constant(s);
		else if (*s == '/' && (s[1] == '*' || s[1] == '/'))
			s = blank_comment(s);
		else
			s++;
	}
}

size_t lines_count_text(char *text, struct argv *includes)
{
	char *line, *save, name[256];
	size_t n = 0;

	blank_comments(text);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		n += line[strspn(line, " \t\r\f\v")] != '\0';
		if (sscanf(line, " # include \"%255[^\"]\"", name) == 1)
			strings_add(includes, name);
	}
	return n;
}

int lines_count_file(json_t *files, const char *tree, const char *path, struct argv *includes)
{
	char *full = xasprintf("%s/%s", tree, path), *text;
	int err = file_read(full, &text, NULL);

	if (!err) {
		json_object_set_new(files, path,
				    json_integer((json_int_t)lines_count_text(text, includes)));
		free(text);
	}
	free(full);
	return err;
}

json_t *lines_sum(json_t *files)
{
	json_int_t sum = 0;
	const char *path;
	json_t *lines;

	json_object_foreach(files, path, lines) {
		sum += json_integer_value(lines);
	}
	return json_pack("{s:o, s:I}", "files", files, "lines", sum);
}
