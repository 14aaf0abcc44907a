// SPDX-License-Identifier: GPL-2.0-or-later
/* Techniques that are used together. */
#include "techniques/set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

struct member {
	const struct technique *technique;
	void *state; /* what start() made */
	size_t mark; /* of the guardian's stack, before it was started */
};

struct technique_set {
	struct member *members;
	size_t n;
	size_t n_started;
	struct guardian *guardian; /* borrowed while any is started */
};

/* -- names -- */

static bool has(const struct technique_set *set, const struct technique *technique)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->members[i].technique == technique)
			return true;
	return false;
}

static char *unknown(const char *name)
{
	char *why = xasprintf("no technique '%s'; there are", name), *longer;
	const struct technique_entry *e;

	for (e = technique_first(); e; e = e->next) {
		longer = xasprintf("%s %s", why, e->technique->name);
		free(why);
		why = longer;
	}
	return why;
}

/* NULL: it was added. */
static char *add(struct technique_set *set, const char *name)
{
	const struct technique *technique = technique_find(name);

	if (!technique)
		return unknown(name);
	if (has(set, technique))
		return xasprintf("technique '%s' is named twice", name);
	set->members = xreallocarray(set->members, set->n + 1, sizeof(*set->members));
	set->members[set->n++] = (struct member){ .technique = technique };
	return NULL;
}

/* NULL: they go together. */
static char *find_loner(const struct technique_set *set)
{
	size_t i;

	for (i = 0; i < set->n && set->n > 1; i++)
		if (set->members[i].technique->alone)
			return xasprintf("technique '%s' cannot be combined",
					 set->members[i].technique->name);
	return NULL;
}

int technique_set_parse(struct technique_set **out, const char *names, char **why)
{
	struct technique_set *set = xcalloc(1, sizeof(*set));
	char *copy = xstrdup(names), *rest = copy, *name, *wrong = NULL;

	while (!wrong && (name = strsep(&rest, "+")))
		wrong = add(set, name);
	if (!wrong)
		wrong = find_loner(set);
	free(copy);
	if (!wrong) {
		*out = set;
		return 0;
	}
	technique_set_free(set);
	if (why)
		*why = wrong;
	else
		free(wrong);
	return -EINVAL;
}

void technique_set_free(struct technique_set *set)
{
	if (!set)
		return;
	technique_set_stop(set);
	free(set->members);
	free(set);
}

/* -- what they ask for -- */

const char *technique_set_boot(const struct technique_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->members[i].technique->boot)
			return set->members[i].technique->boot;
	return NULL;
}

bool technique_set_swap(const struct technique_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->members[i].technique->swap)
			return true;
	return false;
}

bool technique_set_merges(const struct technique_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->members[i].technique->merges)
			return true;
	return false;
}

void technique_set_qemu_args(const struct technique_set *set, struct argv *args)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->members[i].technique->qemu_args)
			argv_add_all(args, set->members[i].technique->qemu_args);
}

void technique_set_modules(const struct technique_set *set, struct argv *modules)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->members[i].technique->modules)
			argv_add_all(modules, set->members[i].technique->modules);
}

static int check_one(const struct technique *t, const char *boot)
{
	if (t->boot && !streq(t->boot, boot)) {
		pr_err("technique '%s' is not supported with boot '%s': it is boot '%s'", t->name,
		       boot, t->boot);
		return -EOPNOTSUPP;
	}
	if (streq(t->not_boot, boot)) {
		pr_err("technique '%s' is not supported with boot '%s': %s", t->name, boot,
		       t->not_boot_why);
		return -EOPNOTSUPP;
	}
	return t->check ? t->check() : 0;
}

int technique_set_check(const struct technique_set *set, const char *boot)
{
	size_t i;
	int err = 0;

	for (i = 0; i < set->n && !err; i++)
		err = check_one(set->members[i].technique, boot);
	return err;
}

/* -- what they do -- */

int technique_set_start(struct technique_set *set, const struct technique_context *ctx)
{
	struct member *m;
	int err = 0;

	set->guardian = ctx->guardian;
	while (set->n_started < set->n && !err) {
		m = &set->members[set->n_started];
		m->mark = guardian_mark(ctx->guardian);
		if (m->technique->start)
			err = m->technique->start(&m->state, ctx);
		if (!err)
			set->n_started++;
	}
	if (err)
		technique_set_stop(set);
	return err;
}

int technique_set_budget(struct technique_set *set, struct vm *const *vms, size_t n,
			 unsigned int mib)
{
	struct member *m;
	int err = 0;

	for (m = set->members; m < set->members + set->n_started && !err; m++)
		if (m->technique->set_budget)
			err = m->technique->set_budget(m->state, vms, n, mib);
	return err;
}

uint64_t technique_set_keeps(const struct technique_set *set)
{
	const struct member *m;
	uint64_t sum = 0;

	for (m = set->members; m < set->members + set->n_started; m++)
		if (m->technique->keeps)
			sum += m->technique->keeps(m->state);
	return sum;
}

void technique_set_stats(struct technique_set *set, meter_emit_fn emit, void *arg)
{
	struct member *m;

	for (m = set->members; m < set->members + set->n_started; m++)
		if (m->technique->stats)
			m->technique->stats(m->state, emit, arg);
}

void technique_set_stop(struct technique_set *set)
{
	struct member *m;

	while (set->n_started > 0) {
		m = &set->members[--set->n_started];
		if (m->technique->stop)
			m->technique->stop(m->state);
		m->state = NULL;
		guardian_rewind(set->guardian, m->mark);
	}
}
