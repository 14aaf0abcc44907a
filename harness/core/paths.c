// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the tree's own files lie. */
#include "core/paths.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *path_root(void)
{
	static char root[PATH_MAX];
	const char *env = getenv("DRIVERVM_ROOT");
	ssize_t n;
	int up;

	if (root[0])
		return root;
	if (env && *env && strlen(env) < sizeof(root))
		return strcpy(root, env);
	n = readlink("/proc/self/exe", root, sizeof(root) - 1);
	if (n <= 0)
		return strcpy(root, ".");
	root[n] = '\0';
	for (up = 0; up < 2; up++)
		*strrchr(root, '/') = '\0';
	return root[0] ? root : strcpy(root, "/");
}

char *path_in_tree(const char *fmt, ...)
{
	char *rest = NULL, *path;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&rest, fmt, ap) < 0)
		rest = NULL;
	va_end(ap);
	path = xasprintf("%s/%s", path_root(), rest ? rest : "");
	free(rest);
	return path;
}
