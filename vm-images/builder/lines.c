// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts drivers and our own code, and writes lines.json; docs/result-format.md describes it. */
#include "builder/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

#define LINES_VERSION 1
#define COUNTED "lines with anything on them but white space and comments"

struct lines {
	const struct lines_spec *spec;
	const struct package *kernel;
	struct argv paths; /* of all modules there are: "kernel/drivers/net/mii.ko" */
	struct argv wanted; /* of those to be counted, the same */
	struct argv dirs; /* of these, in the kernel's source, sorted: "drivers/net" */
	struct source source;
};

/* What the kernel's package says about itself, in lib/modules/RELEASE/NAME. */
static int read_paths(struct lines *l, const char *name)
{
	char *path = xasprintf("%s/root/lib/modules/%s/%s", l->spec->cache,
			       packages_release(l->kernel), name);
	char *text, *line, *save;
	int err = file_read(path, &text, NULL);

	if (err) {
		pr_err("%s: %s", path, strerror(-err));
	} else {
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			argv_add(&l->paths, "%s", line);
		free(text);
	}
	free(path);
	return err;
}

/* NULL: there is no such module. */
static const char *find_module(const struct lines *l, const char *name)
{
	char *wanted = module_name(name), *one;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < l->paths.n && !found; i++) {
		one = module_name(l->paths.v[i]);
		if (!strcmp(one, wanted))
			found = l->paths.v[i];
		free(one);
	}
	free(wanted);
	return found;
}

/* The folder of a module in the kernel's source, which the caller frees. */
static char *source_dir(const char *path)
{
	const char *below = has_prefix(path, "kernel/") ? path + strlen("kernel/") : path;
	const char *slash = strrchr(below, '/');

	return xasprintf("%.*s", slash ? (int)(slash - below) : 0, below);
}

static int find_wanted(struct lines *l, const struct recipe *recipe)
{
	const char *path;
	char *dir;
	size_t i;

	for (i = 0; i < recipe->modules.n; i++) {
		path = find_module(l, recipe->modules.v[i]);
		if (!path) {
			pr_err("a list asks for the kernel module %s, which does not exist",
			       recipe->modules.v[i]);
			return -ENOENT;
		}
		strings_add(&l->wanted, path);
		dir = source_dir(path);
		strings_add(&l->dirs, dir);
		free(dir);
	}
	strings_sort(&l->dirs);
	return 0;
}

/* One that cannot be counted is left out; for the others that is no reason to be. */
static void count_module(const struct lines *l, const char *path, json_t *modules)
{
	char *key = module_name(path), *dir = source_dir(path);
	char *config =
		xasprintf("%s/root/boot/config-%s", l->spec->cache, packages_release(l->kernel));
	const char *base = strrchr(path, '/') + 1;
	char *name = xasprintf("%.*s", (int)strcspn(base, "."), base);
	const struct lines_module m = {
		.name = name,
		.tree = l->source.tree,
		.dir = dir,
		.config = config,
	};
	json_t *counted;

	if (lines_count_module(&m, &counted))
		pr_warning("module %s is not counted", key);
	else
		json_object_set_new(modules, key, counted);
	free(name);
	free(config);
	free(dir);
	free(key);
}

static json_t *count_modules(const struct lines *l)
{
	json_t *modules = json_object();
	size_t i;

	for (i = 0; i < l->wanted.n; i++)
		count_module(l, l->wanted.v[i], modules);
	return modules;
}

static int write_lines(const struct lines *l)
{
	const struct package *source = &l->source.packages.v[0];
	json_t *all, *classes, *shared;
	char *text;
	int err = lines_count_own(l->spec->tree, &classes, &shared);

	if (err)
		return err;
	all = json_pack("{s:i, s:s, s:{s:s, s:s, s:s}, s:o, s:o, s:o}", "version", LINES_VERSION,
			"counted", COUNTED, "source", "package", source->name, "package_version",
			source->version, "sha256", source->sha256, "modules", count_modules(l),
			"classes", classes, "shared", shared);
	text = json_dumps(all, JSON_INDENT(2));
	err = text ? file_write(l->spec->output, text, strlen(text)) : -ENOMEM;
	if (err)
		pr_err("%s: %s", l->spec->output, strerror(-err));
	free(text);
	json_decref(all);
	return err;
}

static int find_all(struct lines *l, const struct recipe *recipe)
{
	int err = read_paths(l, "modules.order");

	if (!err)
		err = read_paths(l, "modules.builtin");
	return err ? err : find_wanted(l, recipe);
}

int lines_write(const struct lines_spec *spec, const struct recipe *recipe)
{
	struct lines l = { .spec = spec };
	struct packages packages;
	int err = packages_load(spec->cache, &packages);

	if (err)
		return err;
	l.kernel = packages_kernel(&packages);
	err = l.kernel ? find_all(&l, recipe) : -ENOENT;
	if (!err)
		err = source_take(spec->cache, l.kernel, &l.dirs, &l.source);
	if (!err) {
		err = write_lines(&l);
		source_free(&l.source);
	}
	argv_free(&l.paths);
	argv_free(&l.wanted);
	argv_free(&l.dirs);
	packages_free(&packages);
	return err;
}
