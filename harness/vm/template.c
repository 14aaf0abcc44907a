// SPDX-License-Identifier: GPL-2.0-or-later
/* Templates: what they are made from, where they lie, and how QEMU's file is made fit for clones.
 */
#include "vm/template.h"

#include <ctype.h>
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "vm/qemu.h"

#define FOLDER "templates"
/* Where in a state file the list of memory blocks must have come by. */
#define HEADER_MAX 65536
/* QEMU's name of the memory of a link, after the device's place; an 8-byte length follows. */
#define LINK_BLOCK "/ivshmem.bar2"
/* How often is tried to be the only one. */
#define LOCK_US (100 * USEC_PER_MSEC)
/* For a guest's memory to be written to a file. */
#define SAVE_US (60 * USEC_PER_SEC)

struct vm_template {
	char *name;
	char *key;
	char *dir; /* where it lies now */
	char *memory;
	bool unfinished; /* dir is a temporary one */
};

/* -- keys -- */

/* Size and times of a file: what make, too, goes by. */
static char *file_identity(char *path)
{
	struct stat st = { 0 };
	char *text;

	if (stat(path, &st) < 0)
		text = xasprintf("%s missing", path);
	else
		text = xasprintf("%s %jd %jd.%09ld %ju", path, (intmax_t)st.st_size,
				 (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
				 (uintmax_t)st.st_ino);
	free(path);
	return text;
}

/* Tests, too, are of what the program of their tree is of: they share its templates. */
static char *harness_identity(void)
{
	char *path = path_in_tree("build/drivervm");

	if (access(path, F_OK) == 0)
		return file_identity(path);
	free(path);
	return file_identity(xstrdup("/proc/self/exe"));
}

/* Descriptors' numbers and the measured rate of the TSC differ from run to run, and do not count.
 */
static void blank_numbers(char *line, const char *key)
{
	char *at = line, *to;

	while ((at = strstr(at, key))) {
		at += strlen(key);
		for (to = at; isdigit((unsigned char)*to); to++)
			;
		memmove(at, to, strlen(to) + 1);
	}
}

static char *command_key(const struct vm_spec *spec)
{
	struct vm_spec plain = *spec;
	char *line;

	plain.memory_file = NULL;
	plain.origin = VM_BOOT;
	line = vm_command_line(&plain);
	blank_numbers(line, "fd=");
	blank_numbers(line, "tsc_early_khz=");
	return line;
}

static char *first_line(const char *path)
{
	char *text;

	if (file_read(path, &text, NULL) < 0)
		return xstrdup("");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

char *template_key(const struct vm_spec *spec, const char *made_by)
{
	char *kernel = file_identity(qemu_kernel_path(spec));
	char *initrd = file_identity(qemu_initrd_path(spec));
	char *qemu = file_identity(xstrdup("/usr/bin/" QEMU_PROGRAM));
	char *harness = harness_identity();
	char *boot = first_line("/proc/sys/kernel/random/boot_id");
	char *command = command_key(spec);
	char *key =
		xasprintf("kernel %s\nimage %s\nqemu %s\ndrivervm %s\nhost %s\nmade by %s\n%s\n",
			  kernel, initrd, qemu, harness, boot, made_by, command);

	free(command);
	free(boot);
	free(harness);
	free(qemu);
	free(initrd);
	free(kernel);
	return key;
}

/* -- folders -- */

static char *folder(const char *name)
{
	return path_in_cache(FOLDER "/%s", name);
}

static char *file_in(const struct vm_template *t, const char *name)
{
	return xasprintf("%s/%s", t->dir, name);
}

/* Removes the files of a folder, and it. Who has them open or mapped keeps them. */
static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

static struct vm_template *template_new(const char *name, const char *key, char *dir)
{
	struct vm_template *t = xcalloc(1, sizeof(*t));

	t->name = xstrdup(name);
	t->key = xstrdup(key);
	t->dir = dir;
	t->memory = file_in(t, "memory");
	return t;
}

static bool may_have(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

int template_lock(struct loop *loop, const char *name)
{
	char *file = xasprintf("%s.lock", name), *path = folder(file), *dir = folder("");
	int fd = -1, err = mkdir_p(dir);

	if (!err)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (!err && fd < 0)
		err = -errno;
	/* Nothing on the loop tells when it is free. */
	while (!err && !may_have(fd))
		err = loop_sleep(loop, LOCK_US);
	if (err && err != -EINTR)
		pr_err("cannot lock %s: %s", path, strerror(-err));
	if (err)
		fd_close(&fd);
	free(dir);
	free(path);
	free(file);
	return err ? err : fd;
}

int template_find(struct vm_template **out, const char *name, const char *key)
{
	struct vm_template *t = template_new(name, key, folder(name));
	char *path = file_in(t, "key"), *text = NULL;
	int err = file_read(path, &text, NULL);

	*out = NULL;
	if (!err && streq(text, key))
		*out = t;
	else
		template_free(t);
	if (err && err != -ENOENT)
		pr_err("%s: %s", path, strerror(-err));
	free(text);
	free(path);
	return err == -ENOENT ? 0 : err;
}

struct vm_template *template_named(const char *name)
{
	return template_new(name, "", folder(name));
}

int template_begin(struct vm_template **out, const char *name, const char *key)
{
	char *temporary = xasprintf("%s.%d", name, (int)getpid());
	char *dir = folder(temporary);
	int err;

	free(temporary);
	remove_folder(dir); /* of an earlier process of our number */
	err = mkdir_p(dir);
	if (err) {
		pr_err("cannot make %s: %s", dir, strerror(-err));
		free(dir);
		return err;
	}
	*out = template_new(name, key, dir);
	(*out)->unfinished = true;
	return 0;
}

void template_free(struct vm_template *t)
{
	if (!t)
		return;
	if (t->unfinished)
		remove_folder(t->dir);
	free(t->memory);
	free(t->dir);
	free(t->key);
	free(t->name);
	free(t);
}

/* -- saving -- */

/*
 * QEMU (7.2) wants each memory block that it shares with others at the guest address that it had
 * when the state was saved, but looks before it has restored the PCI configuration that puts a
 * link's memory there: so the file is made to say that it was nowhere.
 */
static int unplace_links(int fd)
{
	static const uint64_t nowhere;
	char *header = xcalloc(HEADER_MAX, 1), *at;
	ssize_t n = pread(fd, header, HEADER_MAX, 0);
	size_t found = 0, left;
	int err = n < 0 ? -errno : 0;

	for (at = header; !err; at += strlen(LINK_BLOCK)) {
		left = (size_t)n - (size_t)(at - header);
		at = memmem(at, left, LINK_BLOCK, strlen(LINK_BLOCK));
		if (!at)
			break;
		if (pwrite(fd, &nowhere, sizeof(nowhere),
			   at - header + (off_t)strlen(LINK_BLOCK) + (off_t)sizeof(uint64_t)) !=
		    (ssize_t)sizeof(nowhere))
			err = -EIO;
		found++;
	}
	free(header);
	return err || found ? err : -ENOENT;
}

/* Saves @vm to the file @name of the template, at once or not at all. */
static int save_to(struct vm_template *t, struct vm *vm, const char *name)
{
	char *path = file_in(t, name), *temporary = xasprintf("%s.%d", path, (int)getpid());
	int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : vm_save(vm, fd, SAVE_US);

	if (!err)
		err = unplace_links(fd);
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err) {
		if (err != -EINTR)
			pr_err("template %s: cannot save %s: %s", t->name, temporary,
			       strerror(-err));
		unlink(temporary);
	}
	fd_close(&fd);
	free(temporary);
	free(path);
	return err;
}

/* Puts the finished folder in the place of any other of its name. */
static int take_place(struct vm_template *t)
{
	char *dir = folder(t->name);

	remove_folder(dir);
	if (rename(t->dir, dir) < 0) {
		int err = -errno;

		pr_err("cannot rename %s to %s: %s", t->dir, dir, strerror(-err));
		free(dir);
		return err;
	}
	free(t->memory);
	free(t->dir);
	t->dir = dir;
	t->memory = file_in(t, "memory");
	t->unfinished = false;
	return 0;
}

int template_finish(struct vm_template *t, struct vm *vm)
{
	char *path = file_in(t, "key");
	int err = save_to(t, vm, "state");

	if (!err)
		err = file_write(path, t->key, strlen(t->key));
	/* No clone may write to it, and nothing else is to. */
	if (!err && chmod(t->memory, 0400) < 0)
		err = -errno;
	if (!err)
		err = take_place(t);
	free(path);
	return err;
}

int template_add_copy(struct vm_template *t, struct vm *vm)
{
	return save_to(t, vm, "copy");
}

bool template_has_copy(const struct vm_template *t)
{
	char *path = file_in(t, "copy");
	bool has = access(path, R_OK) == 0;

	free(path);
	return has;
}

const char *template_memory(const struct vm_template *t)
{
	return t->memory;
}

uint64_t template_memory_bytes(const struct vm_template *t)
{
	struct stat st;

	return stat(t->memory, &st) < 0 ? 0 : (uint64_t)st.st_blocks * 512;
}

int template_open_state(const struct vm_template *t, enum vm_origin origin)
{
	char *path = file_in(t, origin == VM_COPY ? "copy" : "state");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fd = -errno;
	free(path);
	return fd;
}
