// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds workload plugins by their place and lets in only those that keep to the interface. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classes/class.h"
#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "workload/workload.h"

#define SYMBOL "drivervm_workload"
#define ENV_PATH "DRIVERVM_WORKLOAD_PATH"
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

static struct {
	const struct drivervm_workload **list;
	size_t n;
} loaded;

static bool good_name(const char *name, const char *chars)
{
	return name && *name && strspn(name, chars) == strlen(name);
}

static int check_uint(const struct drivervm_option *o, const char *value, char *why, size_t size)
{
	uint64_t v;
	char *end;

	errno = 0;
	v = strtoull(value, &end, 10);
	if (!*value || strspn(value, "0123456789") != strlen(value) || *end || errno) {
		snprintf(why, size, "\"%s\" is not a number, a whole one expected", value);
		return -EINVAL;
	}
	if (v >= o->min && (o->max == 0 || v <= o->max))
		return 0;
	if (o->max)
		snprintf(why, size, "%s is out of range, %ju to %ju expected", value,
			 (uintmax_t)o->min, (uintmax_t)o->max);
	else
		snprintf(why, size, "%s is too small, %ju or more expected", value,
			 (uintmax_t)o->min);
	return -EINVAL;
}

static int check_choice(const struct drivervm_option *o, const char *value, char *why, size_t size)
{
	const char *const *c;
	size_t used;

	if (str_listed(o->choices, value))
		return 0;
	used = (size_t)snprintf(why, size, "\"%s\" is no choice, one of these expected:", value);
	for (c = o->choices; *c && used < size; c++)
		used += (size_t)snprintf(why + used, size - used, " %s", *c);
	return -EINVAL;
}

static int check_value(const struct drivervm_option *o, const char *value, char *why, size_t size)
{
	switch (o->type) {
	case DRIVERVM_OPTION_STRING:
		return 0;
	case DRIVERVM_OPTION_UINT:
		return check_uint(o, value, why, size);
	case DRIVERVM_OPTION_CHOICE:
		return check_choice(o, value, why, size);
	}
	snprintf(why, size, "its type %d is unknown", (int)o->type);
	return -EINVAL;
}

int workload_option_check(const struct drivervm_workload *w, const char *key, const char *value,
			  char *why, size_t size)
{
	const struct drivervm_option *o;

	for (o = w->options; o && o->name; o++)
		if (streq(o->name, key))
			return check_value(o, value, why, size);
	snprintf(why, size, "%s has no option %s", w->name, key);
	return -ENOENT;
}

static int check_options(const struct drivervm_workload *w, char *why, size_t size)
{
	const struct drivervm_option *o, *p;
	char bad[160];

	for (o = w->options; o && o->name; o++) {
		if (!good_name(o->name, NAME_CHARS "_") || !o->help || !o->def ||
		    (o->type == DRIVERVM_OPTION_CHOICE && !o->choices)) {
			snprintf(why, size, "option %s: a required field is missing", o->name);
			return -EINVAL;
		}
		for (p = w->options; p < o; p++) {
			if (streq(p->name, o->name)) {
				snprintf(why, size, "option %s is declared twice", o->name);
				return -EINVAL;
			}
		}
		if (check_value(o, o->def, bad, sizeof(bad)) < 0) {
			snprintf(why, size, "option %s: its default: %s", o->name, bad);
			return -EINVAL;
		}
	}
	return 0;
}

/* A VM can only be the peer where there is another end for it to be at. */
static bool peer_has_place(const struct drivervm_workload *w)
{
	const char *const *class = w->classes;

	while (class && *class && !class_find(*class)->remote)
		class ++;
	return class && *class;
}

static int check(const struct drivervm_workload *w, const char *name, char *why, size_t size)
{
	const char *const *class;

	/* Nothing else of it means anything before this is known. */
	if (w->abi != DRIVERVM_WORKLOAD_ABI) {
		snprintf(why, size, "built for workload ABI %u, this program has %u: rebuild it",
			 w->abi, DRIVERVM_WORKLOAD_ABI);
		return -EINVAL;
	}
	if (!streq(w->name, name)) {
		snprintf(why, size, "its name is %s, %s expected (the file's)",
			 w->name ? w->name : "missing", name);
		return -EINVAL;
	}
	if (!w->summary || !w->metric || !w->run) {
		snprintf(why, size, "the required field %s is missing",
			 !w->summary ? "summary" :
			 !w->metric  ? "metric" :
				       "run");
		return -EINVAL;
	}
	for (class = w->classes; class && *class; class ++) {
		if (class_find(*class))
			continue;
		snprintf(why, size, "it needs devices of class '%s', which is unknown", *class);
		return -EINVAL;
	}
	if (w->peer_image && !peer_has_place(w)) {
		snprintf(why, size, "it has a peer_image, but uses no device with another end");
		return -EINVAL;
	}
	return check_options(w, why, size);
}

