// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which packages, and their files: resolved and downloaded by apt-get as any user, recorded in
 * CACHE/packages.json so that the same versions are used until the wishes change.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/builder.h"
#include "builder/apt.h"
#include "core/log.h"

static char *record_path(const char *cache)
{
	return xasprintf("%s/packages.json", cache);
}

static void package_from_json(struct package *p, json_t *entry)
{
	p->name = xstrdup(json_string_value(json_object_get(entry, "name")));
	p->version = xstrdup(json_string_value(json_object_get(entry, "version")));
	p->file = xstrdup(json_string_value(json_object_get(entry, "file")));
	p->sha256 = xstrdup(json_string_value(json_object_get(entry, "sha256")));
}

/* Fills @packages (or only checks, if NULL) from the record; false if it is not one. */
static bool parse_record(json_t *record, struct packages *packages)
{
	json_t *list = json_object_get(record, "packages");
	const char *name, *version, *file, *sha256;
	size_t i;

	if (!json_is_array(list))
		return false;
	for (i = 0; i < json_array_size(list); i++)
		if (json_unpack(json_array_get(list, i), "{s:s, s:s, s:s, s:s}", "name", &name,
				"version", &version, "file", &file, "sha256", &sha256))
			return false;
	if (!packages)
		return true;
	packages->n = json_array_size(list);
	packages->v = xcalloc(packages->n, sizeof(*packages->v));
	for (i = 0; i < packages->n; i++)
		package_from_json(&packages->v[i], json_array_get(list, i));
	return true;
}

static json_t *read_record(const char *cache)
{
	char *path = record_path(cache);
	json_t *record = json_load_file(path, 0, NULL);

	free(path);
	if (record && !parse_record(record, NULL)) {
		json_decref(record);
		record = NULL;
	}
	return record;
}

int packages_load(const char *cache, struct packages *packages)
{
	json_t *record = read_record(cache);

	memset(packages, 0, sizeof(*packages));
	if (!record) {
		pr_err("%s/packages.json is missing or damaged: run `image-builder fetch` first",
		       cache);
		return -ENOENT;
	}
	parse_record(record, packages);
	json_decref(record);
	return 0;
}

static json_t *json_strings(const char *const *strings)
{
	json_t *list = json_array();

	for (; strings && *strings; strings++)
		json_array_append_new(list, json_string(*strings));
	return list;
}

/* What a record answers: the packages asked for, and which dependencies are followed. */
static json_t *json_wishes(const struct argv *wanted)
{
	return json_pack("{s:o, s:o}", "packages", json_strings((const char *const *)wanted->v),
			 "followed", json_strings(apt_followed));
}

static int write_record(const char *cache, const struct argv *wanted, const struct packages *all)
{
	json_t *list = json_array();
	json_t *record = json_pack("{s:o, s:o}", "wanted", json_wishes(wanted), "packages", list);
	char *path = record_path(cache), *text;
	size_t i;
	int err;

	for (i = 0; i < all->n; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s}", "name", all->v[i].name,
						"version", all->v[i].version, "file",
						all->v[i].file, "sha256", all->v[i].sha256));
	text = json_dumps(record, JSON_INDENT(2));
	err = text ? file_write(path, text, strlen(text)) : -ENOMEM;
	if (err)
		pr_err("%s: %s", path, strerror(-err));
	free(text);
	free(path);
	json_decref(record);
	return err;
}

static char *deb_path(const char *cache, const struct package *p)
{
	return xasprintf("%s/debs/%s", cache, p->file);
}

static bool have_file(const char *cache, const struct package *p)
{
	char *path = deb_path(cache, p);
	struct stat st;
	bool have = !stat(path, &st);

	free(path);
	return have;
}

/* Does the record answer these wishes, with every file there? */
static bool record_serves(const char *cache, const struct argv *wanted)
{
	json_t *record = read_record(cache), *wishes = json_wishes(wanted);
	struct packages all = { NULL, 0 };
	bool serves = record && json_equal(json_object_get(record, "wanted"), wishes);
	size_t i;

	if (serves)
		parse_record(record, &all);
	for (i = 0; serves && i < all.n; i++)
		serves = have_file(cache, &all.v[i]);
	packages_free(&all);
	json_decref(wishes);
	json_decref(record);
	return serves;
}

/* Is the file there, to the byte? What a broken download left is removed. */
static bool file_is_good(const char *cache, const struct package *p)
{
	char *path = deb_path(cache, p);
	char *sum = have_file(cache, p) ? digest_file("SHA256", path) : NULL;
	bool good = sum && !strcmp(sum, p->sha256);

	if (!good)
		unlink(path);
	free(sum);
	free(path);
	return good;
}

static int download_missing(const char *cache, const struct packages *all)
{
	char *debs = xasprintf("%s/debs", cache);
	struct argv missing = { 0 };
	size_t i;
	int err;

	for (i = 0; i < all->n; i++)
		if (!file_is_good(cache, &all->v[i]))
			argv_add(&missing, "%s=%s", all->v[i].name, all->v[i].version);
	err = mkdir_p(debs);
	if (err)
		pr_err("%s: %s", debs, strerror(-err));
	else if (missing.n)
		err = apt_download(debs, &missing);
	for (i = 0; !err && missing.n && i < all->n; i++)
		if (!file_is_good(cache, &all->v[i])) {
			pr_err("%s: what was downloaded is not what apt's index states",
			       all->v[i].file);
			err = -EBADMSG;
		}
	argv_free(&missing);
	free(debs);
	return err;
}

int packages_fetch(const char *cache, struct argv *wanted)
{
	struct packages all = { NULL, 0 };
	struct argv names = { 0 };
	int err;

	strings_sort(wanted);
	if (record_serves(cache, wanted))
		return 0;
	err = apt_closure(wanted, &names);
	if (!err)
		err = apt_resolve(&names, &all);
	if (!err)
		err = download_missing(cache, &all);
	if (!err)
		err = write_record(cache, wanted, &all);
	argv_free(&names);
	packages_free(&all);
	return err;
}

const struct package *packages_find(const struct packages *packages, const char *name)
{
	size_t i;

	for (i = 0; i < packages->n; i++)
		if (!strcmp(packages->v[i].name, name))
			return &packages->v[i];
	return NULL;
}

#define KERNEL_PREFIX "linux-image-"

const struct package *packages_kernel(const struct packages *packages)
{
	size_t i;

	for (i = 0; i < packages->n; i++) {
		const char *name = packages->v[i].name;

		/* Not the package that only depends on the newest kernel: linux-image-amd64. */
		if (has_prefix(name, KERNEL_PREFIX) && isdigit(name[strlen(KERNEL_PREFIX)]))
			return &packages->v[i];
	}
	pr_err("no package of the lists leads to a kernel (%sRELEASE)", KERNEL_PREFIX);
	return NULL;
}

const char *packages_release(const struct package *kernel)
{
	return kernel->name + strlen(KERNEL_PREFIX);
}

void packages_free(struct packages *packages)
{
	size_t i;

	for (i = 0; i < packages->n; i++) {
		free(packages->v[i].name);
		free(packages->v[i].version);
		free(packages->v[i].file);
		free(packages->v[i].sha256);
	}
	free(packages->v);
	memset(packages, 0, sizeof(*packages));
}
