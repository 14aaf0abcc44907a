// SPDX-License-Identifier: GPL-2.0-or-later
/* Which functions of a driver run: breakpoints at all of them, each removed at its first hit. */
#include "faultinject/code/coverage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/code/session.h"

struct code_coverage {
	struct code_coverage *next;
	char *module;
	char **functions; /* those that ran, by their place in the module */
	size_t n;
};

/* Of all modules that were looked at; the process's. */
static struct code_coverage *known;

/* While it is measured. */
struct watch {
	const struct code_module *m;
	struct gdb *gdb;
	bool *ran; /* of each function */
};

static void free_coverage(struct code_coverage *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->functions[i]);
	free(c->functions);
	free(c->module);
	free(c);
}

/* Takes it over. */
static void make_known(struct code_coverage *c)
{
	struct code_coverage **at, *old;

	for (at = &known; *at; at = &(*at)->next) {
		if (streq((*at)->module, c->module)) {
			old = *at;
			*at = old->next;
			free_coverage(old);
			break;
		}
	}
	c->next = known;
	known = c;
}

static struct code_coverage *new_coverage(const char *module)
{
	struct code_coverage *c = xcalloc(1, sizeof(*c));

	c->module = xstrdup(module);
	return c;
}

static void add_function(struct code_coverage *c, const char *name)
{
	c->functions = xreallocarray(c->functions, c->n + 1, sizeof(*c->functions));
	c->functions[c->n++] = xstrdup(name);
}

static void on_stop(void *arg, const struct gdb_stop *stop)
{
	struct watch *w = arg;
	size_t i;

	/* Somebody else stopped it, and will know when it is to go on. */
	if (stop->signal != GDB_TRAP)
		return;
	for (i = 0; i < w->m->n_functions; i++)
		if (w->m->base + w->m->functions[i].offset == stop->pc && !w->ran[i]) {
			w->ran[i] = true;
			gdb_post_unbreak(w->gdb, stop->pc);
		}
	gdb_post_continue(w->gdb);
}

static int watch(struct watch *w, const struct fault_site *site, uint64_t us)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < w->m->n_functions; i++)
		err = gdb_break(w->gdb, w->m->base + w->m->functions[i].offset);
	if (!err)
		err = gdb_continue(w->gdb);
	if (!err)
		err = loop_sleep(site->loop, us);
	return err ? err : gdb_error(w->gdb);
}

int code_coverage_measure(const struct code_coverage **coverage, const struct fault_site *site,
			  const struct code_module *m, uint64_t us, char **why)
{
	struct watch w = { .m = m, .ran = xcalloc(m->n_functions, sizeof(*w.ran)) };
	struct code_coverage *c;
	size_t i;
	int err = code_attach(&w.gdb, site, on_stop, &w, why);

	if (!err) {
		err = watch(&w, site, us);
		code_detach(w.gdb, site);
		if (err && err != -EINTR)
			*why = xasprintf("cannot see which functions of %s run: %s", m->name,
					 strerror(-err));
	}
	if (!err) {
		c = new_coverage(m->name);
		for (i = 0; i < m->n_functions; i++)
			if (w.ran[i])
				add_function(c, m->functions[i].name);
		make_known(c);
		*coverage = c;
	}
	free(w.ran);
	return err;
}

const struct code_coverage *code_coverage_known(const char *name)
{
	struct code_coverage *c;

	for (c = known; c; c = c->next)
		if (streq(c->module, name))
			return c;
	return NULL;
}

bool code_coverage_has(const struct code_coverage *c, const char *function)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (streq(c->functions[i], function))
			return true;
	return false;
}

size_t code_coverage_count(const struct code_coverage *c)
{
	return c->n;
}

int code_coverage_store(const struct code_coverage *c, const char *path)
{
	char *text = NULL;
	size_t i, len = 0;
	FILE *f = open_memstream(&text, &len);
	int err;

	if (!f)
		return -ENOMEM;
	for (i = 0; i < c->n; i++)
		fprintf(f, "%s\n", c->functions[i]);
	err = fclose(f) == 0 ? file_write(path, text, len) : -EIO;
	free(text);
	return err;
}

int code_coverage_load(const struct code_coverage **coverage, const char *name, const char *path)
{
	char *text, *rest, *line;
	struct code_coverage *c;
	int err = file_read(path, &text, NULL);

	if (err)
		return err;
	c = new_coverage(name);
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			add_function(c, line);
	free(text);
	make_known(c);
	*coverage = c;
	return 0;
}
