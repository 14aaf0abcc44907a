// SPDX-License-Identifier: GPL-2.0-or-later
/* What the builder asks of apt, and the parsing of its answers. */
#include "builder/apt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"

/*
 * Dependencies outside of these serve an installed system (boot loaders, debconf, dpkg), not a
 * program in a guest.
 */
const char *const apt_followed[] = { "lib",	      "zlib", "linux-image-", "linux-headers-",
				     "linux-kbuild-", NULL };

/* Options of every call of apt: of another architecture; empty for the host's. */
static struct argv foreign;

static void add_foreign(struct argv *argv)
{
	size_t i;

	for (i = 0; i < foreign.n; i++)
		argv_add(argv, "%s", foreign.v[i]);
}

static void make_foreign(const char *cache, const char *architecture)
{
	static const char *const to_all[] = { "Architecture", "Architectures" };
	char *here = realpath(cache, NULL);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(to_all); i++) {
		argv_add(&foreign, "-o");
		argv_add(&foreign, "APT::%s=%s", to_all[i], architecture);
	}
	argv_add(&foreign, "-o");
	argv_add(&foreign, "Dir::State::Lists=%s/apt/lists", here ?: cache);
	argv_add(&foreign, "-o");
	argv_add(&foreign, "Dir::Cache=%s/apt", here ?: cache);
	/* What the host has installed is of another architecture, and says nothing. */
	argv_add_all(&foreign, (const char *const[]){ "-o", "Dir::State::Status=/dev/null", "-o",
						      "APT::Sandbox::User=root", NULL });
	free(here);
}

static bool is_followed(const char *name)
{
	const char *const *prefix;

	for (prefix = apt_followed; *prefix; prefix++)
		if (has_prefix(name, *prefix))
			return true;
	return false;
}

void apt_parse_depends(char *text, struct argv *names, struct argv *next)
{
	char *line, *save, *name;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		/* "  Depends: NAME", " |Depends: NAME" (one of several), "  PreDepends: NAME". */
		name = strstr(line, "Depends: ");
		if (*line != ' ' || !name)
			continue;
		name += strlen("Depends: ");
		name[strcspn(name, ": ")] = '\0';
		if (is_followed(name) && strings_add(names, name))
			argv_add(next, "%s", name);
	}
}

static int apt_failed(int err)
{
	pr_err("apt could not find or fetch what the images need; if its lists are missing or old, "
	       "run as root: apt-get update");
	return err;
}

/*
 * A mirror that has one index wrong today has the others: what is missing after all is told when it
 * is asked for.
 */
static void update(void)
{
	struct argv ask = { 0 };

	argv_add_all(&ask, (const char *const[]){ "apt-get", "-qq", NULL });
	add_foreign(&ask);
	argv_add(&ask, "update");
	if (tool_run(&ask, NULL, NULL))
		pr_warning("not all of apt's indices could be fetched; going on with the others");
	argv_free(&ask);
}

int apt_use(const char *cache, const struct argv *architectures)
{
	char *lists = xasprintf("%s/apt/lists/partial", cache);
	char *archives = xasprintf("%s/apt/archives/partial", cache);
	bool fresh = access(lists, F_OK) != 0;
	int err = 0;

	argv_free(&foreign);
	if (!architectures->n)
		goto out;
	err = architectures->n > 1 ? -EINVAL : mkdir_p(lists) ?: mkdir_p(archives);
	if (err) {
		pr_err("%s/apt, for packages of %s: %s", cache, architectures->v[0],
		       strerror(-err));
		goto out;
	}
	make_foreign(cache, architectures->v[0]);
	if (fresh)
		update();
out:
	free(archives);
	free(lists);
	return err;
}

int apt_closure(const struct argv *wanted, struct argv *names)
{
	struct argv ask = { 0 }, next = { 0 };
	char *text;
	size_t i;
	int err = 0;

	for (i = 0; i < wanted->n; i++) {
		strings_add(names, wanted->v[i]);
		argv_add(&next, "%s", wanted->v[i]);
	}
	while (next.n && !err) {
		argv_add_all(&ask,
			     (const char *const[]){ "apt-cache", "depends", "--important", NULL });
		add_foreign(&ask);
		argv_add_all(&ask, (const char *const *)next.v);
		argv_free(&next);
		err = tool_run(&ask, NULL, &text);
		argv_free(&ask);
		if (err)
			return apt_failed(err);
		apt_parse_depends(text, names, &next);
		free(text);
	}
	strings_sort(names);
	return 0;
}

/* In place: %3a becomes ':'. */
static void decode_percent(char *s)
{
	unsigned int c;
	char *to = s;

	for (; *s; s++) {
		if (*s == '%' && sscanf(s + 1, "%2x", &c) == 1) {
			*to++ = (char)c;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

bool apt_parse_uri(char *line, struct package *package)
{
	char file[256], sum[80], *version, *end;

	/* 'URI' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:SUM */
	if (sscanf(line, "'%*[^']' %255s %*u SHA256:%79s", file, sum) != 2)
		return false;
	version = strchr(file, '_');
	end = version ? strchr(version + 1, '_') : NULL;
	if (!end || strlen(sum) != 64)
		return false;
	package->file = xstrdup(file);
	package->sha256 = xstrdup(sum);
	*version++ = '\0';
	*end = '\0';
	decode_percent(version);
	package->name = xstrdup(file);
	package->version = xstrdup(version);
	return true;
}

/* Root may read and write here as any user may: no sandbox user is wanted, nor a warning of it. */
static void add_download(struct argv *argv)
{
	argv_add_all(argv, (const char *const[]){ "apt-get", "-qq", "-o", "APT::Sandbox::User=root",
						  "download", NULL });
	add_foreign(argv);
}

int apt_resolve(const struct argv *names, struct packages *packages)
{
	struct argv ask = { 0 };
	char *text, *line, *save;
	int err;

	add_download(&ask);
	argv_add(&ask, "--print-uris");
	argv_add_all(&ask, (const char *const *)names->v);
	err = tool_run(&ask, NULL, &text);
	argv_free(&ask);
	if (err)
		return apt_failed(err);
	packages->v = xcalloc(names->n, sizeof(*packages->v));
	for (line = strtok_r(text, "\n", &save); line && packages->n < names->n;
	     line = strtok_r(NULL, "\n", &save))
		if (apt_parse_uri(line, &packages->v[packages->n]))
			packages->n++;
	free(text);
	if (packages->n != names->n) {
		pr_err("apt told where %zu of %zu packages are", packages->n, names->n);
		return apt_failed(-ENOENT);
	}
	return 0;
}

int apt_download(const char *dir, const struct argv *packages)
{
	struct argv ask = { 0 };
	int err;

	printf("  FETCH   %zu Debian packages\n", packages->n);
	add_download(&ask);
	argv_add_all(&ask, (const char *const *)packages->v);
	err = tool_run(&ask, dir, NULL);
	argv_free(&ask);
	return err ? apt_failed(err) : 0;
}
