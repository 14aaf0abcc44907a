// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a memory cgroup can be made. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "host/cgroup.h"
#include "host/file.h"

/* Is @word one of the words of @list? */
static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t len = strlen(word), n;

	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		n = strcspn(list, separators);
		if (n == len && strncmp(list, word, n) == 0)
			return true;
		list += n;
	}
	return false;
}

static bool file_has_memory(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name), *text = NULL;
	bool has = host_read(path, &text) == 0 && has_word(text, "memory", " \n");

	free(text);
	free(path);
	return has;
}

/* The mount of cgroups of a version that could have the memory controller. */
struct mount {
	char root[512]; /* which folder of the hierarchy is seen there */
	char point[512];
};

static bool parse_mount(const char *line, unsigned int version, struct mount *mount)
{
	char type[32], options[256];
	const char *rest = strstr(line, " - ");
	const char *end = strchrnul(line, '\n');

	if (!rest || rest > end ||
	    sscanf(line, "%*u %*u %*s %511s %511s", mount->root, mount->point) != 2 ||
	    sscanf(rest, " - %31s %*s %255s", type, options) != 2)
		return false;
	if (version == 2)
		return streq(type, "cgroup2");
	return streq(type, "cgroup") && has_word(options, "memory", ",");
}

static bool find_mount(const char *mountinfo, unsigned int version, struct mount *mount)
{
	const char *line = mountinfo;

	while (line && *line) {
		if (parse_mount(line, version, mount))
			return true;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return false;
}

/* Our own cgroup: "4:memory:/some/where", or "0::/some/where" in version 2. */
static bool find_self(const char *self, unsigned int version, char path[512])
{
	const char *line = self, *second, *third;
	char list[256];

	for (; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		second = strchr(line, ':');
		third = second ? strchr(second + 1, ':') : NULL;
		if (!third || third - second > (long)sizeof(list))
			return false;
		snprintf(list, sizeof(list), "%.*s", (int)(third - second - 1), second + 1);
		if (version == 2 ? !list[0] : has_word(list, "memory", ","))
			return sscanf(third + 1, "%511[^\n]", path) == 1;
	}
	return false;
}

/* Our own folder as it is seen here: at the mount itself, if that shows another part of the tree.
 */
static char *own_folder(const struct mount *mount, const char *self)
{
	size_t len = streq(mount->root, "/") ? 0 : strlen(mount->root);

	if (strncmp(self, mount->root, len) != 0 || (self[len] && self[len] != '/') ||
	    strstr(self, "/.."))
		return xstrdup(mount->point);
	return xasprintf("%s%s", mount->point, streq(self + len, "/") ? "" : self + len);
}

/*
 * In version 2 a folder that has processes gives no memory control to its children (but for the
 * root), so ours becomes a sister of the folder that we are in.
 */
static int climb(struct cgroup_place *place, const struct mount *mount)
{
	size_t top = strlen(mount->point);
	char *slash;

	while (!file_has_memory(place->parent, "cgroup.subtree_control")) {
		slash = strrchr(place->parent + top, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	if (strlen(place->parent) > top || file_has_memory(place->parent, "cgroup.subtree_control"))
		return 0;
	place->enable = true;
	return file_has_memory(place->parent, "cgroup.controllers") ? 0 : -EOPNOTSUPP;
}

int cgroup_place_find(struct cgroup_place *place, const char *mountinfo, const char *self)
{
	struct mount mount;
	char path[512];
	int err = 0;

	memset(place, 0, sizeof(*place));
	for (place->version = 1; place->version <= 2; place->version++)
		if (find_mount(mountinfo, place->version, &mount))
			break;
	if (place->version > 2)
		return -EOPNOTSUPP;
	if (!find_self(self, place->version, path))
		strcpy(path, "/");
	place->parent = own_folder(&mount, path);
	if (place->version == 2)
		err = climb(place, &mount);
	if (err)
		cgroup_place_clear(place);
	return err;
}

void cgroup_place_clear(struct cgroup_place *place)
{
	free(place->parent);
	place->parent = NULL;
}
