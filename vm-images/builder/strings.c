// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of strings, and names out of paths. */
#include <stdlib.h>
#include <string.h>

#include "builder/builder.h"

bool strings_have(const struct argv *strings, const char *s)
{
	size_t i;

	for (i = 0; i < strings->n; i++)
		if (!strcmp(strings->v[i], s))
			return true;
	return false;
}

bool strings_add(struct argv *strings, const char *s)
{
	if (strings_have(strings, s))
		return false;
	argv_add(strings, "%s", s);
	return true;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strings_sort(struct argv *strings)
{
	if (strings->n)
		qsort(strings->v, strings->n, sizeof(*strings->v), compare_strings);
}

bool has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && !strcmp(s + len - n, suffix);
}

char *module_name(const char *path)
{
	const char *base = strrchr(path, '/');
	char *name = xstrdup(base ? base + 1 : path), *p;

	name[strcspn(name, ".")] = '\0';
	for (p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}
