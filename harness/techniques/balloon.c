// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ballooning: a driver in the guest takes pages away from it and gives them back to the host. Here
 * it leaves each guest as much as fits into the budget beside its QEMU. Pages that the guest frees
 * go back to the host by themselves (free-page reporting).
 */
#include "techniques/balloon.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "techniques/technique.h"

/* Beyond what it cannot do without at the moment, a guest keeps so much: drivers take bursts. */
#define RESERVE (16ULL << 20)
#define QMP_US (5 * USEC_PER_SEC)
/* Until guests have given their pages up; those that have not by then are counted. */
#define SETTLE_US (10 * USEC_PER_SEC)
#define POLL_US (20 * USEC_PER_MSEC)

struct balloon {
	struct loop *loop;
	uint64_t taken; /* from all guests */
	unsigned int missed; /* guests that did not give up as much as they were to */
};

/* A guest that is asked. */
struct asked {
	struct vm *vm;
	uint64_t memory; /* what its guest was promised */
	uint64_t target;
	bool settled; /* or dead */
};

uint64_t balloon_target(const struct balloon_view *v, uint64_t budget)
{
	uint64_t room = budget > v->qemu ? budget - v->qemu : 0;
	uint64_t used = v->given > v->available ? v->given - v->available : 0;
	uint64_t target = room > used + RESERVE ? room : used + RESERVE;

	return !budget || target > v->memory ? v->memory : target & ~4095ULL;
}

uint64_t balloon_qemu_bytes(FILE *smaps, uint64_t memory)
{
	unsigned long from, to, kib;
	uint64_t sum = 0;
	bool guest = false;
	char line[512];

	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			guest = to - from == memory;
		else if (!guest && (sscanf(line, "Anonymous: %lu kB", &kib) == 1 ||
				    sscanf(line, "Swap: %lu kB", &kib) == 1))
			sum += (uint64_t)kib << 10;
	}
	return sum;
}

/* What goes wrong with a driver VM is its own affair; who has no balloon is ours. */
static bool own_affair(int err)
{
	return err == -EPIPE || err == -ETIMEDOUT || err == -EPROTO;
}

static int query(struct vm *vm, uint64_t *given)
{
	json_t *reply;
	int err = vm_qmp(vm, "query-balloon", NULL, &reply, QMP_US);

	if (err)
		return err;
	*given = (uint64_t)json_integer_value(json_object_get(reply, "actual"));
	json_decref(reply);
	return 0;
}

/* @v->memory is known. */
static int look(struct vm *vm, struct balloon_view *v)
{
	struct ddag_heartbeat hb;
	char path[64];
	FILE *smaps;
	int err = query(vm, &v->given);

	if (err)
		return err;
	/* Before its first heartbeat a guest is left alone: it could do without nothing. */
	v->available = vm_heartbeat(vm, &hb) == 0 ? hb.mem_available_kib << 10 : 0;
	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)vm_pid(vm));
	smaps = fopen(path, "re");
	if (!smaps)
		return -EPIPE;
	v->qemu = balloon_qemu_bytes(smaps, v->memory);
	fclose(smaps);
	return 0;
}

static int ask(struct asked *a, uint64_t budget)
{
	struct balloon_view view = { .memory = (uint64_t)vm_spec(a->vm)->memory_mib << 20 };
	int err = look(a->vm, &view);

	a->memory = view.memory;
	if (err)
		return err;
	a->target = balloon_target(&view, budget);
	pr_debug("balloon of %s: %" PRIu64 " MiB for QEMU, %" PRIu64 " of %" PRIu64
		 " MiB for the guest",
		 vm_spec(a->vm)->name, view.qemu >> 20, a->target >> 20, view.memory >> 20);
	return vm_qmp(a->vm, "balloon", json_pack("{s:I}", "value", (json_int_t)a->target), NULL,
		      QMP_US);
}

/* Asks all before it waits for any. The number asked, or a negative errno. */
static int ask_all(struct asked *asked, struct vm *const *vms, size_t n, uint64_t budget)
{
	int err, n_asked = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!vms[i] || !vm_alive(vms[i]))
			continue;
		asked[n_asked].vm = vms[i];
		err = ask(&asked[n_asked], budget);
		if (!err)
			n_asked++;
		else if (!own_affair(err))
			return err;
	}
	return n_asked;
}

/* How many have not settled yet, or a negative errno. */
static int count_unsettled(struct balloon *b, struct asked *asked, int n)
{
	int unsettled = 0, err, i;
	uint64_t given;

	b->taken = 0;
	for (i = 0; i < n; i++) {
		err = vm_alive(asked[i].vm) ? query(asked[i].vm, &given) : -EPIPE;
		if (err && !own_affair(err))
			return err;
		asked[i].settled = err || given == asked[i].target;
		unsettled += !asked[i].settled;
		if (!err && given < asked[i].memory)
			b->taken += asked[i].memory - given;
	}
	return unsettled;
}

static int settle(struct balloon *b, struct asked *asked, int n)
{
	uint64_t deadline = now_us() + SETTLE_US;
	int unsettled, err = 0;

	while ((unsettled = count_unsettled(b, asked, n)) > 0 && now_us() < deadline && !err)
		err = loop_sleep(b->loop, POLL_US);
	if (unsettled < 0)
		return unsettled;
	b->missed = (unsigned int)unsettled;
	return err;
}

static int start(void **state, const struct technique_context *ctx)
{
	struct balloon *b = xcalloc(1, sizeof(*b));

	b->loop = ctx->loop;
	*state = b;
	return 0;
}

static void stop(void *state)
{
	free(state);
}

static int set_budget(void *state, struct vm *const *vms, size_t n, unsigned int mib)
{
	struct balloon *b = state;
	struct asked *asked = xcalloc(n, sizeof(*asked));
	int n_asked = ask_all(asked, vms, n, (uint64_t)mib << 20);
	int err = n_asked < 0 ? n_asked : settle(b, asked, n_asked);

	free(asked);
	return err;
}

static void stats(void *state, meter_emit_fn emit, void *arg)
{
	const struct balloon *b = state;

	emit(arg, "balloon.taken", "B", (double)b->taken, "host", "");
	emit(arg, "balloon.missed", "1", (double)b->missed, "host", "");
}

/* deflate-on-oom: a guest that has given up too much helps itself before it kills a process. */
static const char *const qemu_args[] = {
	"-device", "virtio-balloon-pci,id=balloon0,free-page-reporting=on,deflate-on-oom=on", NULL
};
static const char *const modules[] = { "virtio_pci", "virtio_balloon", NULL };

static const struct technique balloon = {
	.name = "balloon",
	.help = "guests give up pages until they fit into the budget, and the pages that they free",
	/* QEMU punches holes into the file that a guest's memory is a private mapping of. */
	.not_boot = "clone",
	.not_boot_why =
		"what one guest gives up QEMU would take out of the template's file, and so "
		"out of every clone's memory",
	.qemu_args = qemu_args,
	.modules = modules,
	.start = start,
	.stop = stop,
	.set_budget = set_budget,
	.stats = stats,
};

TECHNIQUE(balloon)
