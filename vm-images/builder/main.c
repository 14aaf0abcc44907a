// SPDX-License-Identifier: GPL-2.0-or-later
/* The image builder's command line; the Makefile calls it (images.mk). */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builder/apt.h"
#include "builder/builder.h"
#include "builder/image.h"
#include "builder/lines.h"
#include "core/log.h"

struct options {
	const char *cache;
	const char *run_from;
	const char *output;
	const char *agent;
	const char *modules;
	const char *tree;
	const char *verb;
	struct recipe recipe;
};

enum {
	KEY_CACHE = 'c',
	KEY_OUTPUT = 'o',
	KEY_AGENT = 'a',
	KEY_MODULES = 'm',
	KEY_TREE = 't',
	KEY_RUN = 'r'
};

static const struct argp_option option_list[] = {
	{ "cache", KEY_CACHE, "DIR", 0, "Where packages are kept (required)", 0 },
	{ "output", KEY_OUTPUT, "PATH", 0, "What to write", 0 },
	{ "agent", KEY_AGENT, "FILE", 0, "image: the program that becomes /init", 0 },
	{ "modules", KEY_MODULES, "DIR", 0, "image: the folder of our own modules", 0 },
	{ "run-from", KEY_RUN, "DIR", 0,
	  "image: the cache whose programs run on this host, if those of --cache need not", 0 },
	{ "tree", KEY_TREE, "DIR", 0, "lines: the source tree of our own code", 0 },
	{ 0 },
};

static int verb_fetch(struct options *o)
{
	struct packages packages;
	int err = apt_use(o->cache, &o->recipe.architecture);

	if (!err)
		err = packages_fetch(o->cache, &o->recipe.packages);
	if (!err)
		err = packages_load(o->cache, &packages);
	if (err)
		return err;
	err = unpack_all(o->cache, &packages);
	packages_free(&packages);
	return err;
}

static int verb_vmlinux(struct options *o)
{
	struct packages packages;
	const struct package *kernel;
	int err = packages_load(o->cache, &packages);
	char *path;

	if (err)
		return err;
	kernel = packages_kernel(&packages);
	err = -ENOENT;
	if (kernel) {
		path = xasprintf("%s/root/boot/vmlinuz-%s", o->cache, packages_release(kernel));
		err = vmlinux_extract(path, o->output);
		free(path);
	}
	packages_free(&packages);
	return err;
}

static int verb_image(struct options *o)
{
	struct image_spec spec = { .agent = o->agent, .modules = o->modules };
	struct packages packages;
	const struct package *kernel;
	int err = packages_load(o->cache, &packages);
	char *root, *runs;

	if (err)
		return err;
	kernel = packages_kernel(&packages);
	err = -ENOENT;
	if (kernel) {
		root = xasprintf("%s/root", o->cache);
		runs = xasprintf("%s/root", o->run_from ?: o->cache);
		spec.root = root;
		spec.runs = runs;
		spec.release = packages_release(kernel);
		err = image_build(&spec, &o->recipe, o->output);
		free(runs);
		free(root);
	}
	packages_free(&packages);
	return err;
}

static int verb_manifest(struct options *o)
{
	const struct manifest_spec spec = { .cache = o->cache, .images = o->output };

	return manifest_write(&spec);
}

static int verb_lines(struct options *o)
{
	const struct lines_spec spec = { .cache = o->cache, .tree = o->tree, .output = o->output };

	return lines_write(&spec, &o->recipe);
}

static const struct verb {
	const char *name;
	int (*run)(struct options *o);
	bool lists; /* takes lists */
	bool output; /* needs --output */
	bool agent; /* needs --agent */
	bool tree; /* needs --tree */
} verbs[] = {
	{ "fetch", verb_fetch, true, false, false, false },
	{ "vmlinux", verb_vmlinux, false, true, false, false },
	{ "image", verb_image, true, true, true, false },
	{ "manifest", verb_manifest, false, true, false, false },
	{ "lines", verb_lines, true, true, false, true },
};

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void check(const struct options *o, struct argp_state *state)
{
	const struct verb *verb = find_verb(o->verb);

	if (!verb)
		argp_error(state, "expected a verb: fetch, vmlinux, image, manifest or lines");
	else if (!o->cache || (verb->output && !o->output) || (verb->agent && !o->agent) ||
		 (verb->tree && !o->tree))
		argp_error(state, "%s needs --cache%s%s%s", verb->name,
			   verb->output ? ", --output" : "", verb->agent ? ", --agent" : "",
			   verb->tree ? ", --tree" : "");
	else if (verb->lists != (o->recipe.lists.n > 0))
		argp_error(state, "%s takes %s lists", verb->name,
			   verb->lists ? "one or more" : "no");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_CACHE:
		o->cache = arg;
		return 0;
	case KEY_OUTPUT:
		o->output = arg;
		return 0;
	case KEY_AGENT:
		o->agent = arg;
		return 0;
	case KEY_MODULES:
		o->modules = arg;
		return 0;
	case KEY_RUN:
		o->run_from = arg;
		return 0;
	case KEY_TREE:
		o->tree = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!o->verb)
			o->verb = arg;
		else if (recipe_read(&o->recipe, arg))
			exit(2);
		return 0;
	case ARGP_KEY_END:
		check(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		option_list,
		parse,
		"VERB [LIST...]",
		"Makes the kernel and the images that guests boot.\v"
		"  fetch LIST...  download and unpack the packages that the lists need\n"
		"  vmlinux        extract the kernel that QEMU boots directly\n"
		"  image LIST     put an image together\n"
		"  manifest       check all images in the folder --output and describe them\n"
		"  lines LIST     count the lines of the list's modules and of our own code\n",
		NULL,
		NULL,
		NULL
	};
	struct options o = { 0 };
	int err;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	err = find_verb(o.verb)->run(&o);
	recipe_free(&o.recipe);
	return err ? 1 : 0;
}
