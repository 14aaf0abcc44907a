// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest's kernel complains of itself. */
#include "vm/complaint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/util.h"

static char *log_path(const char *log_dir, const char *name)
{
	return xasprintf("%s/%s.kernel.log", log_dir, name);
}

size_t kernel_log_size(const char *log_dir, const char *name)
{
	char *path = log_path(log_dir, name);
	struct stat st;
	size_t size = stat(path, &st) == 0 ? (size_t)st.st_size : 0;

	free(path);
	return size;
}

static char *line_at(const char *text, const char *at)
{
	const char *begin = at;

	while (begin > text && begin[-1] != '\n')
		begin--;
	return xasprintf("%.*s", (int)strcspn(begin, "\r\n"), begin);
}

const char *kernel_log_complaint(const char *log_dir, const char *name, size_t from, char **said)
{
	static const char *const complaints[] = {
		"BUG:",	 "WARNING:",  "Oops",	      "Call Trace", "general protection",
		"stall", "hung task", "Kernel panic", "UBSAN",	    "unable to handle"
	};
	char *path = log_path(log_dir, name), *text = NULL;
	const char *found = NULL, *first = NULL, *at;
	size_t len = 0, i;

	if (file_read(path, &text, &len) == 0 && from < len) {
		for (i = 0; i < ARRAY_SIZE(complaints); i++) {
			at = strstr(text + from, complaints[i]);
			if (!at || (first && at > first))
				continue;
			first = at;
			found = complaints[i];
		}
	}
	if (found && said)
		*said = line_at(text, first);
	free(text);
	free(path);
	return found;
}
