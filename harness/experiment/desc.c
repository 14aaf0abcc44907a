// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading an experiment's description. */
#include "experiment/desc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "core/util.h"
#include "experiment/private.h"
#include "experiment/schema.h"

#define FOLDER "harness/experiments"

static char *path_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (streq(dot, ".yaml"))
		return xstrdup(name);
	return path_in_tree(FOLDER "/%s.yaml", name);
}

static void no_experiment(const char *name)
{
	char *folder = path_in_tree(FOLDER);

	yaml_no_such(folder, "experiment", name);
	free(folder);
}

int experiment_load(struct experiment **exp, const char *name)
{
	const char *slash, *base;
	struct experiment *e;
	char *path, *stem;
	void *data;
	unsigned int i;
	int err;

	path = path_of(name);
	slash = strrchr(path, '/');
	base = slash ? slash + 1 : path;
	if (!streq(path, name) && (strchr(name, '/') || access(path, F_OK) < 0)) {
		no_experiment(name);
		free(path);
		return -ENOENT;
	}
	err = yaml_load(path, &experiment_schema, &data, NULL);
	if (err < 0) {
		free(path);
		return err;
	}
	e = data;
	e->path = path;
	stem = strndup(base, strlen(base) - strlen(".yaml"));
	for (i = 0; i < e->n_figures; i++) {
		struct experiment_figure *f = &e->figures[i];

		f->scale = f->scale != 0 ? f->scale : 1;
		f->scale2 = f->scale2 != 0 ? f->scale2 : 1;
	}
	err = desc_check(e, stem);
	free(stem);
	if (err < 0) {
		experiment_free(e);
		return err;
	}
	*exp = e;
	return 0;
}

void experiment_free(struct experiment *exp)
{
	if (!exp)
		return;
	free(exp->path);
	exp->path = NULL;
	yaml_free(&experiment_schema, exp, 0);
}

int experiment_names(char ***names, size_t *n)
{
	char *folder = path_in_tree(FOLDER);
	int err = yaml_names(folder, names, n);

	free(folder);
	return err;
}
