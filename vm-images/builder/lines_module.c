// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts a module of the kernel: the sources of its objects, and the files beside them that these
 * include. Which objects they are, its Makefile says, and make reads it: it may hold conditions,
 * functions and options of the kernel's configuration.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/lines.h"
#include "core/log.h"

#define GOAL "drivervm-objects"

/* kbuild prefers a Kbuild. NULL: there is neither. */
static char *find_makefile(const struct lines_module *m)
{
	static const char *const names[] = { "Kbuild", "Makefile" };
	char *path;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		path = xasprintf("%s/%s/%s", m->tree, m->dir, names[i]);
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

/* A recipe is expanded only when all is read, so this says what the lists are in the end. */
static void add_question(struct argv *ask, const struct lines_module *m, const char *makefile)
{
	argv_add_all(ask, (const char *const[]){ "make", "-rRs", NULL });
	if (m->config)
		argv_add_all(ask, (const char *const[]){ "-f", m->config, NULL });
	argv_add_all(ask, (const char *const[]){ "-f", makefile, NULL });
	argv_add(ask, "src=%s/%s", m->tree, m->dir);
	argv_add(ask, "obj=%s/%s", m->tree, m->dir);
	argv_add(ask, "--eval=" GOAL ": ; $(info $(%s-objs) $(%s-y) $(%s-m))", m->name, m->name,
		 m->name);
	argv_add(ask, GOAL);
}

static int list_objects(const struct lines_module *m, const char *makefile, struct argv *objects)
{
	char *text, *word, *save;
	struct argv ask = { 0 };
	int err;

	add_question(&ask, m, makefile);
	err = tool_run(&ask, NULL, &text);
	argv_free(&ask);
	if (err)
		return err;
	for (word = strtok_r(text, " \t\n", &save); word; word = strtok_r(NULL, " \t\n", &save))
		if (has_suffix(word, ".o"))
			strings_add(objects, word);
	free(text);
	return 0;
}

/* A module that no list is of is made of one object, which is called as it is. */
static int find_objects(const struct lines_module *m, struct argv *objects)
{
	char *makefile = find_makefile(m);
	int err = makefile ? list_objects(m, makefile, objects) : 0;

	if (!err && !objects->n)
		argv_add(objects, "%s.o", m->name);
	free(makefile);
	return err;
}

/* What a source includes from elsewhere serves others too. Returns -ENOENT silently. */
static int count_source(const struct lines_module *m, json_t *files, const char *name)
{
	char *path = xasprintf("%s/%s", m->dir, name);
	struct argv includes = { 0 };
	int err = 0;
	size_t i;

	if (!json_object_get(files, path))
		err = lines_count_file(files, m->tree, path, &includes);
	if (err && err != -ENOENT)
		pr_err("%s/%s: %s", m->tree, path, strerror(-err));
	for (i = 0; !err && i < includes.n; i++) {
		if (!strchr(includes.v[i], '/'))
			err = count_source(m, files, includes.v[i]);
		if (err == -ENOENT)
			err = 0;
	}
	argv_free(&includes);
	free(path);
	return err;
}

static int count_object(const struct lines_module *m, json_t *files, const char *object)
{
	static const char types[] = { 'c', 'S' };
	int len = (int)strlen(object) - 1, err = -ENOENT;
	char *name;
	size_t i;

	for (i = 0; err == -ENOENT && i < ARRAY_SIZE(types); i++) {
		name = xasprintf("%.*s%c", len, object, types[i]);
		err = count_source(m, files, name);
		free(name);
	}
	if (err == -ENOENT)
		pr_err("module %s: no source of %s in %s", m->name, object, m->dir);
	return err;
}

int lines_count_module(const struct lines_module *m, json_t **counted)
{
	struct argv objects = { 0 };
	json_t *files = json_object();
	int err = find_objects(m, &objects);
	size_t i;

	for (i = 0; !err && i < objects.n; i++)
		err = count_object(m, files, objects.v[i]);
	argv_free(&objects);
	if (err)
		json_decref(files);
	else
		*counted = lines_sum(files);
	return err;
}
