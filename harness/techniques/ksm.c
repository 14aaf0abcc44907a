// SPDX-License-Identifier: GPL-2.0-or-later
/* Same-page merging of guests' memory by the host's kernel; QEMU offers it all of that anyway. */
#include "host/ksm.h"

#include <unistd.h>

#include "core/util.h"
#include "techniques/technique.h"

/* Some hundred MiB a second, if a core has time for it: a fleet is seen twice in half a minute. */
#define PAGES 4000
#define SLEEP_MS 20

static int start(void **state, const struct technique_context *ctx)
{
	*state = NULL;
	return ksm_on(ctx->guardian, PAGES, SLEEP_MS);
}

static void stats(void *state, meter_emit_fn emit, void *arg)
{
	double page = (double)sysconf(_SC_PAGESIZE);
	struct ksm_stats s;

	(void)state;
	if (ksm_read(&s) < 0)
		return;
	emit(arg, "ksm.shared", "B", (double)s.shared * page, "host", "");
	emit(arg, "ksm.sharing", "B", (double)s.sharing * page, "host", "");
	emit(arg, "ksm.unshared", "B", (double)s.unshared * page, "host", "");
	emit(arg, "ksm.changing", "B", (double)s.changing * page, "host", "");
	emit(arg, "ksm.scans", "1", (double)s.scans, "host", "");
}

static const struct technique ksm = {
	.name = "ksm",
	.help = "the host's kernel merges pages of the same content",
	.check = ksm_check,
	.start = start,
	.stats = stats,
};

TECHNIQUE(ksm)
