// SPDX-License-Identifier: GPL-2.0-or-later
/* A run's folder: made, found, filled. */
#include "results/run_dir.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/paths.h"

#define LATEST "latest"

static bool name_is_good(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 128 &&
	       !streq(name, LATEST) && !streq(name, "reference");
}

static char *name_by_date(void)
{
	char buf[32];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(buf, sizeof(buf), "%Y%m%d-%H%M%S", &tm);
	return xstrdup(buf);
}

static int make_folders(const char *dir)
{
	static const char *const inside[] = { "logs", "experiments" };
	size_t i;
	int err = 0;

	if (mkdir(dir, 0755) < 0)
		return -errno;
	for (i = 0; i < ARRAY_SIZE(inside) && !err; i++) {
		char *path = run_dir_path(dir, "%s", inside[i]);

		if (mkdir(path, 0755) < 0)
			err = -errno;
		free(path);
	}
	return err;
}

static void exists(const char *path)
{
	pr_err("%s exists; choose another --name, or --resume it", path);
}

int run_dir_check_name(const char *name)
{
	char *path;
	int err = 0;

	if (!name)
		return 0;
	if (!name_is_good(name)) {
		pr_err("'%s' cannot name a run: no '/', no '.' in front, not 'latest'", name);
		return -EINVAL;
	}
	path = path_in_tree("results/%s", name);
	if (access(path, F_OK) == 0) {
		exists(path);
		err = -EEXIST;
	}
	free(path);
	return err;
}

int run_dir_create(char **dir, const char *name)
{
	char *results, *own = NULL, *path;
	int err;

	err = run_dir_check_name(name);
	if (err < 0)
		return err;
	results = path_in_tree("results");
	if (!name)
		name = own = name_by_date();
	path = xasprintf("%s/%s", results, name);
	err = mkdir_p(results);
	if (!err)
		err = make_folders(path);
	if (err == -EEXIST)
		exists(path);
	else if (err < 0)
		pr_err("%s: %s", path, strerror(-err));
	free(own);
	free(results);
	if (err < 0)
		free(path);
	else
		*dir = path;
	return err;
}

int run_dir_set_latest(const char *dir)
{
	const char *name = strrchr(dir, '/');
	char *link = path_in_tree("results/" LATEST);
	char *tmp = xasprintf("%s.tmp", link);
	int err = 0;

	unlink(tmp);
	if (symlink(name ? name + 1 : dir, tmp) < 0 || rename(tmp, link) < 0) {
		err = -errno;
		pr_err("%s: %s", link, strerror(-err));
		unlink(tmp);
	}
	free(tmp);
	free(link);
	return err;
}

/*
 * Is there a run at @path, of experiments or of a campaign? Then its absolute path without symbolic
 * links.
 */
static char *run_at(const char *path)
{
	char *plan = run_dir_path(path, "plan.json"), *real = NULL;
	char *campaign = run_dir_path(path, "campaign.json");

	if (access(plan, R_OK) == 0 || access(campaign, R_OK) == 0)
		real = realpath(path, NULL);
	free(campaign);
	free(plan);
	return real;
}

int run_dir_find(char **dir, const char *name)
{
	char *paths[] = {
		path_in_tree("results/%s", name),
		path_in_tree("results/reference/%s", name),
	};
	size_t i;

	*dir = strchr(name, '/') ? run_at(name) : run_at(paths[0]);
	if (!*dir && !strchr(name, '/'))
		*dir = run_at(paths[1]);
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		free(paths[i]);
	if (*dir)
		return 0;
	pr_err("no run '%s': neither in results/, nor in results/reference/, nor a path of one",
	       name);
	return -ENOENT;
}

char *run_dir_path(const char *dir, const char *fmt, ...)
{
	char *rest = NULL, *path;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&rest, fmt, ap) < 0)
		rest = NULL;
	va_end(ap);
	path = xasprintf("%s/%s", dir, rest ? rest : "");
	free(rest);
	return path;
}

int run_dir_read_json(const char *dir, const char *name, json_t **json)
{
	char *path = run_dir_path(dir, "%s", name);
	json_error_t error;
	int err = 0;

	*json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!*json && access(path, R_OK) < 0) {
		err = -errno;
		pr_err("%s: %s", path, strerror(-err));
	} else if (!*json) {
		err = -EINVAL;
		pr_err("%s:%d: %s", path, error.line, error.text);
	}
	free(path);
	return err;
}

int run_dir_write_json(const char *dir, const char *name, const json_t *json)
{
	char *path = run_dir_path(dir, "%s", name);
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	char *line = text ? xasprintf("%s\n", text) : NULL;
	int err = line ? file_write(path, line, strlen(line)) : -EINVAL;

	if (err < 0)
		pr_err("%s: %s", path, strerror(-err));
	free(line);
	free(text);
	free(path);
	return err;
}

int run_dir_copy(const char *dir, const char *name, const char *from)
{
	char *path = run_dir_path(dir, "%s", name), *data = NULL;
	size_t len;
	int err = file_read(from, &data, &len);

	if (err < 0) {
		pr_err("%s: %s", from, strerror(-err));
	} else {
		err = file_write(path, data, len);
		if (err < 0)
			pr_err("%s: %s", path, strerror(-err));
	}
	free(data);
	free(path);
	return err;
}
