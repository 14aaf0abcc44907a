// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of an image. */
#include "builder/tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "builder/builder.h"

/* Guests have the merged /usr of Debian 12: these are links, wherever a package puts its files. */
static const char *const merged[] = { "/bin/", "/lib/", "/lib64/", "/sbin/" };

char *tree_path(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(merged); i++)
		if (has_prefix(path, merged[i]))
			return xasprintf("/usr%s", path);
	return xstrdup(path);
}

static bool have(const struct tree *tree, const char *path)
{
	size_t i;

	for (i = 0; i < tree->n; i++)
		if (!strcmp(tree->v[i].path, path))
			return true;
	return false;
}

bool tree_has(const struct tree *tree, const char *path)
{
	char *at = tree_path(path);
	bool found = have(tree, at);

	free(at);
	return found;
}

/* A new node with its parents, or NULL if the path is there. Valid until the next is added. */
static struct node *add(struct tree *tree, const char *path, mode_t mode)
{
	char *at = tree_path(path), *slash;
	struct node *node;

	if (have(tree, at)) {
		free(at);
		return NULL;
	}
	slash = strrchr(at, '/');
	if (slash != at) {
		*slash = '\0';
		tree_add_dir(tree, at);
		*slash = '/';
	}
	tree->v = xreallocarray(tree->v, tree->n + 1, sizeof(*tree->v));
	node = &tree->v[tree->n++];
	*node = (struct node){ .path = at, .mode = mode };
	return node;
}

bool tree_add_file(struct tree *tree, const char *path, const char *source, mode_t mode)
{
	struct node *node = add(tree, path, S_IFREG | mode);

	if (!node)
		return false;
	node->source = xstrdup(source);
	return true;
}

void tree_add_text(struct tree *tree, const char *path, const char *text)
{
	struct node *node = add(tree, path, S_IFREG | 0644);

	if (!node)
		return;
	node->data = xstrdup(text);
	node->len = strlen(text);
}

void tree_add_link(struct tree *tree, const char *path, const char *target)
{
	struct node *node = add(tree, path, S_IFLNK | 0777);

	if (!node)
		return;
	node->data = xstrdup(target);
	node->len = strlen(target);
}

void tree_add_dir(struct tree *tree, const char *path)
{
	add(tree, path, S_IFDIR | 0755);
}

void tree_add_char_device(struct tree *tree, const char *path, unsigned int major,
			  unsigned int minor)
{
	struct node *node = add(tree, path, S_IFCHR | 0600);

	if (node)
		node->device = makedev(major, minor);
}

void tree_free(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->n; i++) {
		free(tree->v[i].path);
		free(tree->v[i].source);
		free(tree->v[i].data);
	}
	free(tree->v);
	memset(tree, 0, sizeof(*tree));
}
