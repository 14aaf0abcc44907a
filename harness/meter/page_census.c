// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The meter "page-census": what the driver VMs' memory consists of at the end of an interval, and
 * so what each way to save memory could save at most. What it costs: docs/meters.md.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "meter/census.h"
#include "meter/parts.h"

static const char *const class_names[CENSUS_CLASSES] = {
	[CENSUS_ABSENT] = "absent",
	[CENSUS_SWAPPED] = "swapped",
	[CENSUS_ZERO] = "zero",
	[CENSUS_ACROSS] = "identical_across",
	[CENSUS_WITHIN] = "identical_within",
	[CENSUS_COMPRESSIBLE] = "compressible",
	[CENSUS_UNIQUE] = "unique",
};

struct page_census {
	struct loop *loop;
	struct meter_target *targets; /* driver VMs */
	size_t n;
};

static int open_census(void **state, const struct meter_env *env)
{
	struct page_census *pc = xcalloc(1, sizeof(*pc));

	pc->loop = env->loop;
	*state = pc;
	return 0;
}

static void start_census(void *state, const struct meter_target *targets, size_t n)
{
	struct page_census *pc = state;
	size_t i;

	pc->targets = xreallocarray(pc->targets, n, sizeof(*targets));
	pc->n = 0;
	for (i = 0; i < n; i++)
		if (targets[i].driver_vm)
			pc->targets[pc->n++] = targets[i];
}

static void find_memory(const struct meter_target *t, struct census_vm *vm)
{
	int err;

	*vm = (struct census_vm){ .pid = t->pid, .size = t->memory };
	err = guest_ram_find(t->pid, t->memory, &vm->start);
	if (err < 0) {
		pr_warning("no census of VM %s: its memory is not found: %s", t->name,
			   strerror(-err));
		vm->size = 0;
	}
}

static void emit_vm(const struct census_vm *vm, const char *name, meter_emit_fn emit, void *arg)
{
	char metric[64];
	size_t i;

	for (i = 0; i < CENSUS_CLASSES; i++) {
		snprintf(metric, sizeof(metric), "census_%s", class_names[i]);
		emit(arg, metric, "1", (double)vm->pages[i], name, "");
		snprintf(metric, sizeof(metric), "census_%s_share", class_names[i]);
		emit(arg, metric, "1", (double)vm->pages[i] / (double)(vm->size / CENSUS_PAGE),
		     name, "");
	}
	emit(arg, "census_shared", "1", (double)vm->shared, name, "");
}

/* Adds @vm to @all. */
static void add(struct census_vm *all, const struct census_vm *vm)
{
	size_t i;

	all->size += vm->size;
	all->shared += vm->shared;
	for (i = 0; i < CENSUS_CLASSES; i++)
		all->pages[i] += vm->pages[i];
}

static void emit_census(void *state, meter_emit_fn emit, void *arg)
{
	struct page_census *pc = state;
	struct census_vm *vms = xcalloc(pc->n, sizeof(*vms)), all = { 0 };
	uint64_t begin = now_us();
	size_t i;

	for (i = 0; i < pc->n; i++)
		find_memory(&pc->targets[i], &vms[i]);
	if (census_take(pc->loop, vms, pc->n) < 0)
		goto out; /* interrupted, and so is the run */
	for (i = 0; i < pc->n; i++) {
		if (vms[i].err)
			pr_warning("no census of VM %s: %s", pc->targets[i].name,
				   strerror(-vms[i].err));
		if (vms[i].err || vms[i].size == 0)
			continue;
		emit_vm(&vms[i], pc->targets[i].name, emit, arg);
		add(&all, &vms[i]);
	}
	if (all.size) {
		emit_vm(&all, "", emit, arg);
		emit(arg, "census_duration", "s", (double)(now_us() - begin) / 1e6, "", "");
	}
out:
	free(vms);
}

static void close_census(void *state)
{
	struct page_census *pc = state;

	free(pc->targets);
	free(pc);
}

static const struct meter_ops page_census = {
	.name = "page-census",
	.help = "pages of driver VMs: zero, identical, compressible, unique; afterwards",
	.open = open_census,
	.start = start_census,
	.emit = emit_census,
	.close = close_census,
};
METER(page_census)
