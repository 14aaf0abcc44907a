/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image builder: fetches Debian packages into a cache, unpacks them there, and puts together
 * from them the kernel and the initramfs images that the guests boot. Installs nothing and needs
 * no privilege. What goes into an image is data: see recipe.h.
 *
 * All functions that return int return 0 or a negative errno, and have reported the failure.
 */
#ifndef DRIVERVM_BUILDER_BUILDER_H
#define DRIVERVM_BUILDER_BUILDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/argv.h"

/* One Debian package, as the lock file records it. */
struct package {
	char *name;
	char *version;
	char *file; /* in CACHE/debs */
	char *sha256; /* of the file, hexadecimal, as apt's signed index states it */
};

struct packages {
	struct package *v;
	size_t n;
};

/* packages.c: which packages, and their files */
/*
 * Sees to it that CACHE/debs holds every package of @wanted and what they need of libraries and
 * of the kernel. CACHE/packages.json records the exact versions; while it answers the same wishes
 * nothing is resolved or downloaded anew.
 */
int packages_fetch(const char *cache, struct argv *wanted);
/* Reads the record; reports if there is none. */
int packages_load(const char *cache, struct packages *packages);
const struct package *packages_find(const struct packages *packages, const char *name);
/* The package that holds the kernel: linux-image-RELEASE. Reports if there is none. */
const struct package *packages_kernel(const struct packages *packages);
/* The kernel's release, as uname -r says it; points into the package. */
const char *packages_release(const struct package *kernel);
void packages_free(struct packages *packages);

/* unpack.c: unpacks all packages into CACHE/root, unless that is what lies there. */
int unpack_all(const char *cache, const struct packages *packages);

/* vmlinux.c: writes the ELF kernel that a bzImage holds compressed. */
int vmlinux_extract(const char *bzimage, const char *output);

/* manifest.c: checks the images against the packages, and writes what they are made of. */
struct manifest_spec {
	const char *cache;
	const char *images; /* the folder of the images, which receives manifest.json */
};
int manifest_write(const struct manifest_spec *spec);

/* digest.c: hexadecimal digests, which the caller frees; NULL if reading failed, reported. */
char *digest_file(const char *algorithm, const char *path);
char *digest_data(const char *algorithm, const void *data, size_t len);

/*
 * tool.c: runs a tool in @dir (or NULL). With @output, what it prints (stderr too, so a parser must
 * skip what it does not know) is kept there for the caller to free; else it goes to the terminal.
 */
int tool_run(const struct argv *argv, const char *dir, char **output);
/* The same where every word is known (NULL ends them), here, to the terminal. */
int tool_run_words(const char *const *words);

/* strings.c */
bool strings_have(const struct argv *strings, const char *s);
/* Adds it unless it is there. Returns whether it was added. */
bool strings_add(struct argv *strings, const char *s);
void strings_sort(struct argv *strings);
bool has_prefix(const char *s, const char *prefix);
bool has_suffix(const char *s, const char *suffix);
/* The module's name, as the kernel has it, out of a file's path or a list. The caller frees it. */
char *module_name(const char *path);

#endif
