// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding extra meters, and running those that an experiment lists. */
#include "meter/extra.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

static struct meter_entry *meters;

struct extras {
	struct meter_env env;
	size_t n; /* opened */
	struct extra {
		const struct meter_ops *ops;
		void *state;
	} v[];
};

/* In order of names, since that of constructors is anybody's guess. */
void meter_register(struct meter_entry *entry)
{
	struct meter_entry **at = &meters;

	while (*at && strcmp((*at)->ops->name, entry->ops->name) < 0)
		at = &(*at)->next;
	entry->next = *at;
	*at = entry;
}

const struct meter_entry *meter_first(void)
{
	return meters;
}

const struct meter_ops *meter_find(const char *name)
{
	const struct meter_entry *e;

	for (e = meters; e; e = e->next)
		if (streq(e->ops->name, name))
			return e->ops;
	return NULL;
}

static int open_one(struct extra *x, const struct meter_env *env, const char *name)
{
	x->ops = meter_find(name);
	if (x->ops)
		return x->ops->open(&x->state, env);
	pr_err("no meter '%s'", name);
	return -ENOENT;
}

int extras_open(struct extras **out, struct loop *loop, const char *folder,
		const char *const *names, size_t n)
{
	struct extras *x = xcalloc(1, sizeof(*x) + n * sizeof(x->v[0]));
	int err = 0;
	size_t i;

	x->env = (struct meter_env){ .loop = loop, .folder = folder };
	for (i = 0; i < n && !err; i++) {
		err = open_one(&x->v[x->n], &x->env, names[i]);
		x->n += !err;
		err = err == -EOPNOTSUPP ? 0 : err;
	}
	if (err < 0 || x->n == 0) {
		extras_close(x);
		x = NULL;
	}
	*out = x;
	return err;
}

void extras_start(struct extras *x, const struct meter_target *targets, size_t n)
{
	size_t i;

	for (i = 0; x && i < x->n; i++)
		x->v[i].ops->start(x->v[i].state, targets, n);
}

void extras_stop(struct extras *x)
{
	size_t i;

	for (i = 0; x && i < x->n; i++)
		if (x->v[i].ops->stop)
			x->v[i].ops->stop(x->v[i].state);
}

void extras_emit(struct extras *x, meter_emit_fn emit, void *arg)
{
	size_t i;

	for (i = 0; x && i < x->n; i++)
		x->v[i].ops->emit(x->v[i].state, emit, arg);
}

uint64_t extras_cost_ns(const struct extras *x)
{
	uint64_t ns = 0;
	size_t i;

	for (i = 0; x && i < x->n; i++)
		if (x->v[i].ops->cost_ns)
			ns += x->v[i].ops->cost_ns(x->v[i].state);
	return ns;
}

void extras_close(struct extras *x)
{
	if (!x)
		return;
	while (x->n-- > 0)
		x->v[x->n].ops->close(x->v[x->n].state);
	free(x);
}
