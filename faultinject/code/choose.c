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

/* The instruction with number @nth of those that fit; NULL: there are only *@n, if @n is given. */
static const struct code_insn *find_fit(const struct code_insn *insns,
					const struct code_model *model, uint64_t nth, size_t *n)
{
	const struct code_insn *insn;
	size_t found = 0;

	for (insn = insns; insn->len; insn++)
		if (is_code(insn) && model->fits(insn) && found++ == nth)
			return insn;
	if (n)
		*n = found;
	return NULL;
}

static bool has_fit(const struct code_module *m, const struct code_function *f,
		    const struct code_model *model)
{
	struct code_insn *insns = code_function_decode(m, f);
	bool has = find_fit(insns, model, 0, NULL);

	free(insns);
	return has;
}

static bool counts(const struct code_function *f, const char *name, const struct code_coverage *ran)
{
	return name ? streq(f->name, name) : !ran || code_coverage_has(ran, f->name);
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

static int choose_insn(struct code_choice *c, const struct code_module *m,
		       const struct code_model *model, struct rng *rng)
{
	struct code_insn *insns = code_function_decode(m, c->function);
	const struct code_insn *insn;
	size_t n = 0;
	bool made;

	find_fit(insns, model, UINT64_MAX, &n);
	insn = find_fit(insns, model, rng_below(rng, n), NULL);
	c->address = insn->address;
	c->offset = insn->address - m->base - c->function->offset;
	c->len = insn->len;
	memcpy(c->before, insn->bytes, insn->len);
	made = mutate(c, insn, model, rng);
	free(insns);
	return made ? 0 : -EOPNOTSUPP;
}

int code_choose(struct code_choice *c, const struct code_module *m, const struct code_model *model,
		const char *name, const struct code_coverage *ran, struct rng *rng)
{
	const struct code_function **fit = xcalloc(m->n_functions, sizeof(*fit));
	size_t i, n = 0;
	int err = -EOPNOTSUPP;

	*c = (struct code_choice){ 0 };
	for (i = 0; i < m->n_functions; i++)
		if (counts(&m->functions[i], name, ran) && has_fit(m, &m->functions[i], model))
			fit[n++] = &m->functions[i];
	if (n > 0) {
		c->n_functions = n;
		c->function = fit[rng_below(rng, n)];
		err = choose_insn(c, m, model, rng);
	}
	free(fit);
	return err;
}
