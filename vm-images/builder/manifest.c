// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * manifest.json: what the images are made of, to the byte. Before a driver is listed, the file in
 * the finished image is compared with the checksum that the kernel's package itself states: that
 * it is unmodified is checked, not assumed.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/builder.h"
#include "core/log.h"

#define MANIFEST_VERSION 1

struct manifest {
	const struct manifest_spec *spec;
	struct packages packages;
	const struct package *kernel;
	char *md5sums; /* "SUM  PATH" lines of the kernel's package */
	json_t *drivers;
	json_t *modules;
};

/* The checksum that the package states for a file of its own, or NULL. */
static const char *stated_md5(const struct manifest *m, const char *path)
{
	char *needle = xasprintf("  %s\n", path);
	const char *at = strstr(m->md5sums, needle);

	free(needle);
	return at && at - m->md5sums >= 32 ? at - 32 : NULL;
}

static int check_driver(const struct manifest *m, const char *path, const void *data, size_t len)
{
	const char *stated = stated_md5(m, path);
	char *sum = digest_data("MD5", data, len);
	int err = !sum || !stated || strncmp(sum, stated, 32) ? -EBADMSG : 0;

	if (err)
		pr_err("%s is not the file of %s, bit for bit", path, m->kernel->name);
	free(sum);
	return err;
}

/* One module of an image; @path is below usr/. */
static int take_module(struct manifest *m, const char *path, const void *data, size_t len)
{
	const char *base = strrchr(path, '/') + 1;
	char *name = strndup(base, strlen(base) - strlen(".ko"));
	char *sum = digest_data("SHA256", data, len);
	int err = sum && name ? 0 : -ENOMEM;

	if (!err && strstr(path, "/kernel/")) {
		err = check_driver(m, path, data, len);
		if (!err)
			json_object_set_new(m->drivers, name,
					    json_pack("{s:s, s:s, s:s}", "path", path, "sha256",
						      sum, "package", m->kernel->name));
	} else if (!err) {
		json_object_set_new(m->modules, name, json_pack("{s:s}", "sha256", sum));
	}
	free(sum);
	free(name);
	return err;
}

static int take_entry(struct manifest *m, struct archive *a, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	size_t len = (size_t)archive_entry_size(entry);
	char *data;
	int err;

	if (!has_prefix(path, "usr/lib/modules/") || !has_suffix(path, ".ko"))
		return 0;
	data = xcalloc(len, 1);
	err = archive_read_data(a, data, len) == (la_ssize_t)len ? 0 : -EIO;
	if (!err)
		err = take_module(m, path + strlen("usr/"), data, len);
	free(data);
	return err;
}

/* Reads an image's modules back from the archive. */
static int read_image(struct manifest *m, const char *path)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int err = 0, status;

	archive_read_support_format_cpio(a);
	status = archive_read_open_filename(a, path, 1 << 16);
	while (!err && status == ARCHIVE_OK &&
	       (status = archive_read_next_header(a, &entry)) == ARCHIVE_OK)
		err = take_entry(m, a, entry);
	if (!err && status != ARCHIVE_EOF) {
		pr_err("%s: %s", path, archive_error_string(a));
		err = -EIO;
	}
	archive_read_free(a);
	return err;
}

static json_t *describe_images(struct manifest *m)
{
	char *pattern = xasprintf("%s/*.cpio", m->spec->images);
	json_t *images = json_object();
	struct stat st;
	glob_t found;
	size_t i;
	char *sum;
	int err = glob(pattern, 0, NULL, &found) ? -ENOENT : 0;

	if (err)
		pr_err("%s: no such images", pattern);
	for (i = 0; !err && i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		err = read_image(m, path);
		sum = err ? NULL : digest_file("SHA256", path);
		if (!sum || stat(path, &st))
			err = err ?: -EIO;
		else
			json_object_set_new(images, strrchr(path, '/') + 1,
					    json_pack("{s:I, s:s}", "bytes", (json_int_t)st.st_size,
						      "sha256", sum));
		free(sum);
	}
	globfree(&found);
	free(pattern);
	if (!err)
		return images;
	json_decref(images);
	return NULL;
}

static json_t *describe_kernel(const struct manifest *m)
{
	const char *release = packages_release(m->kernel);
	char *bzimage = xasprintf("%s/root/boot/vmlinuz-%s", m->spec->cache, release);
	char *vmlinux = xasprintf("%s/vmlinux", m->spec->images);
	char *bzimage_sum = digest_file("SHA256", bzimage);
	char *vmlinux_sum = digest_file("SHA256", vmlinux);
	json_t *kernel = NULL;

	if (bzimage_sum && vmlinux_sum)
		kernel = json_pack("{s:s, s:s, s:s, s:s, s:s}", "release", release, "package",
				   m->kernel->name, "package_version", m->kernel->version,
				   "bzimage_sha256", bzimage_sum, "vmlinux_sha256", vmlinux_sum);
	free(vmlinux_sum);
	free(bzimage_sum);
	free(vmlinux);
	free(bzimage);
	return kernel;
}

static json_t *describe_packages(const struct manifest *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->packages.n; i++) {
		const struct package *p = &m->packages.v[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", p->name, "version",
						      p->version, "sha256", p->sha256));
	}
	return list;
}

/* The first line of qemu --version, or null: images can be built where no QEMU is. */
static json_t *describe_qemu(void)
{
	struct argv ask = { 0 };
	json_t *version = json_null();
	char *text;

	argv_add(&ask, "qemu-system-x86_64");
	argv_add(&ask, "--version");
	if (!tool_run(&ask, NULL, &text)) {
		text[strcspn(text, "\n")] = '\0';
		version = json_string(text);
		free(text);
	}
	argv_free(&ask);
	return version;
}

static int read_md5sums(struct manifest *m)
{
	struct argv ask = { 0 };
	int err;

	argv_add(&ask, "dpkg-deb");
	argv_add(&ask, "--info");
	argv_add(&ask, "%s/debs/%s", m->spec->cache, m->kernel->file);
	argv_add(&ask, "md5sums");
	err = tool_run(&ask, NULL, &m->md5sums);
	argv_free(&ask);
	return err;
}

static int write_json(struct manifest *m)
{
	char *path = xasprintf("%s/manifest.json", m->spec->images), *text = NULL;
	json_t *images = describe_images(m);
	json_t *kernel = images ? describe_kernel(m) : NULL;
	json_t *all = NULL;
	int err = -EIO;

	if (!kernel) {
		json_decref(images);
		goto out;
	}
	all = json_pack("{s:i, s:o, s:O, s:O, s:o, s:o, s:o}", "version", MANIFEST_VERSION,
			"kernel", kernel, "drivers", m->drivers, "modules", m->modules, "images",
			images, "packages", describe_packages(m), "qemu", describe_qemu());
	text = json_dumps(all, JSON_INDENT(2) | JSON_SORT_KEYS);
	err = text ? file_write(path, text, strlen(text)) : -ENOMEM;
	if (err)
		pr_err("%s: %s", path, strerror(-err));
	free(text);
	json_decref(all);
out:
	free(path);
	return err;
}

int manifest_write(const struct manifest_spec *spec)
{
	struct manifest m = { .spec = spec };
	int err = packages_load(spec->cache, &m.packages);

	if (err)
		return err;
	m.drivers = json_object();
	m.modules = json_object();
	m.kernel = packages_kernel(&m.packages);
	err = m.kernel ? read_md5sums(&m) : -ENOENT;
	if (!err)
		err = write_json(&m);
	json_decref(m.modules);
	json_decref(m.drivers);
	free(m.md5sums);
	packages_free(&m.packages);
	return err;
}
