// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a campaign's description, and the checks that need nothing but the description. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "faultinject/campaign/campaign.h"
#include "faultinject/campaign/outcome.h"
#include "faultinject/campaign/private.h"
#include "faultinject/campaign/schema.h"

#define FOLDER "faultinject/campaigns"

int campaign_bad(const struct campaign *c, const char *anchor, const char *text, const char *fmt,
		 ...)
{
	unsigned int line = anchor ? yaml_line_of(c->path, anchor) : 1;
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	pr_err("%s:%u: %s", c->path, yaml_line_after(c->path, line, text), what);
	return -EINVAL;
}

static int check_pairs(const struct campaign *c, const char *anchor, const struct dimset *set)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (strcspn(set->v[i], "=") == 0 || !strchr(set->v[i], '='))
			return campaign_bad(c, anchor, set->v[i],
					    "expected 'key=value', found '%s'", set->v[i]);
	return 0;
}

static struct campaign_target *find_target(const struct campaign *c, const char *name)
{
	unsigned int i;

	for (i = 0; i < c->n_targets; i++)
		if (streq(c->targets[i].name, name))
			return &c->targets[i];
	return NULL;
}

static int check_targets(const struct campaign *c)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->n_targets && !err; i++) {
		const struct campaign_target *t = &c->targets[i];

		if (find_target(c, t->name) != t)
			return campaign_bad(c, "targets", t->name, "two targets are called '%s'",
					    t->name);
		err = check_pairs(c, t->name, &t->options);
	}
	return err;
}

/* Has any target, or fault, what a condition of a claim asks for? */
static bool condition_can_hold(const struct campaign *c, const char *pair)
{
	unsigned int i;

	for (i = 0; i < c->n_targets; i++) {
		const struct campaign_target *t = &c->targets[i];

		if (streq(pair_value(pair, "target"), t->name) ||
		    streq(pair_value(pair, "system"), t->system) ||
		    streq(pair_value(pair, "driver"), t->driver) ||
		    streq(pair_value(pair, "workload"), t->workload))
			return true;
	}
	for (i = 0; i < c->n_faults; i++)
		if (streq(pair_value(pair, "fault"), c->faults[i].fault))
			return true;
	/* What they are is not in the description. */
	return pair_value(pair, "class") || pair_value(pair, "family");
}

static int check_claim(const struct campaign *c, const struct campaign_claim *claim)
{
	bool at_least;
	double target;
	unsigned int i;

	for (i = 0; i < claim->n_of; i++) {
		enum outcome o = outcome_find(claim->of[i]);

		if (o >= OUTCOME_HARNESS_FAILED ||
		    (claim->among == AMONG_ACTIVATED && !outcome_activated(o)))
			return campaign_bad(c, claim->id, claim->of[i],
					    "claim '%s': no trial that counts has the outcome '%s'",
					    claim->id, claim->of[i]);
	}
	for (i = 0; i < claim->where.n; i++)
		if (!condition_can_hold(c, claim->where.v[i]))
			return campaign_bad(c, claim->id, claim->where.v[i],
					    "claim '%s': no trial of this campaign has '%s'",
					    claim->id, claim->where.v[i]);
	if (expectation_parse(claim->expect, &at_least, &target) < 0)
		return campaign_bad(c, claim->id, claim->expect,
				    "claim '%s': expected '>= NUMBER' or '<= NUMBER', found '%s'",
				    claim->id, claim->expect);
	return 0;
}

static int check_quick(const struct campaign *c)
{
	const struct campaign_quick *q = c->quick;
	unsigned int i, j;

	for (i = 0; q && i < q->n_targets; i++) {
		const char *name = q->targets[i];

		if (!find_target(c, name))
			return campaign_bad(c, "quick", name, "no target is called '%s'", name);
		for (j = 0; j < i; j++)
			if (streq(q->targets[j], name))
				return campaign_bad(c, "quick", name, "'%s' is named twice", name);
	}
	return 0;
}

