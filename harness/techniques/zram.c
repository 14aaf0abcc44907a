// SPDX-License-Identifier: GPL-2.0-or-later
/* Driver VMs may be swapped out, to memory that is compressed. */
#include "host/zram.h"

#include "core/util.h"
#include "techniques/technique.h"

/* What QEMU itself may have swapped out, beside its guest. */
#define QEMU_MIB 128

static int start(void **state, const struct technique_context *ctx)
{
	uint64_t mib = (uint64_t)ctx->n_vms * (ctx->memory_mib + QEMU_MIB);
	struct zram *zram;
	int err = zram_new(&zram, ctx->guardian, mib << 20);

	if (!err)
		*state = zram;
	return err;
}

static void stop(void *state)
{
	zram_free(state);
}

static uint64_t keeps(void *state)
{
	struct zram_stats s;

	return zram_read(state, &s) < 0 ? 0 : s.used;
}

static void stats(void *state, meter_emit_fn emit, void *arg)
{
	struct zram_stats s;

	if (zram_read(state, &s) < 0)
		return;
	emit(arg, "zram.original", "B", (double)s.original, "host", "");
	emit(arg, "zram.compressed", "B", (double)s.compressed, "host", "");
	emit(arg, "zram.used", "B", (double)s.used, "host", "");
	emit(arg, "zram.used_max", "B", (double)s.used_max, "host", "");
}

static const struct technique zram_technique = {
	.name = "zram",
	.help = "what does not fit is swapped out, compressed, to memory beside the budget",
	.swap = true,
	.check = zram_check,
	.start = start,
	.stop = stop,
	.keeps = keeps,
	.stats = stats,
};

TECHNIQUE(zram_technique)
