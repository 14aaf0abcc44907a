// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel modules of an image: those of the recipe, what they depend on (as the modules themselves
 * say), and the modules.dep that the agent loads them by.
 */
#include <errno.h>
#include <fts.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/builder.h"
#include "builder/image.h"
#include "core/log.h"

struct kmodule {
	char *name; /* with '_' for '-', as the kernel has it */
	char *source; /* the host's file */
	char *path; /* below /lib/modules/RELEASE */
	bool chosen; /* goes into the image */
};

struct kmodules {
	struct kmodule *v; /* every module there is */
	size_t n;
	struct argv built_in; /* names of those in the kernel itself */
	struct kmod_ctx *ctx;
};

static struct kmodule *find(const struct kmodules *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].name, name))
			return &all->v[i];
	return NULL;
}

static void add(struct kmodules *all, const char *source, const char *path)
{
	all->v = xreallocarray(all->v, all->n + 1, sizeof(*all->v));
	all->v[all->n++] = (struct kmodule){ .name = module_name(path),
					     .source = xstrdup(source),
					     .path = xstrdup(path) };
}

/* All modules below @dir; their paths in the guest begin with @prefix. */
static int scan(struct kmodules *all, const char *dir, const char *prefix)
{
	char *const dirs[] = { (char *)dir, NULL };
	FTS *fts = fts_open(dirs, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	char *path;

	while (fts && (entry = fts_read(fts))) {
		if (entry->fts_info != FTS_F || !has_suffix(entry->fts_name, ".ko"))
			continue;
		path = xasprintf("%s%s", prefix, entry->fts_path + strlen(dir));
		add(all, entry->fts_path, path);
		free(path);
	}
	if (fts)
		fts_close(fts);
	if (all->n)
		return 0;
	pr_err("%s: no kernel modules here", dir);
	return -ENOENT;
}

static int read_built_in(struct kmodules *all, struct tree *tree, const char *dir,
			 const char *release)
{
	char *source = xasprintf("%s/modules.builtin", dir);
	char *path = xasprintf("/lib/modules/%s/modules.builtin", release);
	char *text, *line, *save, *name;
	int err = file_read(source, &text, NULL);

	if (err) {
		pr_err("%s: %s", source, strerror(-err));
		goto out;
	}
	tree_add_file(tree, path, source, 0644);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		name = module_name(line);
		argv_add(&all->built_in, "%s", name);
		free(name);
	}
	free(text);
out:
	free(path);
	free(source);
	return err;
}

/* The names that a module's "depends" has, separated by commas; the caller frees. */
static char *depends_of(const struct kmodules *all, const struct kmodule *m)
{
	struct kmod_list *info = NULL, *item;
	struct kmod_module *mod;
	char *depends = NULL;

	if (kmod_module_new_from_path(all->ctx, m->source, &mod) < 0)
		return NULL;
	if (kmod_module_get_info(mod, &info) >= 0)
		kmod_list_foreach(item,
				  info) if (!depends &&
					    !strcmp(kmod_module_info_get_key(item), "depends"))
			depends = xstrdup(kmod_module_info_get_value(item));
	kmod_module_info_free_list(info);
	kmod_module_unref(mod);
	return depends;
}

/*
 * Adds to @order the names of a module and all it needs, those it needs before it. @asker is for
 * the message.
 */
static int collect(const struct kmodules *all, const char *name, const char *asker,
		   struct argv *order)
{
	struct kmodule *m = find(all, name);
	char *depends, *word, *save;
	int err = 0;

	if (strings_have(&all->built_in, name) || strings_have(order, name))
		return 0;
	if (!m) {
		pr_err("%s asks for the kernel module %s, which does not exist", asker, name);
		return -ENOENT;
	}
	depends = depends_of(all, m);
	if (!depends) {
		pr_err("%s: not a kernel module", m->source);
		return -EINVAL;
	}
	for (word = strtok_r(depends, ",", &save); word && !err;
	     word = strtok_r(NULL, ",", &save)) {
		char *other = module_name(word);

		err = collect(all, other, name, order);
		free(other);
	}
	if (!err)
		strings_add(order, name);
	free(depends);
	return err;
}

static int choose(struct kmodules *all, const struct argv *wanted)
{
	struct argv order = { 0 };
	char *name;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < wanted->n; i++) {
		name = module_name(wanted->v[i]);
		err = collect(all, name, "a list", &order);
		free(name);
	}
	for (i = 0; i < order.n; i++)
		find(all, order.v[i])->chosen = true;
	argv_free(&order);
	return err;
}

static int write_dep_line(FILE *f, const struct kmodules *all, const struct kmodule *m)
{
	struct argv order = { 0 };
	int err = collect(all, m->name, "a list", &order);
	size_t i;

	/* What the module needs, farthest last; the module itself ends the order. */
	fprintf(f, "%s:", m->path);
	for (i = order.n; !err && i > 1; i--)
		fprintf(f, " %s", find(all, order.v[i - 2])->path);
	fputc('\n', f);
	argv_free(&order);
	return err;
}

static int add_chosen(struct tree *tree, const struct kmodules *all, const char *release)
{
	char *dir = xasprintf("/lib/modules/%s", release), *path, *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);
	int err = f ? 0 : -ENOMEM;

	for (i = 0; !err && i < all->n; i++) {
		if (!all->v[i].chosen)
			continue;
		path = xasprintf("%s/%s", dir, all->v[i].path);
		tree_add_file(tree, path, all->v[i].source, 0644);
		free(path);
		err = write_dep_line(f, all, &all->v[i]);
	}
	if (f)
		fclose(f);
	path = xasprintf("%s/modules.dep", dir);
	if (!err)
		tree_add_text(tree, path, text);
	free(path);
	free(text);
	free(dir);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct kmodule *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void kmodules_free(struct kmodules *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		free(all->v[i].name);
		free(all->v[i].source);
		free(all->v[i].path);
	}
	free(all->v);
	argv_free(&all->built_in);
	kmod_unref(all->ctx);
}

int image_add_modules(struct tree *tree, const struct image_spec *spec, const struct recipe *recipe)
{
	char *dir = xasprintf("%s/lib/modules/%s", spec->root, spec->release);
	char *kernel = xasprintf("%s/kernel", dir);
	struct kmodules all = { .ctx = kmod_new(dir, NULL) };
	int err = all.ctx ? 0 : -ENOMEM;

	if (!err)
		err = read_built_in(&all, tree, dir, spec->release);
	if (!err)
		err = scan(&all, kernel, "kernel");
	if (!err && spec->modules)
		err = scan(&all, spec->modules, "extra");
	if (!err) {
		qsort(all.v, all.n, sizeof(*all.v), compare);
		err = choose(&all, &recipe->modules);
	}
	if (!err)
		err = choose(&all, &recipe->extra);
	if (!err)
		err = add_chosen(tree, &all, spec->release);
	kmodules_free(&all);
	free(kernel);
	free(dir);
	return err;
}
