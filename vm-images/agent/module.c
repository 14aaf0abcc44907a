// SPDX-License-Identifier: GPL-2.0-or-later
/* The job that loads a kernel module, after those it needs, as modules.dep lists them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/agent.h"

#define DEPS_MAX 64

static char root[128]; /* /lib/modules/RELEASE */

/* Does the path name the module? Kernel and file names differ in '-' and '_'. */
static bool path_is_module(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');

	for (base = base ? base + 1 : path; *base && *name; base++, name++)
		if (*base != *name && !(strchr("-_", *base) && strchr("-_", *name)))
			return false;
	return !*name && !strcmp(base, ".ko");
}

static FILE *open_index(const char *name)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return fopen(path, "re");
}

/* The line "path: path path..." of a module, or NULL. The caller frees. */
static char *find_line(const char *name)
{
	FILE *f = open_index("modules.dep");
	char *line = NULL, *colon;
	size_t size = 0;

	if (!f)
		return NULL;
	while (getline(&line, &size, f) > 0) {
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		if (path_is_module(line, name)) {
			*colon = ' ';
			fclose(f);
			return line;
		}
	}
	free(line);
	fclose(f);
	return NULL;
}

static bool is_built_in(const char *name)
{
	FILE *f = open_index("modules.builtin");
	bool found = false;
	char line[256];

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = path_is_module(line, name);
	}
	fclose(f);
	return found;
}

static int load(const char *path, const char *params, char *why, size_t why_size)
{
	char full[384];
	int fd, err = 0;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (syscall(SYS_finit_module, fd, params, 0) && errno != EEXIST)) {
		err = errno;
		snprintf(why, why_size, "%s: %s", path, strerror(err));
	}
	if (fd >= 0)
		close(fd);
	return -err;
}

int work_modprobe(const char *payload, size_t len, char *why, size_t why_size)
{
	const char *end = memchr(payload, '\0', len);
	const char *params = end ? end + 1 : NULL;
	char *paths[DEPS_MAX], *line, *word, *save;
	struct utsname u;
	size_t n = 0;
	int err = 0;

	if (!end || end == payload || !memchr(params, '\0', len - (size_t)(params - payload))) {
		snprintf(why, why_size, "a module's name and parameters are expected");
		return -EINVAL;
	}
	if (uname(&u))
		return -errno;
	snprintf(root, sizeof(root), "/lib/modules/%s", u.release);
	line = find_line(payload);
	if (!line) {
		if (is_built_in(payload))
			return 0;
		snprintf(why, why_size, "%s: no such module in this image", payload);
		return -ENOENT;
	}
	for (word = strtok_r(line, " \n", &save); word && n < DEPS_MAX;
	     word = strtok_r(NULL, " \n", &save))
		paths[n++] = word;
	/* The last of the list needs none of the others; the module itself comes first. */
	while (n-- && !err)
		err = load(paths[n], n ? "" : params, why, why_size);
	free(line);
	return err;
}
