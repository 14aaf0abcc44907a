/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of code: of the stock drivers, in the source package of the guests' kernel, and of what had
 * to be written to use them from another VM. A line counts if it holds anything but white space
 * and comments.
 *
 * All functions that return int return 0 or a negative errno, and have reported the failure unless
 * they say otherwise. What was counted is {"files": {PATH: LINES...}, "lines": SUM}, with paths
 * that begin in the source tree in question.
 */
#ifndef DRIVERVM_BUILDER_LINES_H
#define DRIVERVM_BUILDER_LINES_H

#include "builder/builder.h"
#include "builder/recipe.h"

struct lines_spec {
	const char *cache;
	const char *tree; /* this project's source */
	const char *output; /* lines.json */
};

/* lines.c: counts the modules of @recipe and the classes of TREE/harness/drivers.yaml. */
int lines_write(const struct lines_spec *spec, const struct recipe *recipe);

/* lines_text.c */
/* Counts in the text of a C source, which is destroyed; adds to @includes what it #includes "". */
size_t lines_count_text(char *text, struct argv *includes);
/* The same of TREE/PATH, noted in @files. Reports nothing. */
int lines_count_file(json_t *files, const char *tree, const char *path, struct argv *includes);
/* What was counted in @files, which it takes over. */
json_t *lines_sum(json_t *files);

/* lines_module.c: a module of the kernel. */
struct lines_module {
	const char *name; /* as its Makefile has it: "ne2k-pci" */
	const char *tree; /* the kernel's source */
	const char *dir; /* in it, of the module's sources and their Makefile: "drivers/net" */
	const char *config; /* the kernel's configuration, a file; NULL: nothing is configured */
};
int lines_count_module(const struct lines_module *m, json_t **counted);

/*
 * lines_own.c: per class of devices the drivers that this project knows, {NAME: [MODULE...]}, and
 * what was written for the class; and what was written for all classes together.
 */
int lines_count_own(const char *tree, json_t **classes, json_t **shared);

/* source.c: folders of the kernel's source. */
struct source {
	struct packages packages; /* the package they are from, alone */
	char *tree; /* the kernel's source tree, with nothing in it but these folders' own files */
};
/* Downloads the package, and reads it, only if CACHE/source does not hold these folders yet. */
int source_take(const char *cache, const struct package *kernel, const struct argv *dirs,
		struct source *source);
void source_free(struct source *source);

/*
 * source_extract.c: writes C sources, headers and Makefiles that lie in @dirs of a kernel source
 * package, not below them, to the same places below @to.
 */
int source_extract(const char *deb, const struct argv *dirs, const char *to);

#endif
