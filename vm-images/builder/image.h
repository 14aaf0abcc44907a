/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a recipe to an image: which files, out of the unpacked packages and our own. */
#ifndef DRIVERVM_BUILDER_IMAGE_H
#define DRIVERVM_BUILDER_IMAGE_H

#include "builder/recipe.h"
#include "builder/tree.h"

struct image_spec {
	const char *root; /* the unpacked packages: CACHE/root */
	const char *runs; /* the same, or such packages of the host's architecture: what is run is
			     from here */
	const char *release; /* of the kernel */
	const char *agent; /* the program that becomes /init */
	const char *modules; /* the folder of our own modules, NAME.ko; NULL if there are none */
};

/*
 * All functions return 0 or a negative errno, reported. image_build() does everything; the others
 * are its parts, each in a file of its name.
 */
int image_build(const struct image_spec *spec, const struct recipe *recipe, const char *output);

/* libraries.c: a file of the packages; if it is a program, with the libraries it needs. */
int image_add_program(struct tree *tree, const char *root, const char *path);
/*
 * The host's path of a file of the packages, with symbolic links resolved inside @root; NULL if
 * there is none. The caller frees it.
 */
char *image_find(const char *root, const char *path);

/* kmodules.c: the recipe's modules, what they depend on, and modules.dep. */
int image_add_modules(struct tree *tree, const struct image_spec *spec,
		      const struct recipe *recipe);

#endif
