// SPDX-License-Identifier: GPL-2.0-or-later
/* A memory budget for driver VMs. */
#include "techniques/budget.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/util.h"
#include "host/cgroup.h"
#include "host/page_cache.h"

/*
 * A limit is lowered in steps, for the kernel does not return before it has taken back the
 * difference, and links and agents need the loop in between.
 */
#define STEP (32ULL << 20)
#define STEP_PAUSE_US (1 * USEC_PER_MSEC)

struct budget {
	struct loop *loop;
	struct guardian *guardian;
	struct technique_set *set; /* borrowed */
	struct cgroup *cgroup;
	uint64_t limit; /* 0: none */
	uint64_t settle_us;
	char **files; /* that driver VMs map, paths */
	size_t n_files;
};

int budget_new(struct budget **out, struct technique_set *set, struct loop *loop,
	       unsigned int n_vms, unsigned int memory_mib)
{
	struct budget *b = xcalloc(1, sizeof(*b));
	struct technique_context ctx = { .loop = loop, .n_vms = n_vms, .memory_mib = memory_mib };
	int err;

	b->loop = loop;
	b->guardian = guardian_new();
	b->set = set;
	ctx.guardian = b->guardian;
	err = cgroup_new(&b->cgroup, b->guardian, "fleet");
	if (!err)
		err = cgroup_allow_swap(b->cgroup, technique_set_swap(set));
	if (!err)
		err = technique_set_start(set, &ctx);
	if (err) {
		budget_free(b);
		return err;
	}
	*out = b;
	return 0;
}

int budget_join(struct budget *b, const struct vm *vm)
{
	return cgroup_add(b->cgroup, vm_pid(vm));
}

void budget_add_file(struct budget *b, const char *path)
{
	b->files = xreallocarray(b->files, b->n_files + 1, sizeof(*b->files));
	b->files[b->n_files++] = xstrdup(path);
}

/* Down to what can be taken back without killing anybody, or to @bytes. */
static int step_down(struct budget *b, uint64_t bytes)
{
	uint64_t usage;
	int err = 0;

	while (!err && cgroup_usage(b->cgroup, &usage) == 0 && usage > bytes + STEP) {
		err = cgroup_set_limit(b->cgroup, usage - STEP, false);
		if (!err)
			err = loop_sleep(b->loop, STEP_PAUSE_US);
	}
	return err == -EBUSY ? 0 : err;
}

static int lower(struct budget *b, uint64_t bytes)
{
	int err = step_down(b, bytes);

	if (!err)
		err = cgroup_set_limit(b->cgroup, bytes, true);
	if (err == -EBUSY) {
		pr_warning("driver VMs cannot be limited to %" PRIu64
			   " MiB: more is in use, by none of them",
			   bytes >> 20);
		err = 0;
	}
	return err;
}

int budget_set(struct budget *b, unsigned int mib_per_vm, struct vm *const *vms, size_t n)
{
	uint64_t bytes = (uint64_t)mib_per_vm * n << 20, start = now_us();
	bool raise = !bytes || (b->limit && bytes > b->limit);
	int err = 0;

	if (raise)
		err = cgroup_set_limit(b->cgroup, bytes, true);
	if (!err)
		err = technique_set_budget(b->set, vms, n, mib_per_vm);
	if (!err && !raise)
		err = lower(b, bytes);
	if (!err)
		b->limit = bytes;
	b->settle_us = now_us() - start;
	return err;
}

/* Bytes that the driver VMs take of the host outside their cgroup. */
static uint64_t taken_outside(const struct budget *b)
{
	uint64_t sum = technique_set_keeps(b->set), bytes;
	size_t i;

	for (i = 0; i < b->n_files; i++)
		if (page_cache_bytes(b->files[i], &bytes) == 0)
			sum += bytes;
	return sum;
}

void budget_stats(const struct budget *b, meter_emit_fn emit, void *arg)
{
	static const struct {
		const char *metric;
		const char *unit;
		int (*read)(const struct cgroup *cg, uint64_t *value);
	} readings[] = {
		{ "budget.usage", "B", cgroup_usage },
		{ "budget.peak", "B", cgroup_peak },
		{ "budget.swapped", "B", cgroup_swapped },
		{ "budget.kills", "1", cgroup_kills },
	};
	uint64_t value;
	size_t i;

	emit(arg, "budget.limit", "B", (double)b->limit, "host", "");
	emit(arg, "budget.settle", "s", (double)b->settle_us / USEC_PER_SEC, "host", "");
	for (i = 0; i < ARRAY_SIZE(readings); i++)
		if (readings[i].read(b->cgroup, &value) == 0)
			emit(arg, readings[i].metric, readings[i].unit, (double)value, "host", "");
	if (cgroup_usage(b->cgroup, &value) == 0)
		emit(arg, "budget.total", "B", (double)(value + taken_outside(b)), "host", "");
	technique_set_stats(b->set, emit, arg);
}

void budget_free(struct budget *b)
{
	if (!b)
		return;
	technique_set_stop(b->set);
	cgroup_free(b->cgroup);
	guardian_free(b->guardian);
	while (b->n_files > 0)
		free(b->files[--b->n_files]);
	free(b->files);
	free(b);
}