static int load(const struct drivervm_workload **out, const char *path, const char *name)
{
	const struct drivervm_workload *w;
	char why[256];
	void *so;
	int err;

	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!so) {
		pr_err("no workload: %s", dlerror());
		return -EINVAL;
	}
	w = dlsym(so, SYMBOL);
	if (!w) {
		pr_err("%s: no workload: it exports no symbol " SYMBOL, path);
		err = -EINVAL;
		goto fail;
	}
	err = check(w, name, why, sizeof(why));
	if (err < 0) {
		pr_err("%s: %s", path, why);
		goto fail;
	}
	loaded.list = xreallocarray(loaded.list, loaded.n + 1, sizeof(*loaded.list));
	loaded.list[loaded.n++] = w;
	*out = w;
	return 0;
fail:
	dlclose(so);
	return err;
}

/* The folders to look in, in order; the caller frees it all by free_folders(). */
static char **folders(void)
{
	const char *env = getenv(ENV_PATH);
	char *copy = xstrdup(env ? env : "");
	char **list = NULL;
	char *save = NULL, *dir;
	size_t n = 0;

	for (dir = strtok_r(copy, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		list = xreallocarray(list, n + 1, sizeof(*list));
		list[n++] = xstrdup(dir);
	}
	list = xreallocarray(list, n + 2, sizeof(*list));
	list[n++] = path_in_tree("build/workloads");
	list[n] = NULL;
	free(copy);
	return list;
}

static void free_folders(char **list)
{
	char **p;

	for (p = list; *p; p++)
		free(*p);
	free(list);
}

static const struct drivervm_workload *find_loaded(const char *name)
{
	size_t i;

	for (i = 0; i < loaded.n; i++)
		if (streq(loaded.list[i]->name, name))
			return loaded.list[i];
	return NULL;
}

int workload_find(const struct drivervm_workload **w, const char *name)
{
	char **dirs, **dir;
	bool found = false;
	int err = -ENOENT;

	if (!good_name(name, NAME_CHARS)) {
		pr_err("no workload can be named \"%s\": lower case, digits and hyphens expected",
		       name);
		return -EINVAL;
	}
	*w = find_loaded(name);
	if (*w)
		return 0;
	dirs = folders();
	for (dir = dirs; *dir && !found; dir++) {
		char *path = xasprintf("%s/%s.so", *dir, name);

		found = access(path, F_OK) == 0;
		if (found)
			err = load(w, path, name);
		free(path);
	}
	free_folders(dirs);
	if (!found)
		pr_err("no workload %s: looked for %s.so in build/workloads and $" ENV_PATH, name,
		       name);
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct drivervm_workload *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static bool in_list(const struct drivervm_workload **list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (streq(list[i]->name, name))
			return true;
	return false;
}

static void find_in_folder(const char *folder, const struct drivervm_workload ***list, size_t *n)
{
	const struct drivervm_workload *w;
	struct dirent *e;
	size_t len;
	DIR *dir;

	dir = opendir(folder);
	if (!dir)
		return;
	while ((e = readdir(dir))) {
		len = strlen(e->d_name);
		if (len <= 3 || strcmp(e->d_name + len - 3, ".so") != 0)
			continue;
		e->d_name[len - 3] = '\0';
		if (in_list(*list, *n, e->d_name) || workload_find(&w, e->d_name) < 0)
			continue;
		*list = xreallocarray(*list, *n + 1, sizeof(**list));
		(*list)[(*n)++] = w;
	}
	closedir(dir);
}

int workload_find_all(const struct drivervm_workload ***list, size_t *n)
{
	char **dirs = folders();
	char **dir;

	*list = xcalloc(1, sizeof(**list));
	*n = 0;
	for (dir = dirs; *dir; dir++)
		find_in_folder(*dir, list, n);
	free_folders(dirs);
	qsort(*list, *n, sizeof(**list), by_name);
	return 0;
}
