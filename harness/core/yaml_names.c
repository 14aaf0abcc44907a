// SPDX-License-Identifier: GPL-2.0-or-later
/* Which descriptions a folder holds. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "core/yaml.h"

static int is_description(const struct dirent *d)
{
	return d->d_name[0] != '.' && streq(strrchr(d->d_name, '.'), ".yaml");
}

int yaml_names(const char *dir, char ***names, size_t *n)
{
	struct dirent **list;
	int count, i;

	count = scandir(dir, &list, is_description, alphasort);
	if (count < 0) {
		count = -errno;
		pr_err("%s: %s", dir, strerror(-count));
		return count;
	}
	*names = xcalloc((size_t)count, sizeof(**names));
	*n = (size_t)count;
	for (i = 0; i < count; i++) {
		size_t len = strlen(list[i]->d_name) - strlen(".yaml");

		(*names)[i] = xasprintf("%.*s", (int)len, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return 0;
}

void yaml_no_such(const char *dir, const char *what, const char *name)
{
	char **names, *list = NULL;
	size_t n, i, len;
	FILE *out;

	if (yaml_names(dir, &names, &n) < 0)
		return;
	out = open_memstream(&list, &len);
	for (i = 0; i < n; i++) {
		fprintf(out, "%s%s", i ? ", " : "", names[i]);
		free(names[i]);
	}
	fclose(out);
	free(names);
	pr_err("no %s '%s'; there are: %s", what, name, list);
	free(list);
}
