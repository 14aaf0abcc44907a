// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding out which code of a driver runs: a breakpoint at each place of interest, removed when it
 * is reached. That works on any accelerator, and costs nothing where nothing runs. Functions come
 * first, since breakpoints in all blocks of a large driver would be thousands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/code/coverage.h"
#include "faultinject/code/session.h"

/* The guest is stopped and goes on so often: see run(). */
#define PULSE_US (100 * USEC_PER_MSEC)

/* A place that is watched. */
struct point {
	const struct code_function *function;
	uint64_t offset; /* in the function */
	uint64_t size; /* of the block that begins there */
	bool ran;
};

struct watch {
	const struct code_module *m;
	struct gdb *gdb;
	struct point *points; /* in the module's order */
	size_t n;
};

static uint64_t point_address(const struct watch *w, const struct point *p)
{
	return w->m->base + p->function->offset + p->offset;
}

static struct point *find_point(const struct watch *w, uint64_t pc)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (point_address(w, &w->points[i]) == pc)
			return &w->points[i];
	return NULL;
}

static void on_stop(void *arg, const struct gdb_stop *stop)
{
	struct watch *w = arg;
	struct point *p = find_point(w, stop->pc);

	/* Somebody else stopped it, and will know when it is to go on. */
	if (stop->signal != GDB_TRAP)
		return;
	if (p && !p->ran) {
		p->ran = true;
		gdb_post_unbreak(w->gdb, stop->pc);
	}
	gdb_post_continue(w->gdb);
}

static void add_point(struct watch *w, const struct code_function *f, uint64_t offset,
		      uint64_t size)
{
	w->points = xreallocarray(w->points, w->n + 1, sizeof(*w->points));
	w->points[w->n++] = (struct point){ .function = f, .offset = offset, .size = size };
}

/*
 * Lets the guest run for a time. Under TCG a guest with hundreds of breakpoints is so slow that it
 * could be taken for one that hangs; a supervisor counts from when it was last set going.
 */
static int run(struct watch *w, const struct fault_site *site, uint64_t us)
{
	uint64_t now = now_us(), end = now + us;
	int err = 0;

	for (; !err && now < end; now = now_us()) {
		err = gdb_halt(w->gdb);
		if (!err)
			err = gdb_continue(w->gdb);
		if (!err)
			err = loop_sleep(site->loop, end - now < PULSE_US ? end - now : PULSE_US);
	}
	return err;
}

static int watch(struct watch *w, const struct fault_site *site, uint64_t us)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < w->n; i++)
		err = gdb_break(w->gdb, point_address(w, &w->points[i]));
	if (!err)
		err = run(w, site, us);
	if (!err)
		err = code_halt(w->gdb, site, w->m->base);
	for (i = 0; !err && i < w->n; i++)
		if (!w->points[i].ran)
			err = gdb_unbreak(w->gdb, point_address(w, &w->points[i]));
	return err;
}

/* Marks where branches of the function go to, and what follows them, as the beginning of a block.
 */
static void mark_leaders(const struct code_function *f, const struct code_insn *insns,
			 uint64_t address, bool *leads)
{
	const struct code_insn *insn;
	ZyanU64 target;

	leads[0] = true;
	for (insn = insns; insn->len; insn++) {
		uint64_t next = insn->address + insn->len - address;

		switch (insn->raw.meta.category) {
		case ZYDIS_CATEGORY_COND_BR:
		case ZYDIS_CATEGORY_UNCOND_BR:
			if (insn->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
			    ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&insn->raw, &insn->operands[0],
								  insn->address, &target)) &&
			    target >= address && target - address < f->size)
				leads[target - address] = true;
			leads[next] = true;
			break;
		case ZYDIS_CATEGORY_RET:
			leads[next] = true;
			break;
		default:
			break;
		}
	}
}

/* Adds the blocks of a function. A branch into the middle of an instruction leads nowhere. */
static void add_blocks(struct watch *w, const struct code_function *f)
{
	struct code_insn *insns = code_function_decode(w->m, f), *insn;
	uint64_t address = w->m->base + f->offset;
	bool *leads = xcalloc(f->size + 1, sizeof(*leads));

	mark_leaders(f, insns, address, leads);
	for (insn = insns; insn->len; insn++) {
		if (leads[insn->address - address])
			add_point(w, f, insn->address - address, insn->len);
		else
			w->points[w->n - 1].size += insn->len;
	}
	free(leads);
	free(insns);
}

static int measure(struct watch *w, const struct fault_site *site, struct code_module *m,
		   uint64_t us)
{
	struct watch functions = { .m = m, .gdb = w->gdb };
	int err = code_module_read(m, w->gdb);
	size_t i;

	for (i = 0; i < m->n_functions; i++)
		add_point(w, &m->functions[i], 0, 0);
	if (!err)
		err = watch(w, site, us);
	functions.points = w->points;
	functions.n = w->n;
	w->points = NULL;
	w->n = 0;
	for (i = 0; !err && i < functions.n; i++)
		if (functions.points[i].ran)
			add_blocks(w, functions.points[i].function);
	free(functions.points);
	return err ? err : watch(w, site, us);
}

static const struct code_coverage *conclude(const struct watch *w)
{
	struct code_coverage *c = code_coverage_new(w->m->name);
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->points[i].ran)
			code_coverage_add(c, w->points[i].function->name, w->points[i].offset,
					  w->points[i].size);
	code_coverage_make_known(c);
	return c;
}

int code_coverage_measure(const struct code_coverage **coverage, const struct fault_site *site,
			  struct code_module *m, uint64_t us, char **why)
{
	struct watch w = { .m = m };
	int err = code_attach(&w.gdb, site, m->base, on_stop, &w, why);

	if (err)
		return err;
	err = measure(&w, site, m, us);
	code_detach(w.gdb, site);
	if (!err)
		*coverage = conclude(&w);
	else if (err != -EINTR)
		*why = xasprintf("cannot see which code of %s runs: %s", m->name, strerror(-err));
	free(w.points);
	return err;
}
