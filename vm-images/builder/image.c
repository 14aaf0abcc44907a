// SPDX-License-Identifier: GPL-2.0-or-later
/* From a recipe to an image. */
#include "builder/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/builder.h"
#include "core/log.h"

static void add_skeleton(struct tree *tree, const char *agent)
{
	static const char *const dirs[] = { "/dev", "/proc", "/run", "/sys", "/tmp" };
	static const char *const links[] = { "bin", "lib", "lib64", "sbin" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		tree_add_dir(tree, dirs[i]);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		char *path = xasprintf("/%s", links[i]);
		char *target = xasprintf("usr/%s", links[i]);
		char *usr = xasprintf("/%s", target);

		tree_add_dir(tree, usr);
		tree_add_link(tree, path, target);
		free(usr);
		free(target);
		free(path);
	}
	/* The kernel opens it for PID 1 before anything is mounted. */
	tree_add_char_device(tree, "/dev/console", 5, 1);
	tree_add_file(tree, "/init", agent, 0755);
}

/* Runs the (static) busybox, or its like that the host can run, to learn its commands. */
static int add_applets(struct tree *tree, const struct image_spec *spec, const char *path)
{
	char *source = image_find(spec->runs, path), *text, *line, *save;
	struct argv ask = { 0 };
	int err = image_add_program(tree, spec->root, path);

	if (err)
		goto out;
	argv_add(&ask, "%s", source);
	argv_add(&ask, "--list-full");
	err = tool_run(&ask, NULL, &text);
	if (err)
		goto out;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *applet = xasprintf("/%s", line);

		tree_add_link(tree, applet, path);
		free(applet);
	}
	free(text);
out:
	argv_free(&ask);
	free(source);
	return err;
}

static int add_copy(struct tree *tree, const char *source)
{
	struct stat st;
	int err;

	if (stat(source, &st)) {
		err = -errno;
		pr_err("%s: %s", source, strerror(-err));
		return err;
	}
	/* Not the file's own mode: that depends on the umask of whoever checked it out. */
	tree_add_file(tree, strstr(source, "/rootfs/") + strlen("/rootfs"), source,
		      st.st_mode & 0100 ? 0755 : 0644);
	return 0;
}

int image_build(const struct image_spec *spec, const struct recipe *recipe, const char *output)
{
	struct tree tree = { 0 };
	size_t i;
	int err = 0;

	add_skeleton(&tree, spec->agent);
	for (i = 0; !err && i < recipe->copies.n; i++)
		err = add_copy(&tree, recipe->copies.v[i]);
	for (i = 0; !err && i < recipe->files.n; i++)
		err = image_add_program(&tree, spec->root, recipe->files.v[i]);
	/* After the files: a real tool is wanted rather than busybox's of that name. */
	for (i = 0; !err && i < recipe->applets.n; i++)
		err = add_applets(&tree, spec, recipe->applets.v[i]);
	if (!err)
		err = image_add_modules(&tree, spec, recipe);
	if (!err)
		err = tree_write_cpio(&tree, output);
	tree_free(&tree);
	return err;
}
