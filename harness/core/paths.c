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

/* @base/..., and frees @base. */
static char *join(char *base, const char *fmt, va_list ap)
{
	char *rest = NULL, *path;

	if (vasprintf(&rest, fmt, ap) < 0)
		rest = NULL;
	path = xasprintf("%s/%s", base, rest ? rest : "");
	free(rest);
	free(base);
	return path;
}

char *path_in_tree(const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = join(xstrdup(path_root()), fmt, ap);
	va_end(ap);
	return path;
}

char *path_in_cache(const char *fmt, ...)
{
	const char *xdg = getenv("XDG_CACHE_HOME");
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = join(xdg && *xdg ? xasprintf("%s/drivervm", xdg) : path_in_tree("build/cache"), fmt,
		    ap);
	va_end(ap);
	return path;
}