static int check_alone(const struct campaign *c, const char *stem)
{
	const char *zero = c->trials == 0 ? "trials" : c->watch_ms == 0 ? "watch_ms" : NULL;
	unsigned int i;
	int err;

	if (!streq(c->name, stem))
		return campaign_bad(c, NULL, "name", "the name must be the file's, '%s'", stem);
	if (zero)
		return campaign_bad(c, NULL, zero, "%s must be above 0", zero);
	err = check_targets(c);
	for (i = 0; i < c->n_faults && !err; i++)
		err = check_pairs(c, c->faults[i].fault, &c->faults[i].values);
	if (!err)
		err = check_quick(c);
	for (i = 0; i < c->n_claims && !err; i++)
		err = check_claim(c, &c->claims[i]);
	return err;
}

static int hash_file(struct campaign *c)
{
	char *text;
	size_t len;
	int err = file_read(c->path, &text, &len);

	if (err < 0) {
		pr_err("%s: %s", c->path, strerror(-err));
		return err;
	}
	snprintf(c->hash, sizeof(c->hash), "%016llx", (unsigned long long)XXH3_64bits(text, len));
	free(text);
	return 0;
}

static void set_defaults(struct campaign *c)
{
	unsigned int i;

	for (i = 0; i < c->n_faults; i++)
		if (c->faults[i].weight == 0)
			c->faults[i].weight = 1;
	for (i = 0; i < c->n_targets; i++)
		if (c->targets[i].every == 0)
			c->targets[i].every = 1;
	c->n_used = c->n_targets;
	if (c->patience_ms == 0)
		c->patience_ms = CAMPAIGN_PATIENCE_MS;
}

static char *path_of(const char *name)
{
	char *folder, *path;

	if (streq(strrchr(name, '.'), ".yaml"))
		return xstrdup(name);
	path = path_in_tree(FOLDER "/%s.yaml", name);
	if (!strchr(name, '/') && access(path, F_OK) == 0)
		return path;
	folder = path_in_tree(FOLDER);
	yaml_no_such(folder, "campaign", name);
	free(folder);
	free(path);
	return NULL;
}

int campaign_load(struct campaign **out, const char *name)
{
	char *path = path_of(name), *stem;
	struct campaign *c;
	const char *base;
	void *data;
	int err;

	if (!path)
		return -ENOENT;
	err = yaml_load(path, &campaign_schema, &data, NULL);
	if (err < 0) {
		free(path);
		return err;
	}
	c = data;
	c->path = path;
	set_defaults(c);
	base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	stem = xasprintf("%.*s", (int)(strlen(base) - strlen(".yaml")), base);
	err = check_alone(c, stem);
	if (!err)
		err = hash_file(c);
	free(stem);
	if (err < 0)
		campaign_free(c);
	else
		*out = c;
	return err;
}

void campaign_free(struct campaign *c)
{
	if (!c)
		return;
	free(c->path);
	c->path = NULL;
	yaml_free(&campaign_schema, c, 0);
}

/* Moves the targets that are wanted to the front, in the order in which they are named. */
static void keep_targets(struct campaign *c, const struct campaign_quick *q)
{
	unsigned int i;

	for (i = 0; i < q->n_targets; i++) {
		struct campaign_target *t = find_target(c, q->targets[i]);
		struct campaign_target first = c->targets[i];

		c->targets[i] = *t;
		*t = first;
	}
	c->n_used = q->n_targets;
}

void campaign_make_quick(struct campaign *c)
{
	const struct campaign_quick *q = c->quick;

	if (!q)
		return;
	if (q->trials)
		c->trials = q->trials;
	if (q->n_targets)
		keep_targets(c, q);
}

int campaign_names(char ***names, size_t *n)
{
	char *folder = path_in_tree(FOLDER);
	int err = yaml_names(folder, names, n);

	free(folder);
	return err;
}
