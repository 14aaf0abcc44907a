// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the lists of what goes into an image. */
#include "builder/recipe.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/builder.h"
#include "core/log.h"

static char *beside(const char *path, const char *folder, const char *name)
{
	char *copy = xstrdup(path);
	char *full = xasprintf("%s/%s%s", dirname(copy), folder, name);

	free(copy);
	return full;
}

static int take_include(struct recipe *recipe, const char *path, const char *name)
{
	char *full = beside(path, "", name);
	int err = recipe_read(recipe, full);

	free(full);
	return err;
}

static void take_copy(struct recipe *recipe, const char *path, const char *name)
{
	char *full = beside(path, "rootfs", name);

	strings_add(&recipe->copies, full);
	free(full);
}

static int take(struct recipe *recipe, const char *path, const char *word, const char *value)
{
	const struct {
		const char *word;
		struct argv *strings;
		bool is_path;
	} kinds[] = {
		{ "package", &recipe->packages, false },
		{ "module", &recipe->modules, false },
		{ "extra", &recipe->extra, false },
		{ "file", &recipe->files, true },
		{ "applets", &recipe->applets, true },
		{ "architecture", &recipe->architecture, false },
	};
	size_t i;

	if (!strcmp(word, "include"))
		return take_include(recipe, path, value);
	if (!strcmp(word, "copy") && *value == '/') {
		take_copy(recipe, path, value);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(word, kinds[i].word) && (*value == '/') == kinds[i].is_path) {
			strings_add(kinds[i].strings, value);
			return 0;
		}
	return -EINVAL;
}

static int read_line(struct recipe *recipe, const char *path, unsigned int number, char *line)
{
	char *save, *word, *value, *more;
	int err;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, " \t\n", &save);
	if (!word)
		return 0;
	value = strtok_r(NULL, " \t\n", &save);
	more = strtok_r(NULL, " \t\n", &save);
	if (!value || more) {
		pr_err("%s:%u: '%s' takes one word", path, number, word);
		return -EINVAL;
	}
	err = take(recipe, path, word, value);
	if (err == -EINVAL)
		pr_err("%s:%u: '%s %s': expected include FILE, architecture NAME, package NAME, module NAME, "
		       "extra NAME, file /PATH, applets /PATH or copy /PATH",
		       path, number, word, value);
	/* An included list that fails has been reported with its own line. */
	return err ? -EBADMSG : 0;
}

int recipe_read(struct recipe *recipe, const char *path)
{
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	int err = 0;
	FILE *f;

	/* Included twice is as good as once; and a list that includes itself must end. */
	if (!strings_add(&recipe->lists, path))
		return 0;
	f = fopen(path, "re");
	if (!f) {
		err = -errno;
		pr_err("%s: %s", path, strerror(-err));
		return err;
	}
	while (!err && getline(&line, &size, f) > 0)
		err = read_line(recipe, path, ++number, line);
	free(line);
	fclose(f);
	return err;
}

void recipe_free(struct recipe *recipe)
{
	argv_free(&recipe->lists);
	argv_free(&recipe->architecture);
	argv_free(&recipe->packages);
	argv_free(&recipe->modules);
	argv_free(&recipe->extra);
	argv_free(&recipe->files);
	argv_free(&recipe->applets);
	argv_free(&recipe->copies);
}
