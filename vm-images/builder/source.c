// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's source, as far as it is of interest. CACHE/source holds Debian's package of the very
 * version of the guests' kernel, and below tree/ the folders that were taken out of it;
 * tree/.taken says which they are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/lines.h"
#include "core/log.h"

#define MARK ".taken"

/* The length of "6.1" in "6.1.0-56-amd64": packages of source are named after it. */
static int series_len(const char *release)
{
	size_t major = strcspn(release, ".");
	size_t minor = release[major] ? strcspn(release + major + 1, ".-+") + 1 : 0;

	return (int)(major + minor);
}

static int fetch_package(const char *cache, const struct package *kernel, struct packages *packages)
{
	const char *release = packages_release(kernel);
	struct argv wanted = { 0 };
	int err;

	argv_add(&wanted, "linux-source-%.*s=%s", series_len(release), release, kernel->version);
	err = packages_fetch(cache, &wanted);
	if (err)
		pr_err("no %s: the lines of its drivers cannot be counted", wanted.v[0]);
	else
		err = packages_load(cache, packages);
	argv_free(&wanted);
	return err;
}

/* What .taken says: the package, then a line for each folder. The caller frees it. */
static char *mark_text(const struct package *package, const struct argv *dirs)
{
	char *text = xasprintf("%s\n", package->file), *longer;
	size_t i;

	for (i = 0; i < dirs->n; i++) {
		longer = xasprintf("%s%s\n", text, dirs->v[i]);
		free(text);
		text = longer;
	}
	return text;
}

static bool is_taken(const char *tree, const char *mark)
{
	char *path = xasprintf("%s/" MARK, tree), *text = NULL;
	bool taken = !file_read(path, &text, NULL) && !strcmp(text, mark);

	free(text);
	free(path);
	return taken;
}

static int remove_tree(const char *path)
{
	return tool_run_words((const char *const[]){ "rm", "-rf", path, NULL });
}

static int write_mark_file(const char *tree, const char *mark)
{
	char *path = xasprintf("%s/" MARK, tree);
	int err = file_write(path, mark, strlen(mark));

	if (err)
		pr_err("%s: %s", path, strerror(-err));
	free(path);
	return err;
}

static int take_anew(const char *deb, const struct argv *dirs, const char *tree, const char *mark)
{
	char *fresh = xasprintf("%s.new", tree);
	int err = remove_tree(fresh);

	printf("  SOURCE  %zu folders of %s\n", dirs->n, strrchr(deb, '/') + 1);
	fflush(stdout);
	if (!err)
		err = source_extract(deb, dirs, fresh);
	if (!err)
		err = write_mark_file(fresh, mark);
	if (!err)
		err = remove_tree(tree);
	if (!err && rename(fresh, tree)) {
		err = -errno;
		pr_err("%s: %s", tree, strerror(-err));
	}
	free(fresh);
	return err;
}

static int take_folders(const char *cache, const struct argv *dirs, struct source *source)
{
	const struct package *package = &source->packages.v[0];
	char *deb = xasprintf("%s/debs/%s", cache, package->file);
	char *mark = mark_text(package, dirs);
	int err = 0;

	if (!is_taken(source->tree, mark))
		err = take_anew(deb, dirs, source->tree, mark);
	free(mark);
	free(deb);
	return err;
}

int source_take(const char *cache, const struct package *kernel, const struct argv *dirs,
		struct source *source)
{
	char *folder = xasprintf("%s/source", cache);
	int err;

	*source = (struct source){ .tree = xasprintf("%s/tree", folder) };
	err = fetch_package(folder, kernel, &source->packages);
	if (!err)
		err = take_folders(folder, dirs, source);
	if (err)
		source_free(source);
	free(folder);
	return err;
}

void source_free(struct source *source)
{
	packages_free(&source->packages);
	free(source->tree);
	source->tree = NULL;
}
