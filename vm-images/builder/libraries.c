// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs of the packages with the libraries they need: the dynamic section names them
 * (DT_NEEDED), the program header names the loader (PT_INTERP).
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/builder.h"
#include "builder/image.h"
#include "core/log.h"

#define LINKS_MAX 16

static const char *const library_dirs[] = { "/usr/lib/x86_64-linux-gnu", "/usr/lib" };

/* One step: the file itself, or where its link leads (in the guest's terms), or NULL. */
static char *follow(const char *root, const char *path, bool *is_file)
{
	char *full = xasprintf("%s%s", root, path);
	char target[PATH_MAX];
	char *copy, *next = NULL;
	struct stat st;
	ssize_t n;

	*is_file = false;
	if (lstat(full, &st))
		goto out;
	if (!S_ISLNK(st.st_mode)) {
		*is_file = S_ISREG(st.st_mode);
		next = *is_file ? xstrdup(full) : NULL;
		goto out;
	}
	n = readlink(full, target, sizeof(target) - 1);
	if (n < 0)
		goto out;
	target[n] = '\0';
	copy = xstrdup(path);
	next = *target == '/' ? xstrdup(target) : xasprintf("%s/%s", dirname(copy), target);
	free(copy);
out:
	free(full);
	return next;
}

static char *find_exact(const char *root, const char *path)
{
	char *at = xstrdup(path), *next;
	bool is_file = false;
	int i;

	for (i = 0; at && !is_file && i < LINKS_MAX; i++) {
		next = follow(root, at, &is_file);
		free(at);
		at = next;
	}
	if (is_file)
		return at;
	free(at);
	return NULL;
}

char *image_find(const char *root, const char *path)
{
	char *usr = tree_path(path);
	char *found = find_exact(root, usr);

	/* Packages still put some of their files into /bin, /lib... themselves. */
	if (!found && has_prefix(usr, "/usr/"))
		found = find_exact(root, usr + strlen("/usr"));
	free(usr);
	return found;
}

static int add_library_of(struct tree *tree, const char *root, const char *dir, size_t dir_len,
			  const char *name)
{
	char *path = xasprintf("%.*s/%s", (int)dir_len, dir, name);
	char *source = image_find(root, path);
	int err = source ? image_add_program(tree, root, path) : -ENOENT;

	free(source);
	free(path);
	return err;
}

/* @runpath: folders, separated by colons, where its user wants it looked for first. */
static int add_library(struct tree *tree, const char *root, const char *runpath, const char *name)
{
	int err = -ENOENT;
	size_t i, len;

	for (; *runpath && err == -ENOENT; runpath += len + (runpath[len] == ':')) {
		len = strcspn(runpath, ":");
		err = add_library_of(tree, root, runpath, len, name);
	}
	for (i = 0; i < ARRAY_SIZE(library_dirs) && err == -ENOENT; i++)
		err = add_library_of(tree, root, library_dirs[i], strlen(library_dirs[i]), name);
	return err;
}

/* The dynamic section's DT_RUNPATH, or "". */
static const char *find_runpath(Elf *elf, Elf_Data *data, size_t n, const GElf_Shdr *shdr)
{
	const char *path = NULL;
	GElf_Dyn dyn;
	size_t i;

	for (i = 0; i < n && !path; i++)
		if (gelf_getdyn(data, (int)i, &dyn) && dyn.d_tag == DT_RUNPATH)
			path = elf_strptr(elf, shdr->sh_link, dyn.d_un.d_val);
	return path ?: "";
}

static int add_needed(struct tree *tree, const char *root, const char *path, Elf *elf, Elf_Scn *scn,
		      const GElf_Shdr *shdr)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t i, n = data && shdr->sh_entsize ? shdr->sh_size / shdr->sh_entsize : 0;
	const char *name, *runpath = find_runpath(elf, data, n, shdr);
	GElf_Dyn dyn;
	int err = 0;

	for (i = 0; !err && i < n; i++) {
		if (!gelf_getdyn(data, (int)i, &dyn) || dyn.d_tag != DT_NEEDED)
			continue;
		name = elf_strptr(elf, shdr->sh_link, dyn.d_un.d_val);
		err = name ? add_library(tree, root, runpath, name) : -EINVAL;
		if (err)
			pr_err("%s needs %s, which no package of the lists brings", path,
			       name ?: "a library without a name");
	}
	return err;
}

static int add_loader(struct tree *tree, const char *root, Elf *elf)
{
	size_t i, n, size;
	const char *image = elf_rawfile(elf, &size);
	GElf_Phdr phdr;

	if (!image || elf_getphdrnum(elf, &n))
		return 0;
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &phdr) || phdr.p_type != PT_INTERP)
			continue;
		if (phdr.p_offset >= size ||
		    !memchr(image + phdr.p_offset, '\0', size - phdr.p_offset))
			return -EINVAL;
		return image_add_program(tree, root, image + phdr.p_offset);
	}
	return 0;
}

static int add_what_it_needs(struct tree *tree, const char *root, const char *path, Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	int err;

	if (elf_kind(elf) != ELF_K_ELF)
		return 0;
	err = add_loader(tree, root, elf);
	while (!err && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_DYNAMIC)
			err = add_needed(tree, root, path, elf, scn, &shdr);
	return err;
}

int image_add_program(struct tree *tree, const char *root, const char *path)
{
	char *source = image_find(root, path);
	struct stat st;
	Elf *elf;
	int fd, err = 0;

	if (!source) {
		pr_err("%s is in no package of the lists", path);
		return -ENOENT;
	}
	fd = open(source, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		err = -errno;
		pr_err("%s: %s", source, strerror(-err));
		goto out;
	}
	if (!tree_add_file(tree, path, source, st.st_mode & 0777))
		goto out;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	err = add_what_it_needs(tree, root, path, elf);
	elf_end(elf);
out:
	fd_close(&fd);
	free(source);
	return err;
}
