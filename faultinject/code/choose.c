// SPDX-License-Identifier: GPL-2.0-or-later
/* Which instruction it is to be, and what becomes of it: by chance, from a seed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/code/code.h"

/* A change that comes to nothing is tried so often again. */
#define TRIES 32

/* NOPs (patched or for alignment) and traps that fill gaps are not what a driver does. */
static bool is_code(const struct code_insn *insn)
{
	return insn->raw.mnemonic != ZYDIS_MNEMONIC_NOP &&
	       insn->raw.mnemonic != ZYDIS_MNEMONIC_INT3;
}

/* Where is looked, and for what. */
struct search {
	const struct code_module *m;
	const struct code_model *model;
	const char *name; /* of the only function that counts; NULL: any */
	const struct code_coverage *ran; /* only what ran counts; NULL: all */
};

static bool fits(const struct search *s, const struct code_function *f,
		 const struct code_insn *insn)
{
	uint64_t offset = insn->address - s->m->base - f->offset;

	return is_code(insn) && s->model->fits(insn) &&
	       (!s->ran || code_coverage_has_insn(s->ran, f->name, offset));
}

/* The instruction with number @nth of those that fit; NULL: there are only *@n, if @n is given. */
static const struct code_insn *find_fit(const struct search *s, const struct code_function *f,
					const struct code_insn *insns, uint64_t nth, size_t *n)
{
	const struct code_insn *insn;
	size_t found = 0;

	for (insn = insns; insn->len; insn++)
		if (fits(s, f, insn) && found++ == nth)
			return insn;
	if (n)
		*n = found;
	return NULL;
}

static bool has_fit(const struct search *s, const struct code_function *f)
{
	struct code_insn *insns;
	bool has;

	if (s->name ? !streq(f->name, s->name) : s->ran && !code_coverage_has(s->ran, f->name))
		return false;
	insns = code_function_decode(s->m, f);
	has = find_fit(s, f, insns, 0, NULL);
	free(insns);
	return has;
}

/* Makes the change. False: it never came to another instruction. */
static bool mutate(struct code_choice *c, const struct code_insn *insn,
		   const struct code_model *model, struct rng *rng)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		memcpy(c->after, c->before, c->len);
		model->mutate(insn, rng, c->after);
		if (memcmp(c->after, c->before, c->len) != 0 &&
		    (model->any_bytes || code_decodes(c->after, c->len)))
			return true;
	}
	return false;
}

static int choose_insn(struct code_choice *c, const struct search *s, struct rng *rng)
{
	struct code_insn *insns = code_function_decode(s->m, c->function);
	const struct code_insn *insn;
	size_t n = 0;
	bool made;

	find_fit(s, c->function, insns, UINT64_MAX, &n);
	insn = find_fit(s, c->function, insns, rng_below(rng, n), NULL);
	c->address = insn->address;
	c->offset = insn->address - s->m->base - c->function->offset;
	c->len = insn->len;
	c->symbol = insn->symbol;
	memcpy(c->before, insn->bytes, insn->len);
	made = mutate(c, insn, s->model, rng);
	free(insns);
	return made ? 0 : -EOPNOTSUPP;
}

int code_choose(struct code_choice *c, const struct code_module *m, const struct code_model *model,
		const char *name, const struct code_coverage *ran, struct rng *rng)
{
	const struct search s = { .m = m, .model = model, .name = name, .ran = ran };
	const struct code_function **fit = xcalloc(m->n_functions, sizeof(*fit));
	size_t i;
	int err = -EOPNOTSUPP;

	*c = (struct code_choice){ 0 };
	for (i = 0; i < m->n_functions; i++)
		if (has_fit(&s, &m->functions[i]))
			fit[c->n_functions++] = &m->functions[i];
	if (c->n_functions > 0) {
		c->function = fit[rng_below(rng, c->n_functions)];
		err = choose_insn(c, &s, rng);
	}
	free(fit);
	return err;
}
